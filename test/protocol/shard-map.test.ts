import fc from 'fast-check';
import {
  DEFAULT_LEASE_MS,
  initialSlots,
  MAX_SHARDS,
  MapTooNew,
  openShardMap,
  packSlots,
  SHARD_MAP_FORMAT,
  type ShardMap,
  SLOT_COUNT,
  shardOf,
  slotOf,
  WAIT_MS,
} from '../../lib/protocol';

const shardCount = fc.integer({ min: 1, max: MAX_SHARDS });

function mapOf(shards: number, slots = initialSlots(shards)): ShardMap {
  return {
    table: 'Orders',
    epoch: 3,
    shards: Array.from({ length: shards }, (_, i) => `table-${i}`),
    slots,
    partitionKey: 'customerId',
  };
}

/** Owners as they can be after any number of moves: runs of random lengths. */
const owners = shardCount.chain((shards) =>
  fc
    .array(fc.record({ length: fc.integer({ min: 1, max: 2_000 }), shard: fc.nat(shards - 1) }), {
      minLength: 1,
      maxLength: 40,
    })
    .map((runs) => {
      const all = new Uint8Array(SLOT_COUNT);
      let next = 0;
      for (let i = 0; next < SLOT_COUNT; i++) {
        const run = runs[i % runs.length]!;
        all.fill(run.shard, next, Math.min(next + run.length, SLOT_COUNT));
        next += run.length;
      }
      return { shards, owners: all };
    }),
);

