import { type StreamEntry, streamKey } from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import { type Properties, type ResourceHandlers, stringProperty } from '../resource/custom-resource';
import type { MapStore } from './map-store';
import { addressesOf } from './targets';

/**
 * Custom resource for a table whose relay is in another stack. When the relay's stack is deployed,
 * it writes the targets to which the table's shards may publish. The table's own stack writes the
 * map.
 */
export function streamEntriesResource(store: MapStore): ResourceHandlers {
  const put = (properties: Properties) => inParallel(entriesOf(properties), (entry) => store.putEntry(entry));
  const remove = (keys: readonly string[]) => inParallel(keys, (key) => store.removeEntry(key));
  return {
    async create(properties) {
      await put(properties);
      return { physicalResourceId: physicalId(properties) };
    },
    async update(properties, before) {
      await put(properties);
      const kept = new Set(keysOf(properties));
      // If the physical id changes, CloudFormation removes the old shards' entries itself.
      if (physicalId(properties) === physicalId(before)) {
        await remove(keysOf(before).filter((key) => !kept.has(key)));
      }
      return { physicalResourceId: physicalId(properties) };
    },
    async remove(properties) {
      await remove(keysOf(properties));
    },
  };
}

/**
 * Whether the properties belong to a resource for a table's stream entries. Otherwise they belong
 * to a resource for its map.
 */
export function isStreamEntries(properties: Properties): boolean {
  return properties['Entries'] === 'only';
}

function entriesOf(properties: Properties): StreamEntry[] {
  const { Relay: relay, MapTable: mapTable } = properties;
  const leavesUnknown = properties['LeavesUnknown'] === 'true';
  return keysOf(properties).map((key) => ({
    table: key,
    owner: stringProperty(properties, 'Table'),
    targets: addressesOf(properties),
    ...(typeof relay === 'string' ? { relay } : {}),
    ...(typeof mapTable === 'string' ? { mapTable } : {}),
    ...(leavesUnknown ? { leavesUnknown } : {}),
  }));
}

function keysOf({ Shards: shards }: Properties): string[] {
  if (!Array.isArray(shards) || shards.length === 0 || !shards.every((shard) => typeof shard === 'string')) {
    throw new Error(`property Shards must list table names, got ${JSON.stringify(shards)}`);
  }
  return shards.map(streamKey);
}

/** A table always keeps its first shard, so the ID contains the name of this shard. */
function physicalId(properties: Properties): string {
  return `stream-entries/${keysOf(properties)[0]}`;
}
