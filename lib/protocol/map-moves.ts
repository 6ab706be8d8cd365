import { isMovePhase, MOVE_PHASES, type MovePhase, movingRoute, type SlotRoute, stableRoute } from './movement';
import { parseSlotRanges, type SlotRange } from './slot-ranges';
import { SLOT_COUNT } from './slots';

/** Slots that move to another shard: ranges of slots, the shard, and the phase. */
export type MapMove = readonly [slots: string, to: number, phase: MovePhase];

/**
 * Maximum size of a map's `slots` and `moves`, in characters of JSON. Clients read the map every 30
 * seconds from one partition of the map table, so a large map would throttle them.
 */
export const MAX_PLACEMENT_BYTES = 4_096;

/** Routes of all slots, for look-ups that allocate nothing. */
export interface SlotRoutes {
  /** Shard from which each slot is read. */
  readonly readers: Uint8Array;
  /** Position of each slot's route in `routes`. */
  readonly routeIds: Uint8Array | Uint16Array;
  readonly routes: readonly SlotRoute[];
}

/** The size that `MAX_PLACEMENT_BYTES` limits. */
export function placementBytes(slots: string, moves: readonly MapMove[] = []): number {
  return slots.length + (moves.length === 0 ? 0 : JSON.stringify(moves).length);
}

/**
 * Computes the route of each slot.
 * @param where table and epoch of the map, for errors
 * @throws Error if a move is malformed, if two moves have a slot in common, if a shard doesn't
 * exist, or if a slot would move to its owner
 */
export function openMoves(
  where: string,
  shardCount: number,
  owners: Uint8Array,
  moves: readonly MapMove[],
): SlotRoutes {
  const routes = Array.from({ length: shardCount }, (_, shard) => stableRoute(shard));
  if (moves.length === 0) return { readers: owners, routeIds: owners, routes };
  const readers = Uint8Array.from(owners);
  const routeIds = Uint16Array.from(owners);
  const moving = new Uint8Array(SLOT_COUNT);
  moves.forEach((move, i) => {
    const at = `${where}: move ${i}`;
    const { ranges, to, phase } = checkMove(at, move, shardCount);
    /** Position of the route for each source of this move. */
    const ids = new Map<number, number>();
    for (const [first, last] of ranges) {
      for (let slot = first; slot <= last; slot++) {
        const from = owners[slot]!;
        if (moving[slot] === 1)
          throw new Error(`${at}: slot ${slot} must be in one move, but is in an earlier one too`);
        if (from === to) throw new Error(`${at}: slot ${slot} must move to another shard, but shard ${to} owns it`);
        let id = ids.get(from);
        if (id === undefined) {
          id = routes.push(movingRoute(from, to, phase)) - 1;
          ids.set(from, id);
        }
        moving[slot] = 1;
        routeIds[slot] = id;
        readers[slot] = routes[id]!.read;
      }
    }
  });
  return { readers, routeIds, routes };
}

function checkMove(
  at: string,
  move: MapMove,
  shardCount: number,
): { readonly ranges: readonly SlotRange[]; readonly to: number; readonly phase: MovePhase } {
  if (!Array.isArray(move) || move.length !== 3) {
    throw new Error(`${at} must be [slots, shard, phase], got ${JSON.stringify(move)}`);
  }
  const [slots, to, phase] = move as MapMove;
  if (!(Number.isInteger(to) && to >= 0 && to < shardCount)) {
    throw new Error(`${at}: the shard must be a whole number from 0 to ${shardCount - 1}, got ${JSON.stringify(to)}`);
  }
  if (!isMovePhase(phase)) {
    throw new Error(`${at}: the phase must be one of ${MOVE_PHASES.join(', ')}, got ${JSON.stringify(phase)}`);
  }
  try {
    return { ranges: parseSlotRanges(slots), to, phase };
  } catch (error) {
    throw new Error(`${at}: ${(error as Error).message}`);
  }
}
