import { MAX_PLACEMENT_BYTES, placementBytes } from './map-moves';
import { checkPlacement, type Placement, targetCounts, UNPINNED } from './placement';
import { packSlotRanges, parseSlotRanges } from './slot-ranges';
import { packSlots } from './slot-runs';
import { SLOT_COUNT } from './slots';

/** Ranges of slots that move from one shard to another. */
export interface PlannedMove {
  readonly from: number;
  readonly to: number;
  /** Ranges of slots: `0-99,200`. */
  readonly slots: string;
  /** Number of slots in the ranges. */
  readonly count: number;
}

export interface MovePlan {
  /** Moves that happen at the same time, batch after batch. Each slot moves at most once. */
  readonly batches: readonly (readonly PlannedMove[])[];
  /** Number of slots that move. */
  readonly moved: number;
  /** Shard of each slot after the last batch. */
  readonly owners: Uint8Array;
}

/**
 * Maximum size of a batch's moves in the map, in characters of JSON. The rest of
 * `MAX_PLACEMENT_BYTES` is for the runs of all slots.
 */
const MAX_BATCH_BYTES = 1_024;

/**
 * Plans the moves from the current owners to a placement. It moves as few slots as possible. Equal
 * arguments have equal plans, and the plan of a plan's result is empty.
 *
 * @param owners current shard of each slot
 * @param budget maximum number of slots that move at the same time. Mirrored writes cost four times
 * as much as others, so a smaller number costs less at a time, but more passes over the data.
 * @throws Error if the placement is wrong (see `checkPlacement`), if the budget isn't a number of
 * slots, or if the slots would be scattered over more ranges than a map may have
 */
export function planMoves(owners: Uint8Array, placement: Placement, budget = SLOT_COUNT): MovePlan {
  if (!(Number.isInteger(budget) && budget >= 1 && budget <= SLOT_COUNT)) {
    throw new Error(`budget must be a whole number of slots from 1 to ${SLOT_COUNT}, got ${budget}`);
  }
  const pinned = checkPlacement(owners, placement);
  const after = Uint8Array.from(owners);
  pinned.forEach((shard, slot) => {
    if (shard !== UNPINNED) after[slot] = shard;
  });
  balance(after, pinned, placement);
  const moving = Array.from(owners.keys()).filter((slot) => owners[slot] !== after[slot]);
  const batches = batchesOf(owners, after, moving, budget);
  checkSizes(owners, batches);
  return { batches, moved: moving.length, owners: after };
}

/** Moves slots without a pin until each shard has its target count. */
function balance(after: Uint8Array, pinned: Int16Array, { shards, retiring = 0, weights }: Placement): void {
  const owned = countOf(shards + retiring, after);
  const pins = countOf(
    shards,
    pinned.filter((shard) => shard !== UNPINNED),
  );
  const targets = targetCounts(owned, pins, weights ?? new Array<number>(shards).fill(1));
  const missing = targets.map((target, shard) => Math.max(0, target - owned[shard]!));
  for (let from = 0; from < owned.length; from++) {
    let surplus = owned[from]! - (targets[from] ?? 0);
    for (let to = 0; surplus > 0; to++) {
      const count = Math.min(surplus, missing[to]!);
      give(after, pinned, from, to, count);
      surplus -= count;
      missing[to]! -= count;
    }
  }
}

/**
 * Moves a number of slots. To keep the number of ranges small, it first moves whole ranges, the
 * shortest first. Then it moves one end of a range, if possible the end beside a range of the
 * target.
 */
function give(after: Uint8Array, pinned: Int16Array, from: number, to: number, count: number): void {
  let left = count;
  for (const [first, last] of rangesOf(after, pinned, from)) {
    if (left === 0) return;
    const length = Math.min(left, last - first + 1);
    const start = after[first - 1] === to ? first : last + 1 - length;
    after.fill(to, start, start + length);
    left -= length;
  }
}

/** Ranges of slots without a pin on a shard, the shortest first. */
function rangesOf(after: Uint8Array, pinned: Int16Array, shard: number): [first: number, last: number][] {
  const ranges: [first: number, last: number][] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    if (after[slot] !== shard || pinned[slot] !== UNPINNED) continue;
    const before = ranges.at(-1);
    if (before?.[1] === slot - 1) before[1] = slot;
    else ranges.push([slot, slot]);
  }
  return ranges.sort(([a, b], [c, d]) => b - a - (d - c) || a - c);
}

/**
 * Divides moving slots into batches. Slots of one source follow each other, because each batch
 * scans all its sources.
 */
function batchesOf(owners: Uint8Array, after: Uint8Array, moving: number[], budget: number): PlannedMove[][] {
  const pairOf = (slot: number) => owners[slot]! * 256 + after[slot]!;
  const sorted = [...moving].sort((a, b) => pairOf(a) - pairOf(b) || a - b);
  const batches: PlannedMove[][] = [];
  let batch: PlannedMove[] = [];
  let used = 0;
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (j < sorted.length && pairOf(sorted[j]!) === pairOf(sorted[i]!)) j++;
    const slots = sorted.slice(i, Math.min(j, i + budget - used));
    const move = moveOf(owners, after, slots, MAX_BATCH_BYTES - bytesOf(batch));
    if (move !== undefined) {
      batch.push(move);
      used += move.count;
      i += move.count;
    }
    if (move === undefined || used === budget || move.count < slots.length) {
      batches.push(batch);
      [batch, used] = [[], 0];
    }
  }
  return batch.length === 0 ? batches : [...batches, batch];
}

/** The move of the first slots of a list whose ranges fit; undefined if none do. */
function moveOf(
  owners: Uint8Array,
  after: Uint8Array,
  slots: readonly number[],
  maxBytes: number,
): PlannedMove | undefined {
  const [from, to] = [owners[slots[0]!]!, after[slots[0]!]!];
  const ranges = packSlotRanges(slots).split(',');
  while (ranges.length > 0) {
    const text = ranges.join(',');
    const count = parseSlotRanges(text).reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const move = { from, to, slots: text, count };
    if (bytesOf([move]) <= maxBytes) return move;
    ranges.pop();
  }
  return undefined;
}

/** Size of a batch in the map. */
function bytesOf(batch: readonly PlannedMove[]): number {
  return JSON.stringify(batch.map(({ slots, to }) => [slots, to, 'MIRROR'])).length;
}

/** Checks the size of the map before, during and after each batch. */
function checkSizes(owners: Uint8Array, batches: readonly (readonly PlannedMove[])[]): void {
  const now = Uint8Array.from(owners);
  const check = (moves: readonly PlannedMove[]) => {
    const bytes = placementBytes(
      packSlots(now),
      moves.map(({ slots, to }) => [slots, to, 'MIRROR']),
    );
    if (bytes <= MAX_PLACEMENT_BYTES) return;
    throw new Error(
      `slots and moves of the map may have ${MAX_PLACEMENT_BYTES} bytes, but the plan needs ${bytes}: ` +
        'use fewer pins, or a number of shards that divides or multiplies the current one',
    );
  };
  for (const batch of batches) {
    check(batch);
    for (const { slots, to } of batch) for (const [a, b] of parseSlotRanges(slots)) now.fill(to, a, b + 1);
    check([]);
  }
}

function countOf(shards: number, owners: ArrayLike<number>): number[] {
  const counts = new Array<number>(shards).fill(0);
  for (let slot = 0; slot < owners.length; slot++) counts[owners[slot]!]! += 1;
  return counts;
}
