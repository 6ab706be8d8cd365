import type { MapMove } from './map-moves';
import { type MovePhase, phaseBack, phaseForward } from './movement';
import { MOVING_MAP_FORMAT, openShardMap, readEpochOf, SHARD_MAP_FORMAT, type ShardMap } from './shard-map';
import { parseSlotRanges } from './slot-ranges';
import { packSlots } from './slot-runs';

/**
 * Returns the map that starts moves of slots. It is the next map of the table.
 * @param moves ranges of slots, with their new shards
 * @throws Error if slots are moving already, or if the new map is wrong: see `openShardMap`
 */
export function startMoves(map: ShardMap, moves: readonly { readonly slots: string; readonly to: number }[]): ShardMap {
  if (movesOf(map).length > 0 || moves.length === 0) {
    throw new Error(
      `table '${map.table}' must have no moves before it starts at least one, ` +
        `got ${movesOf(map).length} moves before and ${moves.length} to start`,
    );
  }
  return nextMap(
    map,
    map.slots,
    moves.map(({ slots, to }) => [slots, to, 'MIRROR']),
  );
}

/**
 * Returns the map with all moves in their next phase, or back in the phase before. It is the next
 * map of the table. A mover may write it only after the wait of the map before.
 * @throws Error if no slots are moving
 */
export function stepMoves(map: ShardMap, direction: 'forward' | 'back'): ShardMap {
  if (movesOf(map).length === 0) throw new Error(`table '${map.table}' must have a move for a step, got none`);
  const { owners } = openShardMap(map, MOVING_MAP_FORMAT);
  const moves: MapMove[] = [];
  for (const [slots, to, phase] of movesOf(map)) {
    const next: MovePhase | 'SOURCE' | 'TARGET' = direction === 'forward' ? phaseForward(phase) : phaseBack(phase);
    if (next === 'TARGET') for (const [first, last] of parseSlotRanges(slots)) owners.fill(to, first, last + 1);
    else if (next !== 'SOURCE') moves.push([slots, to, next]);
  }
  return nextMap(map, packSlots(owners), moves);
}

function movesOf({ moves = [] }: ShardMap): readonly MapMove[] {
  return moves;
}

/** Makes and checks the next map. `readEpoch` changes only if a slot is read from another shard. */
function nextMap(map: ShardMap, slots: string, moves: readonly MapMove[]): ShardMap {
  const before = openShardMap(map, MOVING_MAP_FORMAT);
  const { moves: _, ...rest } = map;
  const epoch = map.epoch + 1;
  const next = {
    ...rest,
    format: moves.length === 0 ? SHARD_MAP_FORMAT : MOVING_MAP_FORMAT,
    epoch,
    readEpoch: epoch,
    slots,
    ...(moves.length === 0 ? {} : { moves }),
  };
  const { readers } = openShardMap(next, MOVING_MAP_FORMAT);
  const isReadAlike = readers.every((shard, slot) => shard === before.readers[slot]);
  return isReadAlike ? { ...next, readEpoch: readEpochOf(map) } : next;
}
