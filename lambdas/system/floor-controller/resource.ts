import { DEFAULT_REACTIVE_TARGET } from '../../../forecast/decide';
import { MS_PER_MINUTE } from '../../../forecast/minutes';
import { type CapacityTarget, resourceIdOf } from '../../../lib/protocol';
import { type Outcome, type Properties, type ResourceHandlers, stringProperty } from '../resource/custom-resource';
import type { Aliases } from './aliases';
import type { CapacityStore } from './capacity-store';
import { type ReadTarget, readTarget } from './capacity-target';
import { pauseByOthers } from './pause';
import type { ScalableTargets } from './scalable-targets';
import { type Line, messageOf } from './telemetry';

const OVER =
  'announced events are over and raise no floor: keep each for a week after its end, in which the backtest replays it, then remove it';

/**
 * Form of the resource IDs that `register` returns. If a create event isn't answered,
 * CloudFormation generates an ID of another form.
 */
const RESOURCE_ID = /^function:[^:]+:[^:]+$/;

/** Dependencies of the custom resource, which tests replace. */
export interface ResourceDependencies {
  readonly store: CapacityStore;
  readonly aliases: Aliases;
  readonly targets: ScalableTargets;
  readonly log: (line: Line) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Custom resource that registers and deregisters a scalable target. The floor isn't a property of
 * the resource. So a changed floor isn't drift, and a deployment doesn't reset it.
 *
 * A deployment runs no backtest. The first run of the floor controller runs the backtest, at most a
 * minute later.
 */
export function scalableTargetResource(dependencies: ResourceDependencies): ResourceHandlers {
  const { store, aliases, targets, log, now } = dependencies;

  async function register(properties: Properties): Promise<Outcome> {
    const { target, events } = targetOf(properties);
    const resourceId = resourceIdOf(target);
    await registerTarget(resourceId, target);
    await store.createRecord(resourceId);
    const minute = Math.floor(now() / MS_PER_MINUTE);
    // Past events are reported here instead of at synth. Synth doesn't read the clock, so that the
    // same input gives the same templates.
    const over = target.events?.filter((_, i) => (events[i]?.until ?? Number.POSITIVE_INFINITY) <= minute) ?? [];
    if (over.length > 0) log({ level: 'WARN', message: OVER, resourceId, events: over });
    return {
      physicalResourceId: resourceId,
      data: {
        ResourceId: resourceId,
        Gate: 'the backtest runs in the first run of the floor controller, within a minute',
      },
    };
  }

  async function registerTarget(resourceId: string, { min, max }: CapacityTarget): Promise<void> {
    const [bounds, policies] = await Promise.all([targets.bounds(resourceId), targets.policies(resourceId)]);
    if (bounds === undefined) {
      await targets.create(resourceId, { min, max });
    } else if (pauseByOthers(policies) === undefined) {
      // The new bounds apply to target tracking. The current floor is kept, because current traffic
      // may need it.
      await targets.update(resourceId, { min: Math.min(max, Math.max(min, bounds.min)), max });
    } else {
      // CloudFormation deletes its own scalable target later in this deployment. The next run
      // registers the controller's target.
      log({ level: 'INFO', message: 'registered by the next run', resourceId, others: policies.others });
      return;
    }
    await targets.track(resourceId, DEFAULT_REACTIVE_TARGET);
  }

  return {
    create: register,
    // If function or alias changed, the ID changes too. CloudFormation deletes the old resource
    // after the update.
    update: register,

    async remove(properties, physicalResourceId) {
      const resourceId = removedId(properties, physicalResourceId);
      if (resourceId === undefined) {
        log({
          level: 'WARN',
          message: 'nothing removed: neither the ID nor the properties name a target',
          physicalResourceId,
        });
        return;
      }
      // The record is deleted first, because without it a run that has already started changes
      // nothing.
      await store.removeAll(resourceId);
      const { others } = await targets.policies(resourceId);
      if (others.length > 0) {
        // CloudFormation's scalable target has replaced this one. For Application Auto Scaling both
        // are the same target, so this one must not be deregistered.
        await targets.withdraw(resourceId);
        log({ level: 'INFO', message: 'withdrawn', resourceId, others });
        return;
      }
      await targets.deregister(resourceId);
      await lowerToMinimum(properties, resourceId);
    },
  };

  /**
   * Lowers the provisioned concurrency of a remaining alias to its minimum. Otherwise AWS would
   * bill the last floor permanently.
   */
  async function lowerToMinimum(properties: Properties, resourceId: string): Promise<void> {
    try {
      const { target } = targetOf(properties);
      const provisioned = await aliases.provisioned(target.functionName, target.aliasName);
      if (provisioned === undefined || provisioned.requested <= target.min) return;
      await aliases.provision(target.functionName, target.aliasName, target.min);
    } catch (error) {
      // The error is only logged. Usually the alias is already deleted, and the deletion of the
      // stack must not fail.
      log({
        level: 'WARN',
        message: 'provisioned concurrency was not lowered to its minimum',
        resourceId,
        reason: messageOf(error),
      });
    }
  }
}

/**
 * Resource ID of the target to delete. If the create event wasn't answered in time, CloudFormation
 * passes a generated ID. Then the target is read from the properties. Undefined if the properties
 * can't be parsed.
 */
function removedId(properties: Properties, physicalResourceId: string): string | undefined {
  if (RESOURCE_ID.test(physicalResourceId)) return physicalResourceId;
  try {
    return resourceIdOf(targetOf(properties).target);
  } catch {
    return undefined;
  }
}

/** @throws Error with the given and the expected value */
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
