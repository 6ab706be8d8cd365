import type { QuarantineEntry, QueueAddress } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { Sending } from '../relay/address';
import { type DeliveryDependencies, isRetryable, type Refusal, sendOnce } from '../relay/delivery';
import { heldEntry, rejectedMessage, sendingOf, undeclaredMessage } from '../relay/entries';
import { groupBy } from '../relay/group-by';
import { type Attempt, drain, laneOf, type WaitingMessages } from '../relay/lanes';
import { type RefusedMessage, refusedFacts } from '../relay/refused-message';
import type { Turn } from '../turns';

/**
 * Queue of a target, or the reason why a table's message has none. `not deployed`: the table
 * declares the target, but no deployment has written its queue yet. `not declared`: the table
 * doesn't declare it, or another stack's relay sends to it. `table removed`: the table has no entry
 * any more.
 */
export type Destination = QueueAddress | 'not deployed' | 'not declared' | 'table removed';

/** Dependencies of `drainTarget`. */
export interface DrainDependencies extends DeliveryDependencies {
  readonly quarantine: Pick<WaitingMessages, 'put' | 'read' | 'remove'>;
  /** @param shard DynamoDB table with the write */
  readonly destinationOf: (target: string, shard: string) => Promise<Destination>;
  readonly turn: Turn;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/** Result of a run for one target. */
export interface Drained {
  /** Whether the queue accepted none. */
  readonly isDown: boolean;
  /** Codes with which the queue refused messages. */
  readonly codes: readonly string[];
  /** Key after which the next run begins. Absent if this run reached every message. */
  readonly next?: string;
  /** Oldest entry of which no deployment has written the queue. */
  readonly unknown?: QuarantineEntry;
}

/**
 * Time from the write of a message until it is held, if its table was removed. It is longer than a
 * deployment, which may replace a table's entry in some minutes.
 */
const REMOVED_MS = 60 * 60_000;

/**
 * Sends the waiting messages of a target until none is left, or its queue accepts no more. If the
 * table of a message no longer declares the target, no run can ever send the message. So the
 * message is held for a person.
 * @param from key after which an earlier run stopped
 */
export async function drainTarget(
  target: string,
  reserveMs: number,
  dependencies: DrainDependencies,
  from?: string,
): Promise<Drained> {
  const { quarantine, now, destinationOf, remainingMs, turn, log } = dependencies;
  const codes = new Set<string>();
  let unknown: QuarantineEntry | undefined;

  async function attempt(entries: readonly QuarantineEntry[]): Promise<Attempt> {
    const destinations = new Map<string, Destination>();
    const blocked = new Set<string>();
    const known: { readonly entry: QuarantineEntry; readonly queue: QueueAddress }[] = [];
    const undeclared = new Map<RefusedMessage, QuarantineEntry>();
    for (const entry of entries) {
      const { shard = '', sk, first } = entry;
      const destination = destinations.get(shard) ?? (await destinationOf(target, shard));
      destinations.set(shard, destination);
      const isOver = now() - Date.parse(first) >= REMOVED_MS;
      if (typeof destination !== 'string') {
        if (!blocked.has(laneOf(sk))) known.push({ entry, queue: destination });
      } else if (destination === 'not declared' || (destination === 'table removed' && isOver)) {
        undeclared.set(refusedFor(destination, entry), entry);
      } else {
        blocked.add(laneOf(sk));
        if (unknown === undefined || first < unknown.first) unknown = entry;
      }
    }
    const sendings = new Map(known.map(({ entry, queue }) => [sendingOf(entry, queue), entry]));
    const queues = [...groupBy([...sendings.keys()], ({ url }) => url)];
    const refusals: Refusal[] = [];
    for (const [url, ofQueue] of queues) refusals.push(...(await sendOnce(url, ofQueue, reserveMs, dependencies)));
    for (const { code } of refusals) codes.add(code);
    const rejected = [
      ...undeclared.keys(),
      ...refusals.filter((refusal) => !isRetryable(refusal)).map(rejectedMessage),
    ];
    for (const message of rejected) log({ level: 'ERROR', message: 'held', ...refusedFacts(message) });
    await inParallel(rejected, (message) => quarantine.put(heldEntry(message, now())));
    const refused = new Set(refusals.map(({ sending }) => sending));
    const sent = [...sendings.keys()].filter((sending) => !refused.has(sending));
    if (sent.length > 0) log(relayedLine(sent));
    for (const { sending } of refusals.filter(isRetryable)) sendings.delete(sending);
    return {
      done: [...undeclared.values(), ...sendings.values()],
      isFruitless: known.length > 0 && sendings.size === 0,
    };
  }

  const hasTime = () => remainingMs() > reserveMs;
  const { count, next } = await drain(target, quarantine, attempt, { hasTime, turn, from });
  return {
    isDown: count === 0 && codes.size > 0,
    codes: [...codes],
    ...(next === undefined ? {} : { next }),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function refusedFor(destination: 'not declared' | 'table removed', entry: QuarantineEntry): RefusedMessage {
  return destination === 'not declared'
    ? undeclaredMessage(entry, 'NotDeclared', `its table no longer publishes to '${entry.to}' by this stack's relay`)
    : undeclaredMessage(entry, 'TableRemoved', 'the table that published it was removed');
}

/** A log line with the same fields as the relay's lines, so that one query finds every message. */
function relayedLine(sent: readonly Sending[]): Readonly<Record<string, unknown>> {
  const messages = sent.map(({ id, to, correlationId }) => ({ id, to, correlation_id: correlationId }));
  return { message: 'relayed', from: 'quarantine', sent: sent.length, messages };
}
