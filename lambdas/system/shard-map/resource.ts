import {
  DEFAULT_LEASE_MS,
  historyKey,
  initialSlots,
  MAX_SHARDS,
  readEpochOf,
  requireReadable,
  SHARD_MAP_FORMAT,
  type ShardMap,
  type StreamEntry,
  streamKey,
  WAIT_MS,
} from '../../../lib/protocol';
import { inParallel } from '../in-parallel';
import { type Outcome, type Properties, type ResourceHandlers, stringProperty } from '../resource/custom-resource';
import type { MapStore } from './map-store';
import { addressesOf, targetsOf } from './targets';

/**
 * Custom resource that writes the map of a sharded table, and the targets of its shards, when the
 * stack is deployed.
 *
 * The map decides in which shard a client looks for data. So if a change would assign slots to
 * other shards without moving the data, it is refused. The deployment is then rolled back.
 *
 * A deletion always removes the map. In production CloudFormation deletes this resource only if the
 * creation of this resource is rolled back (`RetainExceptOnCreate`). The creation can then be
 * repeated.
 */
export function shardMapResource(store: MapStore): ResourceHandlers {
  async function create(properties: Properties): Promise<Outcome> {
    const wanted = firstMap(properties);
    if (ownsEntries(properties)) await putEntries(store, wanted, addressesOf(properties));
    if (!(await store.create(wanted))) {
      const known = await store.find(wanted.table);
      if (known !== undefined) requireReadable(known);
      // If the stored map is equal, an earlier delivery of this event wrote it.
      const problem = known === undefined ? undefined : difference(known, wanted);
      if (known === undefined || problem !== undefined) {
        if (ownsEntries(properties)) await removeEntries(store, wanted.shards);
        if (known === undefined) throw lost(wanted.table);
        throw new Error(
          `the map table already has a map for table '${wanted.table}', of an earlier deployment whose data was retained: ${problem}. ` +
            'Give the new table another tableName. Or, once the data is no longer needed, delete that item and its history, ' +
            `the items '${historyKey(wanted.table, '<epoch>')}'`,
        );
      }
      await store.keepHistory(known);
      await store.setTargets(wanted.table, wanted.targets);
    }
    return { physicalResourceId: physicalId(wanted.table) };
  }

  return {
    create,

    async update(properties, before, physicalResourceId) {
      const wanted = firstMap(properties);
      const nameBefore = stringProperty(before, 'Table');
      if (wanted.table !== nameBefore) {
        throw new Error(
          `tableName can't change from '${nameBefore}' to '${wanted.table}': running functions look up their data by it`,
        );
      }
      const known = await store.find(wanted.table);
      // A new map could name shards that don't have the data, because slots may have moved.
      if (known === undefined) throw lost(wanted.table);
      // A newer version of the library may have moved slots, which this version doesn't understand.
      requireReadable(known);
      const problem = difference(known, wanted);
      if (problem !== undefined) throw new Error(`table '${wanted.table}': ${problem}`);
      // Earlier versions of the library wrote maps without a history.
      await store.keepHistory(known);
      const { timeToLive, leaseMs, waitMs } = known;
      if (timeToLive !== wanted.timeToLive || leaseMs !== wanted.leaseMs || waitMs !== wanted.waitMs) {
        const { timeToLive: _, ...rest } = known;
        const changed: ShardMap = {
          ...rest,
          format: SHARD_MAP_FORMAT,
          epoch: known.epoch + 1,
          // This change moves no slots, so cursors stay valid.
          readEpoch: readEpochOf(known),
          leaseMs: wanted.leaseMs!,
          waitMs: wanted.waitMs!,
          ...(wanted.timeToLive === undefined ? {} : { timeToLive: wanted.timeToLive }),
        };
        if (!(await store.replace(changed))) {
          throw new Error(`map of table '${wanted.table}' changed while it was updated; deploy again`);
        }
      }
      // The relay must know each target that a function may use. So the relay's entries get new
      // targets before functions get them, and lose removed targets after functions have lost them.
      if (ownsEntries(properties)) {
        const addresses = addressesOf(properties);
        await putEntries(store, wanted, { ...addressesOf(before), ...addresses });
        await store.setTargets(wanted.table, wanted.targets);
        await putEntries(store, wanted, addresses);
      } else {
        await store.setTargets(wanted.table, wanted.targets);
      }
      return { physicalResourceId };
    },

    async remove(properties) {
      const { table, shards } = firstMap(properties);
      if (ownsEntries(properties)) await removeEntries(store, shards);
      await store.remove(table, shards);
    },
  };
}

