import { parseSlotRanges } from './slot-ranges';
import { MAX_SHARDS } from './slot-runs';
import { SLOT_COUNT } from './slots';

/** Largest weight of a shard. */
const MAX_WEIGHT = 1_000_000;

/** How the slots of a table should be distributed over its shards. */
export interface Placement {
  /** Number of shards that should own slots. */
  readonly shards: number;
  /**
   * Number of further shards, the last ones of the table, that give all their slots away.
   * @default 0
   */
  readonly retiring?: number;
  /**
   * Share of each shard, relative to the others: whole numbers. A shard with 0 owns only its pinned
   * slots. @default all shards have the same weight
   */
  readonly weights?: readonly number[];
  /** Slots that must be on a certain shard. */
  readonly pins?: readonly SlotPin[];
}

/** Slots that must be on a certain shard. */
export interface SlotPin {
  /** Ranges of slots: `0-99,200`. */
  readonly slots: string;
  readonly shard: number;
}

/** Value of a slot in a list of pins if the slot may be on any shard. */
export const UNPINNED = -1;

/**
 * Checks a placement.
 * @param owners current shard of each slot
 * @returns the shard of each pinned slot, otherwise `UNPINNED`
 * @throws Error if a value is out of its bounds, if pins can't be met, or if a shard that still
 * owns slots is left out
 */
export function checkPlacement(owners: ArrayLike<number>, placement: Placement): Int16Array {
  const { shards, retiring = 0, weights } = placement;
  if (!(Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS)) {
    throw new Error(
      `shards must be a whole number from 1 to ${MAX_SHARDS}, got ${shards}; a table has ${SLOT_COUNT} slots to distribute`,
    );
  }
  if (!(Number.isInteger(retiring) && retiring >= 0 && shards + retiring <= MAX_SHARDS)) {
    throw new Error(`retiring must be a whole number from 0 to ${MAX_SHARDS - shards}, got ${retiring}`);
  }
  if (weights !== undefined) checkWeights(shards, weights);
  checkOwners(owners, shards, retiring);
  return pinnedShards(placement);
}

function checkWeights(shards: number, weights: readonly number[]): void {
  if (weights.length !== shards) {
    throw new Error(`weights must have one number for each of the ${shards} shards, got ${weights.length}`);
  }
  const wrong = weights.find((weight) => !(Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT));
  if (wrong !== undefined) {
    throw new Error(
      `weights must be whole numbers from 0 to ${MAX_WEIGHT}, got ${wrong}; they are relative, so write 1 and 2 for 0.5 and 1`,
    );
  }
  if (weights.every((weight) => weight === 0)) throw new Error('weights must have a number greater than 0, got only 0');
}

/** Each shard that owns slots must be known to the placement. */
function checkOwners(owners: ArrayLike<number>, shards: number, retiring: number): void {
  if (owners.length !== SLOT_COUNT) throw new Error(`owners must have ${SLOT_COUNT} slots, got ${owners.length}`);
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const shard = owners[slot]!;
    if (shard < shards + retiring) continue;
    const missing = shard + 1 - shards;
    throw new Error(
      `shard ${shard} still owns slot ${slot}, but shards: ${shards}${retiring === 0 ? '' : `, retiring: ${retiring}`} leaves it out; ` +
        `deploy shards: ${shards}, retiring: ${missing} first, and remove retiring after the move`,
    );
  }
}

function pinnedShards({ shards, pins = [] }: Placement): Int16Array {
  const pinned = new Int16Array(SLOT_COUNT).fill(UNPINNED);
  pins.forEach(({ slots, shard }, i) => {
    if (!(Number.isInteger(shard) && shard >= 0 && shard < shards)) {
      throw new Error(`pin ${i}: the shard must be a whole number from 0 to ${shards - 1}, got ${shard}`);
    }
    let ranges: ReturnType<typeof parseSlotRanges>;
    try {
      ranges = parseSlotRanges(slots);
    } catch (error) {
      throw new Error(`pin ${i}: ${(error as Error).message}`);
    }
    for (const [first, last] of ranges) {
      for (let slot = first; slot <= last; slot++) {
        const other = pinned[slot]!;
        if (other !== UNPINNED && other !== shard)
          throw new Error(`pin ${i}: slot ${slot} must have one shard, but is pinned to ${other} and to ${shard}`);
        pinned[slot] = shard;
      }
    }
  });
  return pinned;
}

/**
 * Computes how many slots each shard should own. Each count is the shard's exact share, rounded up
 * or down. If a shard's pins are more than its share, it owns just its pins, and the others share
 * the rest.
 * @param owned slots of each shard once all pinned slots are on their shards. The rounding prefers
 * shards that have more, so that fewer slots move.
 * @param pins number of pinned slots of each shard
 */
export function targetCounts(owned: readonly number[], pins: readonly number[], weights: readonly number[]): number[] {
  const targets = [...pins];
  let open = weights.map((_, shard) => shard);
  for (;;) {
    const rest = SLOT_COUNT - sum(targets) + sum(open.map((shard) => pins[shard]!));
    const weight = sum(open.map((shard) => weights[shard]!));
    const floorOf = (shard: number) => Math.floor((rest * weights[shard]!) / weight);
    const remainderOf = (shard: number) => (rest * weights[shard]!) % weight;
    const fits = open.filter((shard) => pins[shard]! * weight <= rest * weights[shard]!);
    if (fits.length < open.length) {
      open = fits;
      continue;
    }
    for (const shard of open) targets[shard] = floorOf(shard);
    const spare = rest - sum(open.map(floorOf));
    const byNeed = open
      .filter((shard) => remainderOf(shard) > 0)
      .sort(
        (a, b) =>
          Number(owned[b]! > floorOf(b)) - Number(owned[a]! > floorOf(a)) || remainderOf(b) - remainderOf(a) || a - b,
      );
    for (const shard of byNeed.slice(0, spare)) targets[shard]! += 1;
    return targets;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
