import { DEFAULT_REACTIVE_TARGET } from '../../../forecast/decide';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import { resourceIdOf } from '../../../lib/protocol';
import { type Outcome, type Properties, type ResourceHandlers, stringProperty } from '../resource/custom-resource';
import type { Aliases } from './aliases';
import type { CapacityStore } from './capacity-store';
import { type ReadTarget, readTarget } from './capacity-target';
import type { ScalableTargets } from './scalable-targets';
import type { Line } from './telemetry';

/** Synth reads no clock, so that the same input gives the same templates; a deployment is the first that can tell. */
const OVER =
  'announced events are over and raise no floor: keep each for a week after its end, in which the gate replays it, then remove it';

/** What deployments need of the world. */
export interface ResourceWorld {
  readonly store: CapacityStore;
  readonly aliases: Aliases;
  readonly targets: ScalableTargets;
  readonly log: (line: Line) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The life of a scalable target along with its stack. CloudFormation knows only that it is there: the floor that moves is none of its
 * business, so it is neither drift nor set back by the next deployment.
 *
 * A deployment asks for no verdict. The first tick after it, a minute later at most, has the history to judge by and the time for it.
 */
export function scalableTargetResource(world: ResourceWorld): ResourceHandlers {
  async function register(properties: Properties): Promise<Outcome> {
    const { target, events } = targetOf(properties);
    const resourceId = resourceIdOf(target);
    // Target tracking needs a moment with the new bounds only; a floor that a surge rests on isn't dropped for a deployment.
    const floor = (await world.targets.bounds(resourceId))?.min ?? target.min;
    await world.targets.register(resourceId, {
      min: Math.min(target.max, Math.max(target.min, floor)),
      max: target.max,
    });
    await world.targets.track(resourceId, DEFAULT_REACTIVE_TARGET);
    await world.store.createRecord(resourceId);
    const minute = Math.floor(world.now() / MS_PER_MINUTE);
    const over = target.events?.filter((_, i) => events[i]!.until <= minute) ?? [];
    if (over.length > 0) world.log({ level: 'WARN', message: OVER, resourceId, events: over });
    return {
      physicalResourceId: resourceId,
      data: { ResourceId: resourceId, Gate: 'decides when the next minute is worked on' },
    };
  }

  return {
    create: register,
    // Another function or alias is another resource: CloudFormation removes the one before when all else went well.
    update: register,

    async remove(properties, resourceId) {
      // First of all the record: a run that is under way changes nothing any more once it is gone.
      await world.store.removeAll(resourceId);
      const { others } = await world.targets.policies(resourceId);
      if (others.length > 0) {
        // CloudFormation's own scalable target took over before this one is cleaned up, and both are one to AWS.
        await world.targets.withdraw(resourceId);
        world.log({ level: 'INFO', message: 'withdrawn', resourceId, others });
        return;
      }
      await world.targets.deregister(resourceId);
      await coolDown(properties, resourceId);
    },
  };

  /** Brings an alias that stays back to its minimum; what the last floor provisioned would be paid for ever. */
  async function coolDown(properties: Properties, resourceId: string): Promise<void> {
    try {
      const { target } = targetOf(properties);
      const provisioned = await world.aliases.provisioned(target.functionName, target.aliasName);
      if (provisioned === undefined || provisioned.requested <= target.min) return;
      await world.aliases.provision(target.functionName, target.aliasName, target.min);
    } catch (error) {
      // Mostly the alias is gone already. If not, a stack that can't be removed would be worse.
      const reason = error instanceof Error ? error.message : String(error);
      world.log({ level: 'WARN', message: 'provisioned concurrency was left as it is', resourceId, reason });
    }
  }
}

/** @throws Error that says what was got and what is expected */
function targetOf(properties: Properties): ReadTarget {
  const text = stringProperty(properties, 'Target');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`property Target must be JSON of a capacity target, got ${text.slice(0, 80)}`);
  }
  return readTarget(value);
}
