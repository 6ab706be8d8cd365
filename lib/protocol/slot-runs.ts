import { SLOT_COUNT } from './slots';

/** Maximum number of shards in a map, because the shard of a slot is one byte in memory. */
export const MAX_SHARDS = 256;

/**
 * Returns the slots of a new table, with one run for each shard. The runs' lengths differ by at
 * most one slot.
 */
export function initialSlots(shardCount: number): string {
  const runs: string[] = [];
  for (let shard = 0; shard < shardCount; shard++) {
    const from = Math.floor((shard * SLOT_COUNT) / shardCount);
    const to = Math.floor(((shard + 1) * SLOT_COUNT) / shardCount);
    runs.push(`${to - from}x${shard}`);
  }
  return runs.join(',');
}

/** Packs the shards of slots into run lengths. */
export function packSlots(owners: ArrayLike<number>): string {
  const runs: string[] = [];
  for (let i = 0; i < owners.length; ) {
    let j = i;
    while (j < owners.length && owners[j] === owners[i]) j++;
    runs.push(`${j - i}x${owners[i]}`);
    i = j;
  }
  return runs.join(',');
}

/**
 * Unpacks run lengths.
 * @param where table and epoch of the map, for errors
 * @returns the shard of each slot
 * @throws Error if the runs don't cover every slot exactly once, or if a run names a shard that
 * doesn't exist
 */
export function unpackSlots(where: string, shardCount: number, slots: string): Uint8Array {
  const owners = new Uint8Array(SLOT_COUNT);
  let next = 0;
  for (const run of slots.split(',')) {
    const [, count = 0, shard = -1] = (/^(\d+)x(\d+)$/.exec(run) ?? []).map(Number);
    if (shard < 0 || count < 1 || next + count > SLOT_COUNT) {
      throw new Error(`${where}: run '${run}' is not '<count>x<shard>' within ${SLOT_COUNT} slots`);
    }
    if (shard >= shardCount)
      throw new Error(`${where}: run '${run}' names shard ${shard}, but there are ${shardCount}`);
    owners.fill(shard, next, next + count);
    next += count;
  }
  if (next !== SLOT_COUNT) throw new Error(`${where}: ${next} of ${SLOT_COUNT} slots have an owner`);
  return owners;
}
