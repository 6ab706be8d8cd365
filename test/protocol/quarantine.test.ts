import * as fc from 'fast-check';
import {
  entryToItem,
  heldKey,
  itemToEntry,
  laneKey,
  parsePartitionKey,
  parsePositionKey,
  positionKey,
  QUARANTINE_REASONS,
  type QuarantineEntry,
  type QuarantinePosition,
  type QuarantineReason,
  quarantineEnd,
  waitingKey,
} from '../../lib/protocol';

const lanes = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('a', 'a#', 'a#b', '%23', '%', '#', 'a%23', ''));
const positions: fc.Arbitrary<QuarantinePosition> = fc.record({
  lane: lanes,
  time: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })
    .map((date) => date.toISOString()),
  sequence: fc.bigInt({ min: 0n, max: 10n ** 40n - 1n }).map(String),
  index: fc.nat({ max: 9 }),
});

test('a sort key gives back its position', () => {
  void fc.assert(
    fc.property(positions, (position) => expect(parsePositionKey(positionKey(position))).toEqual(position)),
  );
});

test('within a lane, keys sort by time, then sequence, then index', () => {
  const near = positions.map((position) => ({ ...position, lane: 'a#b', time: position.time.slice(0, 4) }));
  const numbers = ({ time, sequence, index }: QuarantinePosition) => [time, BigInt(sequence), index] as const;
  void fc.assert(
    fc.property(near, near, (one, other) => {
      const [a, b] = [numbers(one), numbers(other)];
      const at = [0, 1, 2].find((i) => a[i] !== b[i]);
      const before = at === undefined ? false : a[at]! < b[at]!;
      expect(positionKey(one) < positionKey(other)).toBe(before);
    }),
  );
  const key = (sequence: string) => positionKey({ lane: 'a', time: 't', sequence, index: 0 });
  expect(key('9') < key('10')).toBe(true);
});

test('the start of a lane is no start of another lane’s keys', () => {
  void fc.assert(
    fc.property(positions, lanes, (position, lane) => {
      expect(positionKey(position).startsWith(laneKey(lane))).toBe(position.lane === lane);
    }),
  );
});

test.each<[string, ReturnType<typeof parsePartitionKey>]>([
  [waitingKey('Payments'), { waits: true, target: 'Payments' }],
  [heldKey('a#b'), { waits: false, target: 'a#b' }],
  ['held#', undefined],
  ['Payments', undefined],
  ['x held#Payments', undefined],
])('partition key %s is read as %j', (key, parsed) => {
  expect(parsePartitionKey(key)).toEqual(parsed);
});

test.each(['', 'a', 'a#t', 'a#t#1', 'a#t#x#1', 'a#t#1#', 'a##1#1', 'a#b#t#1#1'])('%j is no sort key', (key) => {
  expect(parsePositionKey(key)).toBeUndefined();
});

test('an entry is stored and read back; what is absent is not stored', () => {
  const entry: QuarantineEntry = {
    pk: heldKey('Payments'),
    sk: positionKey({ lane: 'm1', time: '2026-11-30T00:00:00.000Z', sequence: '0', index: 0 }),
    id: 'id1',
    to: 'Payments',
    content: '{"id":"id1"}',
    state: 'held',
    reason: 'gave-up',
    receives: 40,
    first: '2026-11-30T00:00:00.000Z',
    at: '2026-11-30T06:00:00.000Z',
    expires: quarantineEnd(Date.UTC(2026, 10, 30)),
  };
  const item = entryToItem({ ...entry, group: undefined } as QuarantineEntry);
  expect(item['receives']).toEqual({ N: '40' });
  expect(item['pk']).toEqual({ S: 'held#Payments' });
  expect(item).not.toHaveProperty('group');
  expect(itemToEntry(item)).toEqual(entry);
});

test('an entry ends 90 days after it was settled', () => {
  expect(new Date(quarantineEnd(Date.UTC(2026, 10, 30)) * 1_000).toISOString()).toBe('2027-02-28T00:00:00.000Z');
});

test('the list of reasons is closed, and each has its words', () => {
  const known: QuarantineReason[] = [
    'gave-up',
    'never-ended',
    'expiring',
    'permanent',
    'malformed',
    'unknown-version',
    'refused',
    'too-old',
    'future-dated',
    'half-way',
    'key-reused',
    'undeclared',
    'rejected',
    'dead-letter',
  ];
  expect(Object.keys(QUARANTINE_REASONS)).toEqual(known);
  expect(Object.values(QUARANTINE_REASONS).every((words) => words.length > 10)).toBe(true);
});
