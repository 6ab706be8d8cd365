import type { RedriveDiscarded, RedriveRequest, RedriveSelection } from '../../lib/protocol';
import { RefusedError } from './redrive-error';
import { MAX_IDLE, type TrialDependencies } from './trial';

/** Milliseconds after which the index of faults no longer contains a deleted entry. */
const INDEX_MS = 500;

/** Result of a discard. */
export interface Discard {
  readonly discarded: number;
  /** Messages that weren't discarded, up to `MAX_LEFT`. */
  readonly left: number;
}

/**
 * Discards messages, one request after the other. Messages that are held only after the command
 * began aren't included.
 */
export async function runDiscard(
  selection: RedriveSelection,
  reason: string,
  { ask, sleep }: Pick<TrialDependencies, 'ask' | 'sleep'>,
): Promise<Discard> {
  let [discarded, left] = [0, 0];
  let until: string | undefined;
  for (let idle = 0; idle < MAX_IDLE; ) {
    const request: RedriveRequest = {
      verb: 'discard',
      ...selection,
      reason,
      ...(until === undefined ? {} : { until }),
    };
    const answer = await ask<RedriveDiscarded>(request).catch((error: Error) => {
      // Every message with the fault is gone.
      if (until !== undefined && error instanceof RefusedError) return undefined;
      throw error;
    });
    left = answer?.left ?? 0;
    discarded += answer?.discarded ?? 0;
    if (answer === undefined || left === 0) break;
    until ??= answer.asOf;
    idle = answer.discarded === 0 ? idle + 1 : 0;
    if (idle > 0) await sleep(INDEX_MS);
  }
  return { discarded, left };
}
