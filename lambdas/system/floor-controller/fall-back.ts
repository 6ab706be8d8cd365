import { announcedFloor, DEFAULT_REACTIVE_TARGET } from '../../../forecast/decide';
import type { State } from '../../../forecast/learned-state';
import { resourceIdOf } from '../../../lib/protocol';
import { applyPlan, type Changes } from './apply-plan';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { type Memory, parsed } from './memory';
import { withinQuota } from './quota';
import { messageOf } from './telemetry';
import type { TickDependencies } from './tick-dependencies';

/**
 * Sets the utilisation target that target tracking needs without a forecast. The floor isn't
 * changed, because nothing can be provisioned during a pause. The scheduled action resets the
 * floor.
 */
export async function makeCautious(
  resourceId: string,
  { target }: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  dependencies: TickDependencies,
): Promise<Changes['facts']> {
  const [bounds, policies, state] = await Promise.all([
    dependencies.targets.bounds(resourceId),
    dependencies.targets.policies(resourceId),
    memory.state ?? dependencies.store.state(resourceId).then((stored) => stored && parsed(stored)),
  ]);
  const plan = { utilisation: cautiousTargetOf(state?.value) };
  return (await applyPlan(target, plan, { bounds, policies, record, minute }, dependencies)).facts;
}

/**
 * The cautious utilisation target (the cheaper of two) from the last backtest. Before the first
 * backtest, the default.
 */
function cautiousTargetOf(state: State | undefined): number {
  return state?.result?.cautiousTarget ?? DEFAULT_REACTIVE_TARGET;
}

/**
 * Falls back to target tracking and to the floors of announced events, unless a later run has taken
 * over or the calls fail.
 * @returns the new floor, or the reason why none could be set
 */
export async function fallBack(
  read: ReadTarget,
  memory: Memory,
  minute: number,
  dependencies: TickDependencies,
): Promise<{ readonly floor?: number; readonly fallback?: string }> {
  const { target, events } = read;
  const resourceId = resourceIdOf(target);
  try {
    const holder = await holderOf(resourceId, minute, dependencies);
    if (holder !== undefined) return { fallback: holder };
    const [bounds, policies] = await Promise.all([
      dependencies.targets.bounds(resourceId),
      dependencies.targets.policies(resourceId),
    ]);
    const announced = announcedFloor({ lead: target.leadMinutes, min: target.min, max: target.max, events }, minute);
    const { floor } = await withinQuota(announced, read, bounds, undefined, dependencies).catch(() => ({
      // The account's quota isn't known, so the floor isn't raised.
      floor: Math.max(target.min, Math.min(announced, bounds?.min ?? target.min)),
    }));
    const plan = { floor, utilisation: cautiousTargetOf(memory.state?.value) };
    await applyPlan(target, plan, { bounds, policies, minute }, dependencies);
    return { floor };
  } catch (error) {
    return { fallback: messageOf(error) };
  }
}

/** The reason why this run must no longer change the target. Undefined if it may. */
async function holderOf(
  resourceId: string,
  minute: number,
  dependencies: TickDependencies,
): Promise<string | undefined> {
  let latest: TickRecord | undefined;
  try {
    latest = await dependencies.store.record(resourceId);
  } catch {
    // If the table can't be read, a later run may or may not exist. Falling back is safe in both
    // cases.
    return undefined;
  }
  if (latest === undefined) return 'the target is being removed';
  return latest.minute > minute ? 'a later run works on the target' : undefined;
}
