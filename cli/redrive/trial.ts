import type {
  QuarantineKey,
  RedriveRequest,
  RedriveSelection,
  RedriveStatus,
  RedriveTrial,
  RedriveTried,
  TrialDecision,
} from '../../lib/protocol';
import type { TrialSize } from './options';
import { RefusedError } from './redrive-error';

/** Messages of the first steps of a trial. The last number is repeated. */
const STEPS: Record<TrialSize, readonly number[]> = { 1: [1], 10: [1, 9], all: [1, 10, 100] };

const MIN_POLL_MS = 500;
const MAX_POLL_MS = 5_000;
/** Number of consecutive requests without any work after which the command ends. */
export const MAX_IDLE = 10;

export interface TrialDependencies {
  readonly ask: <T>(request: RedriveRequest) => Promise<T>;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Shows the progress. */
  readonly report: (line: string) => void;
}

export interface TrialProps {
  readonly selection: RedriveSelection;
  readonly size: TrialSize;
  readonly decision?: TrialDecision;
  /** Milliseconds to wait for the end of the messages of one step. */
  readonly waitMs: number;
}

/** Result of a trial. */
export interface TrialResult {
  readonly done: number;
  /** Messages that are held again. */
  readonly relapsed: readonly (RedriveStatus & { readonly id: string })[];
  /** Messages that could not be sent, and are held. */
  readonly refused: readonly RedriveTried[];
  /** Messages that haven't ended. */
  readonly pending: readonly string[];
  /** Messages with the fault that weren't tried, up to `MAX_LEFT`. */
  readonly left: number;
}

/**
 * Sends messages again, first one, then more, as long as they are done. It stops at the first
 * message that fails again, is refused, or doesn't end in time. Messages that are held only after
 * the command began aren't included.
 */
export async function runTrial(
  { selection, size, decision, waitMs }: TrialProps,
  { ask, now, sleep, report }: TrialDependencies,
): Promise<TrialResult> {
  let done = 0;
  let left = 0;
  let until: string | undefined;
  let idle = 0;
  const steps = STEPS[size];
  for (let step = 0; size === 'all' || step < steps.length; step++) {
    const limit = steps[Math.min(step, steps.length - 1)]!;
    const options = { ...(decision === undefined ? {} : { decision }), ...(until === undefined ? {} : { until }) };
    const request: RedriveRequest = { verb: 'try', ...selection, limit, ...options };
    const trial = await ask<RedriveTrial>(request).catch((error: Error) => {
      // Every message with the fault is done.
      if (step > 0 && error instanceof RefusedError) return undefined;
      throw error;
    });
    left = trial?.left ?? 0;
    if (trial === undefined) break;
    until ??= trial.asOf;
    const refused = trial.tried.filter((one) => one.refused !== undefined);
    const sent = trial.tried.filter((one) => one.refused === undefined);
    if (sent.length > 0) report(`sent ${sent.length}, ${left} left`);
    const ends = await endsOf(sent);
    done += ends.done;
    if (refused.length > 0 || ends.relapsed.length > 0 || ends.pending.length > 0) {
      return { done, relapsed: ends.relapsed, refused, pending: ends.pending, left };
    }
    if (left === 0) break;
    // The index of faults may still show entries that are gone.
    idle = trial.tried.length === 0 ? idle + 1 : 0;
    if (idle === MAX_IDLE) break;
    if (idle > 0) await sleep(MIN_POLL_MS);
  }
  return { done, relapsed: [], refused: [], pending: [], left };

  async function endsOf(sent: readonly RedriveTried[]): Promise<Pick<TrialResult, 'done' | 'relapsed' | 'pending'>> {
    const ids = new Map(sent.map(({ key, id }) => [nameOf(key), id]));
    const idOf = (key: QuarantineKey) => ids.get(nameOf(key)) ?? '';
    const end = now() + waitMs;
    let open = sent.map(({ key }) => key);
    const relapsed: (RedriveStatus & { readonly id: string })[] = [];
    for (let poll = MIN_POLL_MS; open.length > 0 && relapsed.length === 0; poll = Math.min(2 * poll, MAX_POLL_MS)) {
      const wait = Math.min(poll, end - now());
      if (wait <= 0) break;
      await sleep(wait);
      const states = await ask<readonly RedriveStatus[]>({ verb: 'status', keys: open });
      relapsed.push(...states.filter(({ state }) => state === 'held').map((one) => ({ ...one, id: idOf(one.key) })));
      open = states.filter(({ state }) => state === 'sent' || state === 'waiting').map(({ key }) => key);
    }
    return { done: sent.length - open.length - relapsed.length, relapsed, pending: open.map(idOf) };
  }
}

function nameOf({ pk, sk }: QuarantineKey): string {
  return `${pk} ${sk}`;
}
