import { announcedFloor, DEFAULT_REACTIVE_TARGET } from '../../../forecast/decide';
import type { State } from '../../../forecast/learned-state';
import { resourceIdOf } from '../../../lib/protocol';
import { applyPlan, type Changes } from './apply-plan';
import type { TickRecord } from './capacity-store';
import type { ReadTarget } from './capacity-target';
import { type Memory, parsed } from './memory';
import { withinQuota } from './quota';
import { messageOf } from './telemetry';
import type { TickWorld } from './tick-world';

/**
 * While nothing can be provisioned, the floor stays as it is, and the scheduled action takes it back before long: target tracking gets the
 * room that it needs without one.
 */
export async function makeCautious(
  resourceId: string,
  { target }: ReadTarget,
  memory: Memory,
  record: TickRecord,
  minute: number,
  world: TickWorld,
): Promise<Changes['facts']> {
  const [bounds, policies, state] = await Promise.all([
    world.targets.bounds(resourceId),
    world.targets.policies(resourceId),
    memory.state ?? world.store.state(resourceId).then((stored) => stored && parsed(stored)),
  ]);
  const plan = { utilisation: cautiousTargetOf(state?.value) };
  return (await applyPlan(target, plan, { bounds, policies, record, minute }, world)).facts;
}

/** What the gate found better, if it has looked. */
function cautiousTargetOf(state: State | undefined): number {
  return state?.verdict?.cautiousTarget ?? DEFAULT_REACTIVE_TARGET;
}

/** The reactive kind of scaling, as far as it can still be set. @returns the floor that holds then, or why it couldn't be set */
export async function fallBack(
  read: ReadTarget,
  memory: Memory,
  minute: number,
  world: TickWorld,
): Promise<{ readonly floor?: number; readonly fallback?: string }> {
  const { target, events } = read;
  const resourceId = resourceIdOf(target);
  try {
    const holder = await holderOf(resourceId, minute, world);
    if (holder !== undefined) return { fallback: holder };
    const [bounds, policies] = await Promise.all([
      world.targets.bounds(resourceId),
      world.targets.policies(resourceId),
    ]);
    const announced = announcedFloor({ lead: target.leadMinutes, min: target.min, max: target.max, events }, minute);
    const { floor } = await withinQuota(announced, read, bounds, undefined, world).catch(() => ({
      // It can't be asked how much more there may be.
      floor: Math.max(target.min, Math.min(announced, bounds?.min ?? target.min)),
    }));
    const plan = { floor, utilisation: cautiousTargetOf(memory.state?.value) };
    await applyPlan(target, plan, { bounds, policies, minute }, world);
    return { floor };
  } catch (error) {
    return { fallback: messageOf(error) };
  }
}

/** Why the target isn't this run's any more. */
async function holderOf(resourceId: string, minute: number, world: TickWorld): Promise<string | undefined> {
  let latest: TickRecord | undefined;
  try {
    latest = await world.store.record(resourceId);
  } catch {
    // It can't be known without the table, and the safe side is safe for whoever holds it.
    return undefined;
  }
  if (latest === undefined) return 'the target is being removed';
  return latest.minute > minute ? 'a later run works on the target' : undefined;
}
