import { type CapacityTarget, resourceIdOf } from '../../../lib/protocol';
import type { Provisioned } from './aliases';
import type { CapacityStore, TickRecord } from './capacity-store';
import { type Bounds, type Policies, type ScalableTargets, SURE_UTILISATION } from './scalable-targets';

/** The scheduled action that takes the floor back lies so far ahead, and is moved when only so much is left. */
const FALL_BACK_MINUTES = 15;
const RENEW_MINUTES = 10;

/** What should hold. */
export interface Plan {
  /** Left as it is if it isn't stated. */
  readonly floor?: number;
  /** Utilisation that target tracking keeps. */
  readonly utilisation: number;
}

/** What holds. */
export interface Standing {
  readonly bounds: Bounds | undefined;
  readonly policies: Policies;
  readonly provisioned?: Provisioned | undefined;
  /** The run's own claim; without one, or without a floor, no target is registered that isn't there. */
  readonly record?: TickRecord | undefined;
  /** Needed for a floor above the target's minimum. */
  readonly minute?: number;
}

/** What was done. */
export interface Changes {
  readonly fallBackAt: number;
  /** For the log. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Makes a plan hold, by as few calls as possible.
 *
 * A floor above the minimum has a scheduled action that takes it back in a quarter of an hour. Each run moves it on: when no run comes any
 * more, whatever the reason, nobody pays for a forgotten floor.
 */
export async function applyPlan(
  target: CapacityTarget,
  plan: Plan,
  standing: Standing,
  world: { readonly store: CapacityStore; readonly targets: ScalableTargets },
): Promise<Changes> {
  const { policies, provisioned, record, minute = 0 } = standing;
  const { targets } = world;
  const resourceId = resourceIdOf(target);
  const bounds = standing.bounds ?? { min: target.min, max: target.max };
  const isAbsent = standing.bounds === undefined;
  // With the target its scheduled action is gone.
  const fallBackAt = isAbsent ? 0 : (record?.fallBackAt ?? 0);
  const tracks = policies.utilisation !== plan.utilisation && !isNextBest(policies.utilisation, plan.utilisation);
  // A deployment sets the alias back to the minimum; the same bounds once more bring its capacity inside them.
  const { floor = target.min } = plan;
  const isShort = floor > target.min && (provisioned?.requested ?? 0) < floor;
  const registers = plan.floor !== undefined && (bounds.min !== floor || isShort);
  const renews = floor > target.min && fallBackAt < minute + RENEW_MINUTES;
  if (!isAbsent && !tracks && !registers && !renews) return { fallBackAt, facts: {} };
  if (isAbsent && (record === undefined || plan.floor === undefined)) return { fallBackAt, facts: { absent: true } };
  if (record !== undefined && (await world.store.record(resourceId))?.run !== record.run) {
    return { fallBackAt, facts: { overtaken: true } };
  }

  // Not there although it is deployed: when this one replaces CloudFormation's own scalable target, cleaning that up removes both.
  if (isAbsent) await targets.register(resourceId, bounds);
  const renewed = renews ? minute + FALL_BACK_MINUTES : fallBackAt;
  if (renews) await targets.fallBackAt(resourceId, renewed, target.min);
  const steps = [
    registers && (() => targets.register(resourceId, { min: floor })),
    tracks && (() => targets.track(resourceId, plan.utilisation)),
  ];
  // The safe one first: the floor before less capacity is kept spare, spare capacity before the floor is taken away.
  if (plan.utilisation <= (policies.utilisation ?? 0)) steps.reverse();
  for (const step of steps) if (step) await step();
  return {
    fallBackAt: renewed,
    facts: {
      ...(registers || isAbsent ? { floorBefore: standing.bounds?.min ?? 'none' } : {}),
      ...(tracks ? { utilisationBefore: policies.utilisation ?? 'none' } : {}),
    },
  };
}

/** Whether what is tracked is what AWS took instead of more: asking every minute wouldn't change that. */
function isNextBest(tracked: number | undefined, wanted: number): boolean {
  return tracked === SURE_UTILISATION && wanted > SURE_UTILISATION;
}
