import { type CapacityTarget, resourceIdOf } from '../../../lib/protocol';
import type { Provisioned } from './aliases';
import type { TickRecord } from './capacity-store';
import type { Bounds, Policies } from './scalable-targets';
import type { TickDependencies } from './tick-dependencies';

/**
 * Minutes until the scheduled action that resets the floor. A run postpones the action if less than
 * `RENEW_MINUTES` are left.
 */
const FALL_BACK_MINUTES = 15;
const RENEW_MINUTES = 10;

/** The wanted settings. */
export interface Plan {
  /** If undefined, the floor isn't changed. */
  readonly floor?: number;
  /** Target utilisation of target tracking. */
  readonly utilisation: number;
}

/** The current settings. */
export interface Current {
  readonly bounds: Bounds | undefined;
  readonly policies: Policies;
  readonly provisioned?: Provisioned | undefined;
  /** Record of this run. Without a record or a floor, a missing target isn't registered. */
  readonly record?: TickRecord | undefined;
  /** Minute of the run. Required for a floor above the target's minimum. */
  readonly minute?: number;
}

/** The changes that were made. */
export interface Changes {
  readonly fallBackAt: number;
  /** Fields for the log. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Applies a plan with as few calls as possible.
 *
 * A floor above the minimum has a scheduled action that resets it within 15 minutes. Each run
 * postpones the action. So if the runs stop, an outdated floor causes no cost after these 15
 * minutes.
 */
export async function applyPlan(
  target: CapacityTarget,
  plan: Plan,
  current: Current,
  { store, targets }: Pick<TickDependencies, 'store' | 'targets'>,
): Promise<Changes> {
  const { policies, provisioned, record, minute = 0 } = current;
  const resourceId = resourceIdOf(target);
  const isAbsent = current.bounds === undefined;
  const bounds = current.bounds ?? { min: target.min, max: target.max };
  // A scheduled action is deleted together with its target.
  const fallBackAt = isAbsent ? 0 : (record?.fallBackAt ?? 0);
  const tracks = policies.utilisation !== plan.utilisation;
  // A deployment resets the alias's provisioned concurrency to the minimum. If the same bounds are
  // registered again, Application Auto Scaling raises the concurrency to the floor.
  const { floor = target.min } = plan;
  const isShort = floor > target.min && (provisioned?.requested ?? 0) < floor;
  const registers = plan.floor !== undefined && (bounds.min !== floor || isShort);
  const renews = floor > target.min && fallBackAt < minute + RENEW_MINUTES;
  if (!isAbsent && !tracks && !registers && !renews) return { fallBackAt, facts: {} };
  if (isAbsent && (record === undefined || plan.floor === undefined)) return { fallBackAt, facts: { absent: true } };
  if (record !== undefined && (await store.record(resourceId))?.run !== record.run) {
    return { fallBackAt, facts: { overtaken: true } };
  }

  // The deployment may have deleted the target. If the deployment replaced a scalable target of
  // CloudFormation, the deletion of the old target also deletes the new one, because both have the
  // same resource ID.
  if (isAbsent) await targets.create(resourceId, bounds);
  const renewed = renews ? minute + FALL_BACK_MINUTES : fallBackAt;
  if (renews) await targets.fallBackAt(resourceId, renewed, target.min);
  const steps = [
    registers && (() => targets.update(resourceId, { min: floor })),
    tracks && (() => targets.track(resourceId, plan.utilisation)),
  ];
  // The order keeps capacity sufficient. If target tracking will keep less spare capacity, the
  // floor is set first. If it will keep more, target tracking is set first.
  if (plan.utilisation <= (policies.utilisation ?? 0)) steps.reverse();
  for (const step of steps) if (step) await step();
  return {
    fallBackAt: renewed,
    facts: {
      ...(registers || isAbsent ? { floorBefore: current.bounds?.min ?? 'none' } : {}),
      ...(tracks ? { utilisationBefore: policies.utilisation ?? 'none' } : {}),
    },
  };
}
