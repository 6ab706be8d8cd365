import { parsePartitionKey, type QuarantineKey, type RedriveStatus, waitingKey } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import type { RedriveDependencies } from './dependencies';

/** States of messages that were sent again. */
export async function statusOf(
  keys: readonly QuarantineKey[],
  { entries }: RedriveDependencies,
): Promise<readonly RedriveStatus[]> {
  const states: RedriveStatus[] = [];
  await inParallel(keys, async (key) => {
    const entry = (await entries.get(key)) ?? (await entries.get(waitingKeyOf(key)));
    if (entry === undefined) states.push({ key, state: 'settled' });
    else {
      const { state, reason, error, fingerprint } = entry;
      states.push({
        key,
        state,
        ...(reason === undefined ? {} : { reason }),
        ...(error === undefined ? {} : { error }),
        ...(fingerprint === undefined ? {} : { fingerprint }),
      });
    }
  });
  return states;
}

function waitingKeyOf({ pk, sk }: QuarantineKey): QuarantineKey {
  return { pk: waitingKey(parsePartitionKey(pk)?.target ?? ''), sk };
}
