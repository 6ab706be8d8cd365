import type { Item } from '../table/types';
import { StepBusy, TryLater } from '../worker/try-later';
import type { Message } from '../worker/types';
import type { Claim, Claims } from './claims';
import { NotDone, StepHalfWay } from './errors';
import type { AnyResult, StepOfItem } from './step';

/**
 * Milliseconds that are added to the end of an invocation. A call that the invocation sent may
 * still take effect in this time, and the clocks of two processes may differ.
 */
const AFTER_INVOCATION_MS = 5_000;

/** Maximum difference of the clocks of the redrive function and of a worker. */
const CLOCKS_DIFFER_MS = 5_000;

/** Says how to continue a claimed step that an earlier delivery began. */
export interface ClaimedStep {
  readonly claims: Claims;
  readonly now: () => number;
  readonly newId: () => string;
  /** Asks whether the effect happened. If undefined, a person decides. */
  readonly ask: ((item: Item) => Promise<AnyResult | undefined>) | undefined;
  /**
   * Time of a person's decision to run the effect again, in milliseconds since 1970. An ended claim
   * counts only if it was made after this time.
   */
  readonly decidedAt: number;
  readonly effect: (item: Item) => Promise<AnyResult | undefined>;
}

/**
 * Runs the effect of a step under a claim, so that two deliveries never run the effect at the same
 * time.
 */
export async function runClaimed(
  step: StepOfItem,
  item: Item,
  message: Message<unknown>,
  { claims, now, newId, ask, decidedAt, effect }: ClaimedStep,
): Promise<void> {
  // The process can't run longer than the remaining time of its invocation.
  const from = now();
  const until = from + message.remainingMs() + AFTER_INVOCATION_MS;
  const claim: Claim = { owner: newId(), from, until, body: step.body };
  const earlier = await claims.take(step.claimId, claim);
  if (earlier === undefined) return run(item);
  step.checkBody(earlier.body);
  if (earlier.until > now()) throw busy(earlier.until);
  // The earlier delivery may have ended after this one had read the item.
  const current = await step.find();
  if (current === undefined) return;
  if (isFromBefore(decidedAt, earlier)) {
    if (!(await claims.takeOver(step.claimId, earlier, claim))) throw busy(until);
    return run(current);
  }
  if (ask === undefined) throw step.halfWay('an earlier delivery began it and did not end');
  if (!(await claims.takeOver(step.claimId, earlier, claim))) throw busy(until);
  const known = await ask(current);
  return known === undefined ? run(current) : step.store(known);

  async function run(target: Item): Promise<void> {
    // Lambda may have frozen the process meanwhile.
    if (message.signal.aborted || now() >= until) throw busy(until);
    let result: AnyResult;
    try {
      result = (await effect(target)) ?? {};
    } catch (error) {
      if (error instanceof NotDone || error instanceof TryLater) {
        // If this removal fails, the claim expires. The next delivery then asks the partner, or a
        // person decides.
        await claims.release(step.claimId, claim).catch(() => undefined);
        throw error;
      }
      throw ask === undefined ? step.halfWay('it failed with an unknown outcome', error) : error;
    }
    try {
      await step.store(result);
    } catch (error) {
      if (ask !== undefined || error instanceof StepHalfWay) throw error;
      throw step.halfWay('it took effect, and its result could not be stored', error);
    }
  }

  function busy(end: number): StepBusy {
    const seconds = Math.max(0, Math.ceil((end - now()) / 1_000));
    return new StepBusy(seconds, 'another delivery is at work on this step');
  }
}

/**
 * Whether a claim was made before a time. For a claim that doesn't state its start, the end is
 * compared.
 */
function isFromBefore(time: number, { from, until }: Claim): boolean {
  return from === undefined ? until <= time : from + CLOCKS_DIFFER_MS <= time;
}