/**
 * Whether the resource of a map also writes the targets of the table's shards. If the table is in a
 * nested stack, a resource in the relay's stack writes them instead: see `streamEntriesResource`.
 */
function ownsEntries(properties: Properties): boolean {
  return properties['Entries'] !== 'elsewhere';
}

async function putEntries(store: MapStore, { table, shards }: ShardMap, targets: StreamEntry['targets']) {
  await inParallel(shards, (shard) => store.putEntry({ table: streamKey(shard), owner: table, targets }));
}

async function removeEntries(store: MapStore, shards: readonly string[]) {
  await inParallel(shards, (shard) => store.removeEntry(streamKey(shard)));
}

/** Makes the first map of a table. */
function firstMap(properties: Properties): ShardMap {
  const shards = properties['Shards'];
  if (
    !Array.isArray(shards) ||
    shards.length < 1 ||
    shards.length > MAX_SHARDS ||
    !shards.every((s) => typeof s === 'string' && s !== '') ||
    new Set(shards).size !== shards.length
  ) {
    throw new Error(
      `property Shards must list 1 to ${MAX_SHARDS} different table names, got ${JSON.stringify(shards)}`,
    );
  }
  const sortKey = properties['SortKey'];
  const timeToLive = properties['TimeToLive'];
  return {
    table: stringProperty(properties, 'Table'),
    format: SHARD_MAP_FORMAT,
    epoch: 1,
    readEpoch: 1,
    shards,
    slots: initialSlots(shards.length),
    leaseMs: DEFAULT_LEASE_MS,
    waitMs: waitMsOf(properties),
    partitionKey: stringProperty(properties, 'PartitionKey'),
    ...(typeof sortKey === 'string' && sortKey !== '' ? { sortKey } : {}),
    ...(typeof timeToLive === 'string' && timeToLive !== '' ? { timeToLive } : {}),
    targets: targetsOf(properties),
  };
}

/** CloudFormation passes every scalar as a string. */
function waitMsOf(properties: Properties): number {
  const text = properties['WaitMs'] === undefined ? String(WAIT_MS.production) : stringProperty(properties, 'WaitMs');
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`property WaitMs must be a whole number from 1, got ${text}`);
  return Number(text);
}

/**
 * @returns the reason why the known map can't become the wanted one, for the deployment's log;
 * undefined if it can
 */
function difference(known: ShardMap, wanted: ShardMap): string | undefined {
  if (known.shards.length !== wanted.shards.length) {
    return (
      `it has ${known.shards.length} shards, but the template has ${wanted.shards.length}; ` +
      "the number of shards can't change, because a deployment doesn't move data between shards. " +
      `Deploy with shards: ${known.shards.length}`
    );
  }
  const replaced = wanted.shards.findIndex((name, i) => name !== known.shards[i]);
  if (replaced >= 0) {
    return (
      `shard ${replaced} would become ${wanted.shards[replaced]}, but its data is in ${known.shards[replaced]}; ` +
      'the change replaces the table. Undo it, or make a new table under another tableName and copy the data'
    );
  }
  if (known.partitionKey !== wanted.partitionKey || known.sortKey !== wanted.sortKey) {
    return `its keys are ${keys(known)} and can't become ${keys(wanted)}`;
  }
  return undefined;
}

/** The error for a map that an earlier deployment wrote, and that is no longer there. */
function lost(table: string): Error {
  return new Error(
    `the map table must have the item '${table}', the shard map of a table that was deployed before, but it is lost. ` +
      'Nothing was written, because a new map could name shards that do not have the data. ' +
      `Copy the item '${historyKey(table, '<epoch>')}' with the highest epoch to the key '${table}', ` +
      'or restore the map table to a time before the loss. Then deploy again',
  );
}

function keys(map: ShardMap): string {
  return map.sortKey === undefined ? map.partitionKey : `${map.partitionKey} and ${map.sortKey}`;
}

function physicalId(table: string): string {
  return `shard-map/${table}`;
}
