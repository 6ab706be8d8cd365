import fc from 'fast-check';
import {
  initialSlots,
  MAX_PLACEMENT_BYTES,
  MAX_SHARDS,
  type MovePlan,
  type Placement,
  packSlots,
  parseSlotRanges,
  planMoves,
  SLOT_COUNT,
  unpackSlots,
} from '../../lib/protocol';

const even = (shards: number) => unpackSlots('', shards, initialSlots(shards));

function counts(owners: Uint8Array, shards: number): number[] {
  const all = new Array<number>(shards).fill(0);
  for (const owner of owners) all[owner]! += 1;
  return all;
}

/** Applies the batches one by one. A move that isn't from the owner, or that repeats a slot, is wrong. */
function carryOut(before: Uint8Array, plan: MovePlan): { owners: Uint8Array; moved: number; wrong: number } {
  const owners = Uint8Array.from(before);
  const seen = new Uint8Array(SLOT_COUNT);
  const result = { owners, moved: 0, wrong: 0 };
  for (const { from, to, slots, count } of plan.batches.flat()) {
    const moved = result.moved;
    for (const [first, last] of parseSlotRanges(slots)) {
      for (let slot = first; slot <= last; slot++) {
        if (owners[slot] !== from || seen[slot] === 1) result.wrong++;
        [owners[slot], seen[slot]] = [to, 1];
        result.moved++;
      }
    }
    if (result.moved - moved !== count) result.wrong++;
  }
  return result;
}

/** Owners after some moves: a few runs, of which some are short. */
const scattered = (shards: number) =>
  fc
    .array(fc.tuple(fc.nat(shards - 1), fc.integer({ min: 1, max: 3_000 })), { minLength: 1, maxLength: 30 })
    .map((runs) => {
      const owners = new Uint8Array(SLOT_COUNT);
      let next = 0;
      for (const [shard, length] of runs) {
        owners.fill(shard, next, next + length);
        next += length;
      }
      return owners;
    });

const cases = fc
  .record({ now: fc.integer({ min: 1, max: 20 }), shards: fc.integer({ min: 1, max: 20 }) })
  .chain(({ now, shards }) =>
    fc.record({
      owners: fc.oneof(fc.constant(even(now)), scattered(now)),
      shards: fc.constant(shards),
      retiring: fc.constant(Math.max(0, now - shards)),
      weights: fc.option(
        fc
          .array(fc.nat(5), { minLength: shards, maxLength: shards })
          .filter((weights) => weights.some((weight) => weight > 0)),
        { nil: undefined },
      ),
      pins: fc.array(
        fc
          .tuple(fc.nat(15), fc.nat(1_000), fc.nat(shards - 1))
          .map(([part, length, shard]) => ({ slots: `${part << 10}-${(part << 10) + length}`, shard })),
        { maxLength: 3 },
      ),
      budget: fc.integer({ min: 500, max: SLOT_COUNT }),
    }),
  )
  .filter(({ pins }) => new Set(pins.map(({ slots }) => slots.split('-')[0])).size === pins.length)
  .map(({ owners, budget, weights, ...rest }) => ({
    owners,
    budget,
    placement: { ...rest, ...(weights === undefined ? {} : { weights }) } as Placement,
  }));

