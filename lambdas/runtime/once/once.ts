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

/**
 * Makes a handler of messages that does a step of an item once, however often messages are
 * delivered. It reads the item by the key in the message's body, and returns if the step is done.
 * Otherwise it runs the effect. Then it stores the effect's result, and the mark that the step is
 * done, in one write of the item.
 *
 * If the effect only returns changes of the table, leave out `halfWay`. If the effect is
 * asynchronous, the library assumes that it also calls something outside the table, such as a
 * partner, a bucket or a mail server. The process may be killed after this call and before the
 * write. So `halfWay` must state how the next delivery goes on.
 *
 * @param step 1 to 64 letters, digits and hyphens. It names the mark, so it must not change
 * @param effect returns the result of the step, or undefined to store the mark only
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
export function once(table: AnyTable, step: string, options: object, effect: unknown): MessageHandler<never> {
  requireKnown(`options of the step '${step}'`, options, OPTIONS);
  const { halfWay, when = {}, key, prepare } = options as AnyOptions;
  const run = effect as AnyEffect;
  const about = new Step(table, step, when, key, halfWay !== undefined);
  checkHalfWay(step, halfWay, run);
  const { connection } = about.client;
  const claims = new Claims(connection);
  return noteOnce(async (message: Message<unknown>) => {
    const one = await about.of(message);
    const item = await one.find();
    if (item === undefined) return;
    const decision = currentInvocation()?.decision;
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
