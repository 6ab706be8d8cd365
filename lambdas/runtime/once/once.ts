import { types } from 'node:util';
import { currentInvocation } from '../invocation';
import { UsageError } from '../table/errors';
import { requireKnown } from '../table/known-options';
import type { AnyTable, Item, Key, KeyOf, TableClient } from '../table/types';
import type { Message, MessageHandler } from '../worker/types';
import { runClaimed } from './claimed';
import { Claims } from './claims';
import { noteOnce } from './once-handlers';
import { type AnyResult, Step } from './step';
import type { HalfWay, ItemWhen, KeyOption, NoneOf, OnceOptions, StepResult, WhenOf } from './types';

const OPTIONS = ['when', 'key', 'prepare', 'halfWay'];
const RESULT_FIELDS = ['set', 'setIfAbsent', 'add', 'remove', 'also', 'outbox'];

/**
 * Makes a handler of messages that does a step of an item once, however often messages are
 * delivered. It reads the item by the key in the message's body, and returns if the step is done.
 * Otherwise it runs the effect. Then it stores the effect's result, and the mark that the step is
 * done, in one write of the item.
 *
 * If the result is the same for every item, state it in place of the effect. The first delivery
 * then stores the result without reading the item. The delivery reads the item only if a condition
 * of the write doesn't hold.
 *
 * If the effect only returns changes of the table, leave out `halfWay`. If the effect is
 * asynchronous, the library assumes that it also calls something outside the table, such as a
 * partner, a bucket or a mail server. The process may be killed after this call and before the
 * write. So `halfWay` must state how the next delivery goes on.
 *
 * @param step 1 to 64 letters, digits and hyphens. It names the mark, so it must not change
 * @param effect returns the result of the step, or undefined to store the mark only; or a constant
 * result
 * @throws UsageError if the step's name, an option or the table is invalid
 *
 * @example
 * const orders = table<Order, 'customerId' | 'orderId'>('Orders');
 *
 * export const handler = worker(
 *   once(orders, 'payment', { when: { status: 'placed' }, halfWay: 'again' }, async (order) => {
 *     const { reference } = await charge(order.total, { idempotencyKey: order.orderId });
 *     return { set: { status: 'paid', reference } };
 *   }),
 * );
 */
export function once<
  T extends object,
  K extends string,
  Body extends object = KeyOf<T, K>,
  const W extends WhenOf<T> = NoneOf<T>,
  Prepared = undefined,
>(
  table: TableClient<T, K>,
  step: string,
  options: OnceOptions<T, Body, W, Prepared> & KeyOption<T, K, Body> & { readonly halfWay?: never },
  effect: LocalEffect<T, K, W, Body, Prepared>,
): MessageHandler<Body>;
export function once<
  T extends object,
  K extends string,
  Body extends object = KeyOf<T, K>,
  const W extends WhenOf<T> = NoneOf<T>,
  Prepared = undefined,
>(
  table: TableClient<T, K>,
  step: string,
  options: OnceOptions<T, Body, W, Prepared> &
    KeyOption<T, K, Body> & { readonly halfWay: HalfWay<ItemWhen<T, W>, K, Body> },
  effect: Effect<T, K, W, Body, Prepared>,
): MessageHandler<Body>;
export function once<
  T extends object,
  K extends string,
  Body extends object = KeyOf<T, K>,
  const W extends WhenOf<T> = NoneOf<T>,