describe('the plan', () => {
  test('moves exactly the sum of the positive differences, beside pinned slots on wrong shards', () => {
    fc.assert(
      fc.property(cases, ({ owners, placement }) => {
        const pinned = Uint8Array.from(owners);
        for (const { slots, shard } of placement.pins ?? [])
          for (const [first, last] of parseSlotRanges(slots)) pinned.fill(shard, first, last + 1);
        const forced = owners.filter((shard, slot) => shard !== pinned[slot]).length;
        const plan = planMoves(owners, placement);
        const [before, after] = [counts(pinned, 40), counts(plan.owners, 40)];
        const gained = after.reduce((sum, count, shard) => sum + Math.max(0, count - before[shard]!), 0);
        expect(plan.moved).toBe(forced + gained);
      }),
    );
  });

  test('gives each shard its share, rounded up or down', () => {
    fc.assert(
      fc.property(cases, ({ owners, placement: { pins: _, ...placement } }) => {
        const { shards, weights = new Array<number>(shards).fill(1) } = placement;
        const after = counts(planMoves(owners, placement).owners, 40);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let shard = 0; shard < 40; shard++) {
          const share = ((weights[shard] ?? 0) * SLOT_COUNT) / total;
          expect(Math.abs(after[shard]! - share)).toBeLessThan(1);
        }
      }),
    );
  });

  test('rounds so that no other rounding moves fewer slots', () => {
    fc.assert(
      fc.property(scattered(7), (owners) => {
        const before = counts(owners, 7);
        const share = Math.floor(SLOT_COUNT / 7);
        const extra = SLOT_COUNT - share * 7;
        const all = Array.from({ length: 1 << 7 }, (_, bits) => before.map((_, i) => share + ((bits >> i) & 1)));
        const costs = all
          .filter((targets) => targets.filter((target) => target > share).length === extra)
          .map((targets) => targets.reduce((sum, target, i) => sum + Math.max(0, target - before[i]!), 0));
        expect(planMoves(owners, { shards: 7 }).moved).toBe(Math.min(...costs));
      }),
    );
  });

  test('has all pinned slots on their shards, and shares the rest', () => {
    fc.assert(
      fc.property(cases, ({ owners, placement }) => {
        const after = planMoves(owners, placement).owners;
        for (const { slots, shard } of placement.pins ?? [])
          for (const [first, last] of parseSlotRanges(slots))
            expect(after.slice(first, last + 1).every((owner) => owner === shard)).toBe(true);
      }),
    );
    const { owners } = planMoves(even(3), { shards: 3, pins: [{ slots: '0-12287', shard: 1 }] });
    expect(counts(owners, 3)).toEqual([2_048, 12_288, 2_048]);
  });

  test('of the result of a plan is empty', () => {
    fc.assert(
      fc.property(cases, ({ owners, placement }) => {
        const { owners: after } = planMoves(owners, placement);
        expect(planMoves(after, placement)).toMatchObject({ batches: [], moved: 0 });
      }),
    );
  });

  test('has batches within the budget that carry it out, each slot once', () => {
    fc.assert(
      fc.property(cases, ({ owners, placement, budget }) => {
        const plan = planMoves(owners, placement, budget);
        const done = carryOut(owners, plan);
        expect(done).toMatchObject({ moved: plan.moved, wrong: 0 });
        expect(Buffer.compare(done.owners, plan.owners)).toBe(0);
        for (const batch of plan.batches) {
          const count = batch.reduce((sum, move) => sum + move.count, 0);
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(budget);
          expect(new Set(batch.map(({ from, to }) => `${from} ${to}`)).size).toBe(batch.length);
        }
        const again = planMoves(owners, placement, budget);
        expect(again.batches).toEqual(plan.batches);
        expect(Buffer.compare(planMoves(owners, placement).owners, plan.owners)).toBe(0);
      }),
    );
  });

  test('fills its batches: a budget of a quarter of the moves has four batches', () => {
    expect(planMoves(even(4), { shards: 5 }, 819).batches.map((batch) => batch.length)).toEqual([1, 1, 1, 1]);
    expect(planMoves(even(4), { shards: 6 }, 2_730).batches).toEqual([
      [
        { from: 0, to: 4, slots: '2731-4095', count: 1_365 },
        { from: 1, to: 4, slots: '4096-5460', count: 1_365 },
      ],
      [
        { from: 2, to: 5, slots: '10923-12287', count: 1_365 },
        { from: 3, to: 5, slots: '12288-13652', count: 1_365 },
      ],
    ]);
  });
});

test('16 to 17 shards moves a seventeenth of the slots', () => {
  expect(planMoves(even(16), { shards: 17 }).moved).toBe(Math.floor(SLOT_COUNT / 17));
});

test('a retiring shard gives all its slots away, and afterwards it can be left out', () => {
  const { owners } = planMoves(even(6), { shards: 5, retiring: 1 });
  expect(counts(owners, 6)).toEqual([3_277, 3_277, 3_277, 3_277, 3_276, 0]);
  expect(planMoves(owners, { shards: 5 }).moved).toBe(0);
});

