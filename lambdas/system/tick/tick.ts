import type { DeclaredPolicies } from '../../../lib/protocol';
import { shuffled } from '../../runtime/worker/fate';
import { errorCode, isRefusal } from '../aws-errors';
import type { HeldCount, WaitingCount } from '../quarantine/dynamodb-quarantine';
import { isDeclared, isElsewhere, NoStreamEntry, type Publishing } from '../relay/publishing-cache';
import { turns } from '../turns';
import { type AdoptDependencies, adopt, type DeadLetterQueue } from './adopt';
import type { Backoffs } from './backoffs';
import { type Destination, type DrainDependencies, type Drained, drainTarget } from './drain-target';
import { type PolicyDependencies, reportChangedPolicies } from './queue-policies';
import { type Line, measuredLine } from './telemetry';

/** Dependencies of the tick. Tests replace them. */
export interface TickDependencies extends Omit<DrainDependencies, 'destinationOf' | 'turn'>, PolicyDependencies {
  readonly quarantine: DrainDependencies['quarantine'] &
    AdoptDependencies['quarantine'] & {
      readonly targets: () => Promise<readonly string[]>;
      readonly count: (target: string) => Promise<WaitingCount | undefined>;
      readonly held: (now: number) => Promise<HeldCount>;
    };
  /** The same as `entryOf` of the relay's dependencies. */
  readonly entryOf: (shard: string, names: ReadonlySet<string>) => Promise<Publishing>;
  readonly backoffs: Backoffs;
  /**
   * Targets of which the last run didn't reach every message, each with the key after which the
   * next run begins. The execution environment keeps them.
   */
  readonly positions: Map<string, string>;
  /** Dead-letter queues by the names of their workers. */
  readonly deadLetters: ReadonlyMap<string, DeadLetterQueue>;
  /** Policies of the workers' queues, by the names of the workers. */
  readonly policies: NonNullable<DeclaredPolicies['policies']>;
}

/** Share of the time that is reserved for the counts. */
const RESERVE = 1 / 4;
/**
 * Maximum number of turns at the same time. A turn is a read, an attempt to send, or a read of a
 * dead-letter queue.
 */
const TURNS = 8;
/** Time for which a target may be unknown. A deployment takes minutes. */
const UNKNOWN_MS = 60 * 60_000;

/**
 * Sends the messages that wait in the quarantine, moves dead letters there, and counts both. It
 * also compares the policies of the workers' queues with the template's. A target that accepts no
 * message is tried again after a growing time. Targets and dead-letter queues take turns, so one
 * with many messages leaves time for the others. Several runs at the same time do no harm: messages
 * are then sent twice, in order.
 * @throws Error that names the targets that failed, after all others are done and counted
 */
export async function tick(dependencies: TickDependencies): Promise<void> {
  const { quarantine, remainingMs, random } = dependencies;
  const turn = turns(TURNS);
  const reserveMs = remainingMs() * RESERVE;
  // The alarm on a failing tick must be raised, but one target must not stop the others.
  const failures = new Map<string, unknown>();
  const attempt = <T>(what: string, work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      if (!failures.has(what)) failures.set(what, error);
      return undefined;
    });
  const drains = (await quarantine.targets()).map((target) => async () => {
    const drained = await attempt(target, runIfDue(target, reserveMs, { ...dependencies, turn }));
    await attempt(
      target,
      turn(() => reportWaiting(target, drained, dependencies)),
    );
  });
  const adoptions = [...dependencies.deadLetters].map(([target, queue]) => async () => {
    await attempt(`dead letters of ${target}`, adopt(target, queue, reserveMs, { ...dependencies, turn }));
  });
  const policies = Object.entries(dependencies.policies).map(([target, declared]) => async () => {
    await attempt(
      `queue policies of ${target}`,
      turn(async () => {
        // Messages and their counts come first. The next run compares the policy.
        if (remainingMs() > reserveMs) await reportChangedPolicies(target, declared, dependencies);
      }),
    );
  });
  // The order is random, so that it isn't always the same target for which no time is left.
  await Promise.all(shuffled([...drains, ...adoptions, ...policies], random).map((work) => work()));
  await attempt('count of held messages', reportHeld(dependencies));
  if (failures.size > 0) throw failureOf(failures);
}

/** Names each target that failed, with the code of its error. The first error is the cause. */
function failureOf(failures: ReadonlyMap<string, unknown>): Error {
  const names = [...failures].map(([what, error]) => `${what} (${errorCode(error)})`);
  const [cause] = failures.values();
  return new Error(
    `the tick must handle every target, but failed for: ${names.join(', ')}; the others were handled, and the next run tries these again`,
    { cause },
  );
}

async function runIfDue(
  target: string,
  reserveMs: number,
  dependencies: TickDependencies & Pick<DrainDependencies, 'turn'>,
): Promise<Drained | undefined> {
  const { backoffs, positions, now, entryOf } = dependencies;
  if (!backoffs.isDue(target, now())) return undefined;
  const destinationOf = (to: string, shard: string) => destinationIn(entryOf(shard, new Set([to])), to);
  const drained = await drainTarget(target, reserveMs, { ...dependencies, destinationOf }, positions.get(target));
  if (drained.next === undefined) positions.delete(target);
  else positions.set(target, drained.next);
  if (drained.isDown) backoffs.fail(target, now());
  else backoffs.succeed(target);
  return drained;
}

async function reportWaiting(
  target: string,
  drained: Drained | undefined,
  dependencies: TickDependencies,
): Promise<void> {
  const { now, quarantine } = dependencies;
  const left = await quarantine.count(target);
  if (left === undefined) return;
  const oldest = Math.max(0, Math.round((now() - Date.parse(left.oldest)) / 1_000));
  const codes = drained === undefined || drained.codes.length === 0 ? {} : { codes: drained.codes };
  report(target, dependencies, { waiting: left.count, oldest }, { level: 'WARN', message: 'waiting', ...codes });
  const unknown = drained?.unknown;
  if (unknown === undefined || now() - Date.parse(unknown.at) < UNKNOWN_MS) return;
  const facts = { level: 'ERROR', message: 'unknown target', to: target, shard: unknown.shard, since: unknown.at };
  report(target, dependencies, { unknown: 1 }, facts);
}

/** Whether a shard or its map table was removed. A throttled read doesn't show this. */
function isRemoved(error: unknown): boolean {
  // DynamoDB answers `ResourceNotFoundException` if the stack with the map table was removed.
  return error instanceof NoStreamEntry || isRefusal(error, 'ResourceNotFoundException');
}

async function reportHeld(dependencies: TickDependencies): Promise<void> {
  const { counts, isComplete } = await dependencies.quarantine.held(dependencies.now());
  const facts = { level: 'WARN', message: 'held', ...(isComplete ? {} : { isAtLeast: true }) };
  for (const [target, held] of counts) report(target, dependencies, { held }, facts);
}

/** @param publishing the map table's entry of a message's shard */
async function destinationIn(publishing: Promise<Publishing>, to: string): Promise<Destination> {
  try {
    const entry = await publishing;
    const { targets, declared } = entry;
    if (Object.hasOwn(targets, to)) return targets[to]!;
    return isElsewhere(to, entry) || !isDeclared(to, declared) ? 'not declared' : 'not deployed';
  } catch (error) {
    if (isRemoved(error)) return 'table removed';
    throw error;
  }
}

function report(
  target: string,
  { stack, now, log }: TickDependencies,
  figures: Parameters<typeof measuredLine>[3],
  facts: Line,
): void {
  log(measuredLine(stack, target, now(), figures, facts));
}
