import fc from 'fast-check';
import {
  initialSlots,
  type MapMove,
  MOVE_PHASES,
  MOVING_MAP_FORMAT,
  type MovePhase,
  movingRoute,
  openShardMap,
  packSlotRanges,
  packSlots,
  parseSlotRanges,
  phaseBack,
  phaseForward,
  routeOf,
  type ShardMap,
  SLOT_COUNT,
  shardOf,
  slotOf,
  stableRoute,
  startMoves,
  stepMoves,
} from '../../lib/protocol';

function mapOf(moves?: unknown, more: Partial<ShardMap> = {}): ShardMap {
  return {
    table: 'Orders',
    format: moves === undefined ? 1 : MOVING_MAP_FORMAT,
    epoch: 3,
    readEpoch: 2,
    shards: ['a', 'b', 'c'],
    slots: initialSlots(3),
    partitionKey: 'customerId',
    ...(moves === undefined ? {} : { moves: moves as MapMove[] }),
    ...more,
  };
}
const open = (map: ShardMap) => openShardMap(map, MOVING_MAP_FORMAT);
const phases = fc.constantFrom(...MOVE_PHASES);

/** Maps of three shards with random owners and random moves. */
const maps = fc
  .record({
    owners: fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
    wishes: fc.array(fc.record({ to: fc.nat(2), phase: phases }), { minLength: 8, maxLength: 8 }),
    moving: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  })
  .map(({ owners, wishes, moving }) => {
    const all = Array.from({ length: SLOT_COUNT }, (_, slot) => owners[slot >> 11]!);
    const moves = wishes.flatMap(({ to, phase }, i): MapMove[] =>
      moving[i] && owners[i] !== to ? [[`${i << 11}-${(i << 11) + 100},${(i << 11) + 2_047}`, to, phase]] : [],
    );
    return mapOf(moves, { slots: packSlots(all) });
  });

describe('ranges of slots', () => {
  test('are unpacked as they were packed, in the shortest text', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(400), { minLength: 1 }), (numbers) => {
        const slots = [...numbers].sort((a, b) => a - b);
        const ranges = parseSlotRanges(packSlotRanges(slots));
        expect(ranges.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i))).toEqual(slots);
        expect(ranges.every(([a], i) => i === 0 || a > ranges[i - 1]![1] + 1)).toBe(true);
      }),
    );
  });

  test.each([
    ['', "range '' must be"],
    ['all', "range 'all' must be"],
    ['5-', "range '5-' must be"],
    ['-5', "range '-5' must be"],
    ['1.5', "range '1.5' must be"],
    ['9-8', "range '9-8' must be"],
    ['0-16384', "range '0-16384' must be '<first>-<last>' or one slot, within 0 to 16383"],
    ['0-9,9-12', "range '9-12' must begin behind slot 9"],
    ['20,10', "range '10' must begin behind slot 20"],
  ])('%j are refused', (text, message) => {
    expect(() => parseSlotRanges(text)).toThrow(message);
  });
});