test('a shard of weight 0 keeps its pinned slots only', () => {
  const placement = { shards: 3, weights: [1, 0, 3], pins: [{ slots: '7', shard: 1 }] };
  expect(counts(planMoves(even(3), placement).owners, 3)).toEqual([4_096, 1, 12_287]);
});

test.each([
  ['doubling', [1, 2, 4, 8, 16, 32, 64, 128, 256]],
  ['half more each time', [4, 6, 9, 13, 19, 28, 42, 63, 94]],
  ['one more each time', Array.from({ length: 24 }, (_, i) => i + 1)],
])('a table that grows by %s has a map of at most 4 KB', (_, sizes) => {
  let owners = even(sizes[0]!);
  for (const shards of sizes.slice(1)) owners = planMoves(owners, { shards }).owners;
  expect(packSlots(owners).length).toBeLessThan(MAX_PLACEMENT_BYTES);
});

test('a plan that would scatter the slots too much is refused', () => {
  const pins = [{ slots: Array.from({ length: 700 }, (_, i) => i * 3).join(','), shard: 1 }];
  expect(() => planMoves(even(2), { shards: 2, pins })).toThrow(/may have 4096 bytes, but the plan needs \d+/);
});

describe('a wrong placement is refused', () => {
  test.each([0, -1, 1.5, MAX_SHARDS + 1, SLOT_COUNT + 1, Number.NaN, '4'])('shards: %p', (shards) => {
    expect(() => planMoves(even(1), { shards: shards as number })).toThrow(
      `shards must be a whole number from 1 to 256, got ${shards}; a table has 16384 slots`,
    );
  });

  test.each([-1, 0.5, 255])('retiring: %p', (retiring) => {
    expect(() => planMoves(even(1), { shards: 2, retiring })).toThrow(
      `retiring must be a whole number from 0 to 254, got ${retiring}`,
    );
  });

  test('shrinking in one step, because the last shards still own slots', () => {
    expect(() => planMoves(even(6), { shards: 4 })).toThrow(
      'shard 4 still owns slot 10922, but shards: 4 leaves it out; deploy shards: 4, retiring: 1 first, and remove retiring after the move',
    );
    expect(() => planMoves(even(6), { shards: 4, retiring: 1 })).toThrow(
      'shard 5 still owns slot 13653, but shards: 4, retiring: 1 leaves it out; deploy shards: 4, retiring: 2 first',
    );
  });

  test.each([
    [{ weights: [1] }, 'weights must have one number for each of the 2 shards, got 1'],
    [{ weights: [1, -1] }, 'weights must be whole numbers from 0 to 1000000, got -1'],
    [{ weights: [1, 0.5] }, 'got 0.5; they are relative, so write 1 and 2 for 0.5 and 1'],
    [{ weights: [0, 0] }, 'weights must have a number greater than 0, got only 0'],
    [{ pins: [{ slots: '0-9', shard: 2 }] }, 'pin 0: the shard must be a whole number from 0 to 1, got 2'],
    [{ pins: [{ slots: '0-99999', shard: 1 }] }, "pin 0: range '0-99999' must be"],
    [
      {
        pins: [
          { slots: '0-9', shard: 0 },
          { slots: '9', shard: 1 },
        ],
      },
      'pin 1: slot 9 must have one shard, but is pinned to 0 and to 1',
    ],
  ])('%j', (more, message) => {
    expect(() => planMoves(even(2), { shards: 2, ...more })).toThrow(message);
  });

  test('a pin to a retiring shard', () => {
    const pins = [{ slots: '0', shard: 1 }];
    expect(() => planMoves(even(2), { shards: 1, retiring: 1, pins })).toThrow('pin 0: the shard must be');
  });

  test.each([0, -5, 1.5, SLOT_COUNT + 1])('budget: %p', (budget) => {
    expect(() => planMoves(even(2), { shards: 3 }, budget)).toThrow('budget must be a whole number of slots');
  });

  test('owners of another number of slots', () => {
    expect(() => planMoves(new Uint8Array(5), { shards: 3 })).toThrow('owners must have 16384 slots, got 5');
  });
});