describe('initialSlots', () => {
  test('has the format of stored maps', () => {
    expect(initialSlots(1)).toBe('16384x0');
    expect(initialSlots(2)).toBe('8192x0,8192x1');
    expect(initialSlots(3)).toBe('5461x0,5461x1,5462x2');
  });

  test('gives each shard one range, in order, and the sizes differ by at most one slot', () => {
    fc.assert(
      fc.property(shardCount, (n) => {
        const open = openShardMap(mapOf(n));
        const counts = new Array<number>(n).fill(0);
        for (const owner of open.owners) counts[owner]! += 1;
        expect(open.owners.every((owner, slot) => slot === 0 || owner >= open.owners[slot - 1]!)).toBe(true);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('openShardMap and packSlots', () => {
  test('a packed map is opened unchanged', () => {
    fc.assert(
      fc.property(owners, ({ shards, owners: all }) => {
        expect(Buffer.compare(openShardMap(mapOf(shards, packSlots(all))).owners, all)).toBe(0);
      }),
    );
  });

  test('packing is canonical: an opened map is packed to the shortest text, which then stays the same', () => {
    fc.assert(
      fc.property(owners, ({ shards, owners: all }) => {
        const packed = packSlots(all);
        const runs = packed.split(',').map((run) => run.split('x')[1]);
        expect(runs.some((shard, i) => i > 0 && shard === runs[i - 1])).toBe(false);
        expect(packSlots(openShardMap(mapOf(shards, packed)).owners)).toBe(packed);
      }),
    );
  });

  test('other properties of the map are kept', () => {
    const map = { ...mapOf(2), sortKey: 'orderId', timeToLive: 'expires' };
    expect(openShardMap(map)).toMatchObject(map);
  });

  test.each([
    ['too few slots', '8192x0,8191x1', '16383 of 16384 slots'],
    ['no slot at all', '', 'is not'],
    ['too many slots', '8192x0,8193x1', "run '8193x1'"],
    ['an empty run', '0x0,16384x1', "run '0x0'"],
    ['a negative run', '-1x0,16384x1', "run '-1x0'"],
    ['half a slot', '8191.5x0,8192.5x1', "run '8191.5x0'"],
    ['text for a run', 'all', "run 'all'"],
    ['a shard that is not there', '8192x0,8192x2', 'names shard 2, but there are 2'],
    ['a negative shard', '8192x0,8192x-1', "run '8192x-1'"],
    ['a shard left out', '8192x0,8192x', "run '8192x'"],
    ['a count in another notation', '1e2x0,16284x1', "run '1e2x0'"],
  ])('fails on %s, naming table and epoch', (_, slots, part) => {
    expect(() => openShardMap(mapOf(2, slots))).toThrow(part);
    expect(() => openShardMap(mapOf(2, slots))).toThrow("table 'Orders', epoch 3");
  });
});

describe('format', () => {
  test('1 is the default, because maps were first written without it', () => {
    expect(SHARD_MAP_FORMAT).toBe(1);
    expect(openShardMap(mapOf(2)).owners).toEqual(openShardMap({ ...mapOf(2), format: 1 }).owners);
  });

  test('that is newer is refused, whatever else the map contains', () => {
    const tomorrow = { ...mapOf(2, 'something new'), format: 2 };
    expect(() => openShardMap(tomorrow)).toThrow(MapTooNew);
    expect(() => openShardMap(tomorrow)).toThrow(
      /table 'Orders' must have format 1 or lower, got format 2, .* deploy this function with that version/,
    );
  });

  test.each([0, -1, 1.5, '2', null])('%j is refused as damaged', (format) => {
    expect(() => openShardMap({ ...mapOf(2), format } as unknown as ShardMap)).toThrow(
      "table 'Orders', epoch 3: format must be a whole number from 1",
    );
  });
});

test.each([0, -1, 1.5, '30000'])('a leaseMs of %j is refused', (leaseMs) => {
  expect(() => openShardMap({ ...mapOf(2), leaseMs } as unknown as ShardMap)).toThrow(
    "table 'Orders', epoch 3: leaseMs must be a whole number of milliseconds from 1",
  );
});

test.each([0, 4, 1.5, '1'])('a readEpoch of %j in epoch 3 is refused', (readEpoch) => {
  expect(() => openShardMap({ ...mapOf(2), readEpoch } as unknown as ShardMap)).toThrow(
    "table 'Orders', epoch 3: readEpoch must be a whole number from 1 to the epoch",
  );
});

describe('waitMs', () => {
  test('covers the lease, the time for which AWS accepts a signature, and a minute', () => {
    expect(WAIT_MS).toEqual({ production: 30_000 + 15 * 60_000 + 60_000, sandbox: 60_000 });
    expect(WAIT_MS.sandbox).toBeGreaterThan(DEFAULT_LEASE_MS);
  });

  test.each([
    [0, undefined, 30_000],
    [29_999, undefined, 30_000],
    [30_000, 60_000, 60_000],
    ['990000', undefined, 30_000],
  ])('of %j with a lease of %j is refused, because it must cover the lease', (waitMs, leaseMs, least) => {
    const map = { ...mapOf(2), waitMs, ...(leaseMs === undefined ? {} : { leaseMs }) } as unknown as ShardMap;
    expect(() => openShardMap(map)).toThrow(
      `table 'Orders', epoch 3: waitMs must be a whole number of milliseconds from ${least}`,
    );
  });
});

describe('shardOf', () => {
  test('is the owner of the key’s slot', () => {
    fc.assert(
      fc.property(owners, fc.string(), ({ shards, owners: all }, key) => {
        expect(shardOf(openShardMap(mapOf(shards, packSlots(all))), key)).toBe(all[slotOf(key)]);
      }),
    );
  });

  test('moving slots moves exactly the keys of these slots', () => {
    fc.assert(
      fc.property(
        owners,
        fc.nat(SLOT_COUNT - 1),
        fc.integer({ min: 1, max: 512 }),
        fc.array(fc.string(), { minLength: 20 }),
        ({ shards, owners: before }, from, length, keys) => {
          const to = Math.min(from + length, SLOT_COUNT);
          const target = shards - 1;
          const after = Uint8Array.from(before).fill(target, from, to);
          const [old, moved] = [
            openShardMap(mapOf(shards, packSlots(before))),
            openShardMap(mapOf(shards, packSlots(after))),
          ];
          for (const key of keys) {
            const within = slotOf(key) >= from && slotOf(key) < to;
            expect(shardOf(moved, key)).toBe(within ? target : shardOf(old, key));
          }
        },
      ),
    );
  });
});