describe('the route', () => {
  test.each([
    ['MIRROR', { conditioned: 0, mirror: 1, read: 0, compare: undefined, tombstones: true }],
    ['SETTLE', { conditioned: 0, mirror: 1, read: 0, compare: undefined, tombstones: true }],
    ['PURGE', { conditioned: 0, mirror: 1, read: 0, compare: undefined, tombstones: false }],
    ['TXREAD', { conditioned: 0, mirror: 1, read: 0, compare: 1, tombstones: false }],
    ['READ_B', { conditioned: 1, mirror: 0, read: 1, compare: undefined, tombstones: false }],
  ] as const)('in %s', (phase, route) => {
    expect(movingRoute(0, 1, phase)).toEqual({ phase, ...route });
  });

  test('of a slot without a move needs one shard only', () => {
    const alone = { conditioned: 2, mirror: undefined, read: 2, compare: undefined, tombstones: false };
    expect(stableRoute(2)).toEqual({ phase: 'STABLE', ...alone });
    expect(routeOf(open(mapOf()), SLOT_COUNT - 1)).toEqual(stableRoute(2));
  });

  test('of each slot follows from its owner and its move', () => {
    fc.assert(
      fc.property(maps, (map) => {
        const opened = open(map);
        for (let slot = 0; slot < SLOT_COUNT; slot += 50) {
          const move = map.moves!.find(([text]) => parseSlotRanges(text).some(([a, b]) => a <= slot && slot <= b));
          const owner = opened.owners[slot]!;
          expect(routeOf(opened, slot)).toEqual(
            move === undefined ? stableRoute(owner) : movingRoute(owner, move[1], move[2]),
          );
          expect(opened.readers[slot]).toBe(routeOf(opened, slot).read);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('decides in which shard a key is read', () => {
    expect(slotOf('foobar')).toBe(771);
    const reads = MOVE_PHASES.map((phase) => shardOf(open(mapOf([['700-800', 1, phase]])), 'foobar'));
    expect(reads).toEqual([0, 0, 0, 0, 1]);
  });

  test('is the same object for each look-up, so that no look-up allocates one', () => {
    const opened = open(mapOf([['0-99', 1, 'MIRROR']]));
    expect(routeOf(opened, 5)).toBe(routeOf(opened, 6));
    expect(routeOf(opened, 100)).toBe(routeOf(opened, 101));
  });

  test('changes between two phases so that requests under either map see each other', () => {
    for (const phase of MOVE_PHASES) {
      for (const next of [phaseForward(phase), phaseBack(phase)]) {
        const [one, two] = [phase, next].map((p) =>
          p === 'SOURCE' ? stableRoute(0) : p === 'TARGET' ? stableRoute(1) : movingRoute(0, 1, p as MovePhase),
        );
        const written = (route: typeof one) => [route!.conditioned, route!.mirror];
        // Whatever one map reads or decides by, the other map writes.
        expect(written(one)).toContain(two!.read);
        expect(written(two)).toContain(one!.read);
        expect(written(one)).toContain(two!.conditioned);
        expect(written(two)).toContain(one!.conditioned);
      }
    }
  });
});

describe('a map with moves', () => {
  test.each([
    ['a move that is no list', ['0-99'], 'move 0 must be [slots, shard, phase], got "0-99"'],
    ['a move without a phase', [['0-99', 1]], 'move 0 must be [slots, shard, phase]'],
    [
      'an unknown phase',
      [['0-99', 1, 'COPY']],
      'move 0: the phase must be one of MIRROR, SETTLE, PURGE, TXREAD, READ_B, got "COPY"',
    ],
    ['no phase of a move', [['0-99', 1, 'STABLE']], 'move 0: the phase must be one of'],
    [
      'a shard that is not there',
      [['0-99', 3, 'MIRROR']],
      'move 0: the shard must be a whole number from 0 to 2, got 3',
    ],
    ['half a shard', [['0-99', 0.5, 'MIRROR']], 'move 0: the shard must be'],
    [
      'a move to the owner',
      [['5400-5500', 0, 'MIRROR']],
      'move 0: slot 5400 must move to another shard, but shard 0 owns it',
    ],
    [
      'overlapping moves',
      [
        ['0-99', 1, 'MIRROR'],
        ['99-120', 2, 'PURGE'],
      ],
      'move 1: slot 99 must be in one move',
    ],
    ['overlapping ranges', [['0-99,50', 1, 'MIRROR']], "move 0: range '50' must begin behind slot 99"],
    ['a range beyond the slots', [['16000-17000', 1, 'MIRROR']], "move 0: range '16000-17000' must be"],
    ['moves that are no list', 'all', 'moves must be a list, got "all"'],
  ])('refuses %s', (_, moves, message) => {
    expect(() => open(mapOf(moves))).toThrow(`shard map of table 'Orders', epoch 3: ${message}`);
  });

  test('must have format 2, so that older clients refuse it', () => {
    const moves: MapMove[] = [['0-99', 1, 'MIRROR']];
    expect(() => open(mapOf(moves, { format: 1 }))).toThrow('a map with moves must have format 2, got 1');
    expect(() => open({ ...mapOf(moves), format: 3 })).toThrow('must have format 2 or lower, got format 3');
    expect(() => openShardMap(mapOf(moves))).toThrow('must have format 1 or lower, got format 2');
  });

  test('has at most 4 KB of slots and moves', () => {
    const every = (step: number) => Array.from({ length: Math.floor(5_461 / step) }, (_, i) => i * step);
    expect(() => open(mapOf([[packSlotRanges(every(7)), 1, 'MIRROR']]))).not.toThrow();
    expect(() => open(mapOf([[packSlotRanges(every(2)), 1, 'MIRROR']]))).toThrow(/may have 4096 bytes, got \d{5}/);
  });
});

describe('changes of a map', () => {
  const started = () => startMoves(mapOf(), [{ slots: '0-99,200', to: 2 }]);
  const forward = (times: number) => {
    let map = started();
    for (let i = 0; i < times; i++) map = stepMoves(map, 'forward');
    return map;
  };

  test('go through all phases to a map without moves, which older clients can read', () => {
    const seen = [0, 1, 2, 3, 4].map((times) => forward(times).moves?.[0]?.[2]);
    expect(seen).toEqual([...MOVE_PHASES]);
    const { slots, ...after } = forward(5);
    expect(after).toEqual({ ...mapOf(), slots: undefined, epoch: 9, readEpoch: 8 });
    expect(after).not.toHaveProperty('moves');
    expect(slots).toBe('100x2,100x0,1x2,5260x0,5461x1,5462x2');
  });

  test('raise readEpoch only when slots are read from another shard', () => {
    expect([0, 1, 2, 3, 4, 5].map((times) => forward(times).readEpoch)).toEqual([2, 2, 2, 2, 8, 8]);
    expect(stepMoves(forward(4), 'back')).toMatchObject({ epoch: 9, readEpoch: 9 });
  });

  test.each([
    [0, ['SOURCE']],
    [1, ['SOURCE']],
    [2, ['SOURCE']],
    [3, ['PURGE', 'SOURCE']],
    [4, ['TXREAD', 'PURGE', 'SOURCE']],
  ])('go back from phase %i to the source, which owns the slots again', (times, path) => {
    let map = forward(times);
    for (const phase of path) {
      map = stepMoves(map, 'back');
      expect(map.moves?.[0]?.[2] ?? 'SOURCE').toBe(phase);
    }
    expect(map.slots).toBe(mapOf().slots);
    expect(map.format).toBe(1);
  });

  test('keep the other fields, and step moves in different phases each by one', () => {
    const map = mapOf(
      [
        ['0-9', 1, 'MIRROR'],
        ['10-19', 2, 'READ_B'],
      ],
      { sortKey: 'id', leaseMs: 5_000 },
    );
    const next = stepMoves(map, 'forward');
    expect(next).toMatchObject({ sortKey: 'id', leaseMs: 5_000, moves: [['0-9', 1, 'SETTLE']] });
    expect(openShardMap(next, 2).owners.slice(8, 22)).toEqual(Uint8Array.from([0, 0, ...new Array(10).fill(2), 0, 0]));
  });

  test('are refused if they would start moves during moves, or step without a move', () => {
    expect(() => startMoves(started(), [{ slots: '300', to: 1 }])).toThrow("table 'Orders' must have no moves before");
    expect(() => startMoves(mapOf(), [])).toThrow('0 to start');
    expect(() => stepMoves(mapOf(), 'forward')).toThrow('must have a move for a step');
    expect(() => startMoves(mapOf(), [{ slots: '0', to: 0 }])).toThrow('but shard 0 owns it');
  });
});