>(
  table: TableClient<T, K>,
  step: string,
  options: Pick<OnceOptions<T, Body, W, undefined>, 'when'> &
    KeyOption<T, K, Body> & { readonly prepare?: never; readonly halfWay?: never },
  effect: ConstantEffect<T, K, W>,
): MessageHandler<Body>;
export function once(table: AnyTable, step: string, options: object, effect: unknown): MessageHandler<never> {
  requireKnown(`options of the step '${step}'`, options, OPTIONS);
  const { halfWay, when = {}, key, prepare } = options as AnyOptions;
  const constant = typeof effect === 'function' ? undefined : constantOf(step, effect, options as AnyOptions);
  const run = constant === undefined ? (effect as AnyEffect) : () => constant;
  const about = new Step(table, step, when, key, halfWay !== undefined);
  checkHalfWay(step, halfWay, run);
  const { connection } = about.client;
  const claims = new Claims(connection);
  return noteOnce(async (message: Message<unknown>) => {
    const one = await about.of(message);
    const decision = currentInvocation()?.decision;
    // Few first deliveries find the step done, so most of these writes succeed. A later delivery
    // reads first, because a write whose condition fails costs as much as one that succeeds.
    const isFirst = message.receiveCount === 1 && decision === undefined;
    if (constant !== undefined && isFirst && (await one.storeUnread(constant))) return;
    const item = await one.find();
    if (item === undefined) return;
    // A person decided that the effect has happened. Only its mark is stored.
    if (decision?.kind === 'done') return one.store({});
    const prepared = await prepare?.(item, message);
    if (halfWay === undefined || halfWay === 'again') {
      const returned = run(item, message, prepared);
      if (halfWay === undefined && returned instanceof Promise) throw needsHalfWay(step);
      return one.store((await returned) ?? {});
    }
    return runClaimed(one, item, message, {
      claims,
      now: connection.now,
      newId: connection.newId,
      ask: halfWay === 'hold' ? undefined : (current) => halfWay.ask(current, message),
      decidedAt: decision?.at ?? 0,
      effect: async (current) => run(current, message, prepared),
    });
  });
}

type LocalEffect<T extends object, K extends string, W, Body, Prepared> = [T] extends [object]
  ? (item: ItemWhen<T, W>, message: Message<Body>, prepared: Prepared) => StepResult<ItemWhen<T, W>, K> | undefined
  : never;

// With a conditional type, TypeScript knows the result's type before it infers the effect's type.
// Therefore it doesn't widen a literal such as 'paid' to a string.
type Effect<T extends object, K extends string, W, Body, Prepared> = [T] extends [object]
  ? (
      item: ItemWhen<T, W>,
      message: Message<Body>,
      prepared: Prepared,
    ) => Promise<StepResult<ItemWhen<T, W>, K> | undefined>
  : never;

type ConstantEffect<T extends object, K extends string, W> = [T] extends [object]
  ? StepResult<ItemWhen<T, W>, K>
  : never;

/** The options without the types of a table. */
interface AnyOptions {
  readonly halfWay?:
    | 'again'
    | 'hold'
    | { readonly ask: (item: Item, message: unknown) => Promise<AnyResult | undefined> };
  readonly when?: Readonly<Record<string, unknown>>;
  readonly key?: (body: unknown) => Key;
  readonly prepare?: (item: Item, message: unknown) => unknown;
}

type AnyEffect = (
  item: Item,
  message: unknown,
  prepared: unknown,
) => AnyResult | undefined | Promise<AnyResult | undefined>;

/** The result that is stated in place of an effect. */
function constantOf(step: string, result: unknown, { prepare, halfWay }: AnyOptions): AnyResult {
  const kind =
    result === null
      ? 'null'
      : Array.isArray(result)
        ? 'an array'
        : types.isPromise(result)
          ? 'a promise'
          : typeof result;
  if (kind !== 'object') {
    throw new UsageError(
      `the effect of the step '${step}' must be a function, or a constant result such as { set }, got ${kind}`,
    );
  }
  requireKnown(`the constant result of the step '${step}'`, result as object, RESULT_FIELDS);
  for (const [name, value] of Object.entries({ prepare, halfWay })) {
    if (value === undefined) continue;
    throw new UsageError(
      `the step '${step}' must not have '${name}', because its result is constant: remove '${name}', or make the effect a function`,
    );
  }
  return result as AnyResult;
}

function checkHalfWay(step: string, halfWay: AnyOptions['halfWay'], effect: AnyEffect): void {
  if (halfWay === undefined && types.isAsyncFunction(effect)) throw needsHalfWay(step);
  if (halfWay === undefined || halfWay === 'again' || halfWay === 'hold' || typeof halfWay.ask === 'function') return;
  throw new UsageError(
    `halfWay of the step '${step}' must be 'again', { ask } or 'hold', got ${JSON.stringify(halfWay)}`,
  );
}

function needsHalfWay(step: string): UsageError {
  return new UsageError(
    `the effect of the step '${step}' is asynchronous, so 'halfWay' must state how to go on after a crash: 'again', { ask } or 'hold'`,
  );
}
