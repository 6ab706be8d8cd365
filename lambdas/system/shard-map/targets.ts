import type { MapTarget, QueueAddress } from '../../../lib/protocol';
import { type Properties, stringProperty } from '../resource/custom-resource';

/** The queues of targets, by the target's name. Targets of another relay are left out. */
export function addressesOf(properties: Properties): Record<string, QueueAddress> {
  return Object.fromEntries(
    listed(properties)
      .filter((target) => target['Relay'] === undefined)
      .map((target) => [stringProperty(target, 'Name'), { url: stringProperty(target, 'Url'), fifo: isFifo(target) }]),
  );
}

/** All targets by name, as a shard map states them. */
export function targetsOf(properties: Properties): Record<string, MapTarget> {
  return Object.fromEntries(
    listed(properties).map((target) => {
      const relay = target['Relay'];
      return [
        stringProperty(target, 'Name'),
        { fifo: isFifo(target), ...(typeof relay === 'string' ? { relay } : {}) },
      ];
    }),
  );
}

function listed(properties: Properties): Properties[] {
  const targets = properties['Targets'] ?? [];
  if (!Array.isArray(targets)) {
    throw new Error(`property Targets must be a list of {Name, Fifo, Url or Relay}, got ${typeof targets}`);
  }
  return targets;
}

/** CloudFormation passes every scalar as a string. */
function isFifo(target: Properties): boolean {
  return stringProperty(target, 'Fifo') === 'true';
}
