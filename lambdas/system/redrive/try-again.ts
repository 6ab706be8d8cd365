import {
  awaitsPerson,
  MAX_LEFT,
  NO_TARGET,
  parseEnvelope,
  type QuarantineEntry,
  type QuarantineKey,
  quarantineEnd,
  type RedriveTrial,
  type RedriveTried,
  type TrialDecision,
  waitingKey,
} from '../../../lib/protocol';
import type { Chosen } from './choose';
import { keyOf, type ListedEntry, RESERVE_MS, type RedriveDependencies, type RedriveEntries } from './dependencies';

/**
 * Sends messages again, the oldest first. An entry is marked before its message is sent. So two
 * people can't both send the message, and the worker recognises the message.
 */
export async function tryAgain(
  { chosen, left }: Chosen,
  decision: TrialDecision | undefined,
  dependencies: RedriveDependencies,
): Promise<RedriveTrial> {
  const { now } = dependencies;
  const asOf = new Date(now()).toISOString();
  const tried: RedriveTried[] = [];
  let seen = 0;
  for (const listed of [...chosen].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))) {
    if (dependencies.remainingMs() < RESERVE_MS) break;
    seen++;
    const result = await tryOne(listed, decision, dependencies);
    if (result !== undefined) tried.push(result);
  }
  const facts = { verb: 'try', decision, tried: tried.map(({ id, refused }) => ({ id, refused })) };
  dependencies.log({ level: 'WARN', message: 'redrive', ...facts });
  return { tried, left: Math.min(left + chosen.length - seen, MAX_LEFT), asOf };
}

/** @returns undefined if another request or the worker has changed the entry */
async function tryOne(
  listed: ListedEntry,
  decision: TrialDecision | undefined,
  { entries, send, now, newId }: RedriveDependencies,
): Promise<RedriveTried | undefined> {
  const known = await entries.get(listed);
  if (known === undefined || !awaitsPerson(known, now())) return undefined;
  if (known.shard !== undefined) return handToRelay(known, decision, entries, now());
  if (known.content === '') {
    return {
      key: keyOf(known),
      id: known.id,
      refused: 'it is too long for the quarantine; handle it in its dead-letter queue, then discard this entry',
    };
  }
  const { decision: _, ...held } = known;
  const trial = newId();
  const marked: QuarantineEntry = {
    ...held,
    state: 'sent',
    trial,
    triedAt: new Date(now()).toISOString(),
    ...(decision === undefined ? {} : { decision }),
    expires: quarantineEnd(now()),
  };
  if (!(await entries.replace(known, marked))) return undefined;
  const refused = await send(marked, { sk: marked.sk, trial });
  if (refused === undefined) return { key: keyOf(marked), id: marked.id };
  // If the message was sent although the call failed, the worker ignores it, because its entry is
  // held.
  await entries.replace(marked, { ...held, state: 'held' });
  return { key: keyOf(marked), id: marked.id, refused };
}

/**
 * Makes a message wait that the relay couldn't send. The tick then sends it, after checking again
 * that the message's table may publish to the target.
 */
async function handToRelay(
  known: QuarantineEntry,
  decision: TrialDecision | undefined,
  entries: RedriveEntries,
  now: number,
): Promise<RedriveTried> {
  const tried = { key: keyOf(known), id: known.id };
  if (decision !== undefined)
    return { ...tried, refused: 'it never reached a worker, so no step of it has begun; send it with --try' };
  if (known.to === NO_TARGET || !isEnvelope(known.content)) {
    return {
      ...tried,
      refused:
        'its outbox is invalid, or it is too long, so no queue can accept it; correct the writer, then discard it',
    };
  }
  const { reason, error, fingerprint, expires, ...message } = known;
  const at = new Date(now).toISOString();
  await entries.wait({ ...message, pk: waitingKey(known.to), state: 'waiting', at });
  await entries.remove(known);
  return tried;
}

function isEnvelope(content: string): boolean {
  try {
    parseEnvelope(content);
    return true;
  } catch {
    return false;
  }
}

/**
 * The position without the group. These texts sort in the order in which the messages were sent.
 */
function placeOf({ sk }: QuarantineKey): string {
  return sk.slice(sk.indexOf('#'));
}
