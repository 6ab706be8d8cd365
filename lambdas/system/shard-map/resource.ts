import { initialSlots, MAX_SHARDS, type ShardMap } from '../../../lib/protocol';
import { type Outcome, type Properties, type ResourceHandlers, stringProperty } from '../resource/custom-resource';
import type { MapStore } from './map-store';

/**
 * The life of a table's map along with its stack. What a map says decides where data is looked for, so whatever would point
 * it elsewhere without moving the data is refused; a deployment that is refused rolls back and changes nothing.
 */
export function shardMapResource(store: MapStore): ResourceHandlers {
  async function create(properties: Properties): Promise<Outcome> {
    const wanted = firstMap(properties);
    if (!(await store.create(wanted))) {
      const known = await store.find(wanted.table);
      // An equal one is our own, from a delivery of this event that ran before.
      const problem = known === undefined ? 'changed meanwhile; deploy again' : difference(known, wanted);
      if (problem !== undefined) {
        throw new Error(
          `the map table already has a map for table '${wanted.table}', of an earlier deployment whose data was kept: ${problem}. ` +
            'Give the new table another tableName, or delete that item once its data is no longer needed',
        );
      }
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
          `tableName can't change from '${nameBefore}' to '${wanted.table}': running functions look their data up by it`,
        );
      }
      const known = await store.find(wanted.table);
      if (known === undefined) return create(properties);
      const problem = difference(known, wanted);
      if (problem !== undefined) throw new Error(`table '${wanted.table}': ${problem}`);
      if (known.timeToLive !== wanted.timeToLive) {
        const { timeToLive: _, ...rest } = known;
        const changed: ShardMap = {
          ...rest,
          epoch: known.epoch + 1,
          ...(wanted.timeToLive === undefined ? {} : { timeToLive: wanted.timeToLive }),
        };
        if (!(await store.replace(changed))) {
          throw new Error(`map of table '${wanted.table}' changed while it was updated; deploy again`);
        }
      }
      return { physicalResourceId };
    },

    async remove(properties) {
      // In production the tables outlive the stack, and without their map nobody could say what lies where.
      if (properties['RemoveWithStack'] === 'true') await store.remove(stringProperty(properties, 'Table'));
    },
  };
}

/** The map of a table in which nothing has moved yet. */
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
    epoch: 1,
    shards,
    slots: initialSlots(shards.length),
    partitionKey: stringProperty(properties, 'PartitionKey'),
    ...(typeof sortKey === 'string' && sortKey !== '' ? { sortKey } : {}),
    ...(typeof timeToLive === 'string' && timeToLive !== '' ? { timeToLive } : {}),
  };
}

/** Why a known map can't serve what is wanted, in words for a deployment's log; undefined if it can. */
function difference(known: ShardMap, wanted: ShardMap): string | undefined {
  if (known.shards.length !== wanted.shards.length) {
    return (
      `it has ${known.shards.length} shards and ${wanted.shards.length} were asked for; ` +
      `the number of shards can't change while data is where it is. Deploy with shards: ${known.shards.length}`
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

function keys(map: ShardMap): string {
  return map.sortKey === undefined ? map.partitionKey : `${map.partitionKey} and ${map.sortKey}`;
}

function physicalId(table: string): string {
  return `shard-map/${table}`;
}
