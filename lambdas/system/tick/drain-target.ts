import type { QuarantineEntry, QueueAddress } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { Sending } from '../relay/address';
import { type DeliveryDependencies, isRetryable, type Refusal, sendOnce } from '../relay/delivery';
import { heldEntry, rejectedMessage, sendingOf } from '../relay/entries';
import { groupBy } from '../relay/group-by';
import { type Attempt, drain, laneOf, type WaitingMessages } from '../relay/lanes';
import { refusedFacts } from '../relay/refused-message';

/** Dependencies of `drainTarget`. */
export interface DrainDependencies extends DeliveryDependencies {
  readonly quarantine: Pick<WaitingMessages, 'put' | 'read' | 'remove'>;
  /** Queue of a target, if a table declares it. @param shard DynamoDB table with the write */
  readonly queueOf: (target: string, shard: string) => Promise<QueueAddress | undefined>;
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
  /** Oldest entry of which no deployment has written the queue. */
  readonly unknown?: QuarantineEntry;
}

/** Sends the waiting messages of a target until none is left, or its queue accepts no more. */
export async function drainTarget(
  target: string,
  reserveMs: number,
  dependencies: DrainDependencies,
): Promise<Drained> {
  const { quarantine, now, queueOf, remainingMs, log } = dependencies;
  const codes = new Set<string>();
  let unknown: QuarantineEntry | undefined;

  async function attempt(entries: readonly QuarantineEntry[]): Promise<Attempt> {
    const addresses = new Map<string, QueueAddress | undefined>();
    const held = new Set<string>();
    const known: { readonly entry: QuarantineEntry; readonly queue: QueueAddress }[] = [];
    for (const entry of entries) {
      const { shard = '', sk } = entry;
      if (!addresses.has(shard)) addresses.set(shard, await queueOf(target, shard));
      const queue = addresses.get(shard);
      if (queue === undefined) {
        held.add(laneOf(sk));
        if (unknown === undefined || entry.first < unknown.first) unknown = entry;
      } else if (!held.has(laneOf(sk))) known.push({ entry, queue });
    }
    const sendings = new Map(known.map(({ entry, queue }) => [sendingOf(entry, queue), entry]));
    const queues = [...groupBy([...sendings.keys()], ({ url }) => url)];
    const refusals: Refusal[] = [];
    for (const [url, ofQueue] of queues) refusals.push(...(await sendOnce(url, ofQueue, reserveMs, dependencies)));
    for (const { code } of refusals) codes.add(code);
    const rejected = refusals.filter((refusal) => !isRetryable(refusal)).map(rejectedMessage);
    for (const message of rejected) log({ level: 'ERROR', message: 'held', ...refusedFacts(message) });
    await inParallel(rejected, (message) => quarantine.put(heldEntry(message, now())));
    const refused = new Set(refusals.map(({ sending }) => sending));
    const sent = [...sendings.keys()].filter((sending) => !refused.has(sending));
    if (sent.length > 0) log(relayedLine(sent));
    for (const { sending } of refusals.filter(isRetryable)) sendings.delete(sending);
    return { done: [...sendings.values()], isFruitless: known.length > 0 && sendings.size === 0 };
  }

  const done = await drain(target, quarantine, attempt, () => remainingMs() > reserveMs);
  return {
    isDown: done === 0 && codes.size > 0,
    codes: [...codes],
    ...(unknown === undefined ? {} : { unknown }),
  };
}

/** A log line with the fields of the relay's, so that one query finds every message. */
function relayedLine(sent: readonly Sending[]): Readonly<Record<string, unknown>> {
  const messages = sent.map(({ id, to, correlationId }) => ({ id, to, correlation_id: correlationId }));
  return { message: 'relayed', from: 'quarantine', sent: sent.length, messages };
}
