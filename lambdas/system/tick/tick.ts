import type { DeclaredPolicies, QueueAddress } from '../../../lib/protocol';
import { errorCode, isRefusal } from '../aws-errors';
import { inParallel } from '../in-parallel';
import type { WaitingCount } from '../quarantine/dynamodb-quarantine';
import { NoStreamEntry, type Publishing } from '../relay/publishing-cache';
import { type AdoptDependencies, adopt, type DeadLetterQueue } from './adopt';
import type { Backoffs } from './backoffs';
import { type DrainDependencies, type Drained, drainTarget } from './drain-target';
import { type PolicyDependencies, reportChangedPolicies } from './queue-policies';
import { type Line, measuredLine } from './telemetry';

/** Dependencies of the tick. Tests replace them. */
export interface TickDependencies extends Omit<DrainDependencies, 'queueOf'>, PolicyDependencies {
  readonly quarantine: DrainDependencies['quarantine'] &
    AdoptDependencies['quarantine'] & {
      readonly targets: () => Promise<readonly string[]>;
      readonly count: (target: string) => Promise<WaitingCount | undefined>;
      readonly held: (now: number) => Promise<ReadonlyMap<string, number>>;
    };
  /** As the relay's. */
  readonly entryOf: (shard: string, names: ReadonlySet<string>) => Promise<Publishing>;
  readonly backoffs: Backoffs;
  /** Dead-letter queues by the names of their workers. */
  readonly deadLetters: ReadonlyMap<string, DeadLetterQueue>;
  /** Policies of the workers' queues, by the names of the workers. */
  readonly policies: NonNullable<DeclaredPolicies['policies']>;
}

/** Share of the time that is reserved for the counts. */
const RESERVE = 1 / 4;
/** Time for which a target may be unknown. A deployment takes minutes. */
const UNKNOWN_MS = 60 * 60_000;

/**
 * Sends the messages that wait in the quarantine, moves dead letters there, and counts both. It
 * also compares the policies of the workers' queues with the template's. A target that accepts no
 * message is tried again after a growing time. Several runs at the same time do no harm: messages
 * are then sent twice, in order.
 * @throws Error that names the targets that failed, after all others are done and counted
 */
export async function tick(dependencies: TickDependencies): Promise<void> {
  const { quarantine, remainingMs } = dependencies;
  const reserveMs = remainingMs() * RESERVE;
  // The alarm on a failing tick must be raised, but one target must not stop the others.
  const failures = new Map<string, unknown>();
  const attempt = <T>(what: string, work: Promise<T>): Promise<T | undefined> =>
    work.catch((error: unknown) => {
      if (!failures.has(what)) failures.set(what, error);
      return undefined;
    });
  await inParallel(await quarantine.targets(), async (target) => {
    const drained = await attempt(target, runIfDue(target, reserveMs, dependencies));
    await attempt(target, reportWaiting(target, drained, dependencies));
  });
  await inParallel([...dependencies.deadLetters], ([target, queue]) =>
    attempt(`dead letters of ${target}`, adopt(target, queue, reserveMs, dependencies)),
  );
  await inParallel(Object.entries(dependencies.policies), ([target, declared]) =>
    attempt(`queue policies of ${target}`, reportChangedPolicies(target, declared, dependencies)),
  );
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
  dependencies: TickDependencies,
): Promise<Drained | undefined> {
  const { backoffs, now } = dependencies;
  if (!backoffs.isDue(target, now())) return undefined;
  const drained = await runTarget(target, reserveMs, dependencies);
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

/** Whether a shard or its map table was removed. A throttled read says nothing about that. */
function isRemoved(error: unknown): boolean {
  // The second: the stack with the target's map table was removed.
  return error instanceof NoStreamEntry || isRefusal(error, 'ResourceNotFoundException');
}

async function reportHeld(dependencies: TickDependencies): Promise<void> {
  for (const [target, count] of await dependencies.quarantine.held(dependencies.now())) {
    report(target, dependencies, { held: count }, { level: 'WARN', message: 'held' });
  }
}

async function runTarget(target: string, reserveMs: number, dependencies: TickDependencies): Promise<Drained> {
  const { entryOf } = dependencies;
  /** A shard whose table was removed has no entry. Its messages wait until a person decides. */
  const queueOf = async (to: string, shard: string): Promise<QueueAddress | undefined> => {
    const entry = await entryOf(shard, new Set([to])).catch((error: unknown) => {
      if (isRemoved(error)) return undefined;
      throw error;
    });
    return entry !== undefined && Object.hasOwn(entry.targets, to) ? entry.targets[to] : undefined;
  };
  return drainTarget(target, reserveMs, { ...dependencies, queueOf });
}

function report(
  target: string,
  { stack, now, log }: TickDependencies,
  figures: Parameters<typeof measuredLine>[3],
  facts: Line,
): void {
  log(measuredLine(stack, target, now(), figures, facts));
}
