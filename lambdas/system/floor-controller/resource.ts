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
 * The form of a resource id that `register` returned. CloudFormation makes up other ids for a
 * create without answer.
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
 * Registers a scalable target with its stack and deregisters it. CloudFormation knows only that the
 * target exists. The floor isn't a property of the resource, so a moved floor is no drift and a
 * deployment doesn't reset it.
 *
 * A deployment runs no backtest: the first tick does, at most a minute later.
 */
export function scalableTargetResource(dependencies: ResourceDependencies): ResourceHandlers {
  const { store, aliases, targets, log, now } = dependencies;

  async function register(properties: Properties): Promise<Outcome> {
    const { target, events } = targetOf(properties);
    const resourceId = resourceIdOf(target);
    await registerTarget(resourceId, target);
    await store.createRecord(resourceId);
    const minute = Math.floor(now() / MS_PER_MINUTE);
    // Synth reads no clock, so that the same input gives the same templates. A deployment can check
    // the time.
    const over = target.events?.filter((_, i) => (events[i]?.until ?? Number.POSITIVE_INFINITY) <= minute) ?? [];
    if (over.length > 0) log({ level: 'WARN', message: OVER, resourceId, events: over });
    return {
      physicalResourceId: resourceId,
      data: { ResourceId: resourceId, Gate: 'decides when the next minute is worked on' },
    };
  }

  async function registerTarget(resourceId: string, { min, max }: CapacityTarget): Promise<void> {
    const [bounds, policies] = await Promise.all([targets.bounds(resourceId), targets.policies(resourceId)]);
    if (bounds === undefined) {
      await targets.create(resourceId, { min, max });
    } else if (pauseByOthers(policies) === undefined) {
      // The new bounds matter to target tracking. The current floor is kept, since traffic may rely
      // on it.
      await targets.update(resourceId, { min: Math.min(max, Math.max(min, bounds.min)), max });
    } else {
      // CloudFormation deletes its own scalable target later in this deployment. The next tick
      // registers ours.
      log({ level: 'INFO', message: 'registered by the next tick', resourceId, others: policies.others });
      return;
    }
    await targets.track(resourceId, DEFAULT_REACTIVE_TARGET);
  }

  return {
    create: register,
    // Another function or alias is another resource. CloudFormation deletes the old one after the
    // update.
    update: register,

    async remove(properties, physicalResourceId) {
      const resourceId = removedId(properties, physicalResourceId);
      if (resourceId === undefined) {
        log({ level: 'WARN', message: 'nothing removed: neither id nor properties name a target', physicalResourceId });
        return;
      }
      // The record goes first: without it, a run under way changes nothing.
      await store.removeAll(resourceId);
      const { others } = await targets.policies(resourceId);
      if (others.length > 0) {
        // CloudFormation's own scalable target took over before this one is deleted. For AWS both
        // are the same target.
        await targets.withdraw(resourceId);
        log({ level: 'INFO', message: 'withdrawn', resourceId, others });
        return;
      }
      await targets.deregister(resourceId);
      await lowerToMinimum(properties, resourceId);
    },
  };

  /**
   * Lowers an alias that remains to its minimum. Otherwise the last floor would be paid for ever.
   */
  async function lowerToMinimum(properties: Properties, resourceId: string): Promise<void> {
    try {
      const { target } = targetOf(properties);
      const provisioned = await aliases.provisioned(target.functionName, target.aliasName);
      if (provisioned === undefined || provisioned.requested <= target.min) return;
      await aliases.provision(target.functionName, target.aliasName, target.min);
    } catch (error) {
      // Usually the alias is already deleted. If not, a stack that can't be deleted would be worse.
      log({
        level: 'WARN',
        message: 'provisioned concurrency was left as it is',
        resourceId,
        reason: messageOf(error),
      });
    }
  }
}

/**
 * The target to delete. If the create got no answer in time, CloudFormation deletes with an id of
 * its own making: then the properties name the target. Undefined if they can't be read either.
 */
function removedId(properties: Properties, physicalResourceId: string): string | undefined {
  if (RESOURCE_ID.test(physicalResourceId)) return physicalResourceId;
  try {
    return resourceIdOf(targetOf(properties).target);
  } catch {
    return undefined;
  }
}

/** @throws Error that names the given and the expected value */
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
