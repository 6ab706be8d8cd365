import fc from 'fast-check';
import { SLOT_COUNT, slotOf } from '../../lib/protocol';

/**
 * Computed by another implementation (Python: FNV-1a 32, then fmix32, top 14 bits). A change of one of these would lose data
 * in every deployed table: clients would look for an item where it isn't.
 */
const GOLDEN: [string | Uint8Array, number][] = [
  ['', 10959],
  ['a', 1696],
  ['b', 8369],
  ['foobar', 771],
  ['17850', 16250],
  ['12345678901234567890', 2653],
  ['C000001', 9820],
  ['C000002', 3117],
  ['customer#1', 7988],
  ['customer#2', 8745],
  ['536365', 4610],
  ['é', 9105],
  ['naïve', 13162],
  ['日本語', 15001],
  ['😀', 3264],
  ['a😀b', 5704],
  [' ', 3914],
  ['\u0000', 350],
  ['-1', 8161],
  ['3.5', 88],
  [Uint8Array.of(0), 350],
  [Uint8Array.of(255), 11824],
  [Uint8Array.of(1, 2, 3, 4), 6856],
  [Uint8Array.from({ length: 256 }, (_, i) => i), 15920],
];

describe('slotOf', () => {
  test.each(GOLDEN)('gives %p the recorded slot', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  test('the number of slots is that of stored maps', () => {
    expect(SLOT_COUNT).toBe(16_384);
  });

  test('is an integer in the range of slots for every key', () => {
    const key = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.double(), fc.bigInt(), fc.uint8Array());
    fc.assert(
      fc.property(key, (k) => {
        const slot = slotOf(k);
        return Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT;
      }),
    );
  });

  test('reads a string as its UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => slotOf(text) === slotOf(new TextEncoder().encode(text))),
    );
  });

  test('gives an integer the same slot as number, bigint and text', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (n) => {
        const slot = slotOf(n);
        return slot === slotOf(BigInt(n)) && slot === slotOf(String(Object.is(n, -0) ? 0 : n));
      }),
    );
  });

  test('spreads numbered keys evenly with every prefix', () => {
    const [keys, shards] = [4_000, 4];
    const expected = keys / shards;
    // Six standard deviations of a fair draw: a good hash stays within, one that follows the counter doesn't.
    const tolerance = 6 * Math.sqrt(keys * (1 / shards) * (1 - 1 / shards));
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.nat(1e9), (prefix, start) => {
        const counts = new Array<number>(shards).fill(0);
        for (let i = 0; i < keys; i++)
          counts[Math.floor((slotOf(`${prefix}${start + i}`) * shards) / SLOT_COUNT)]! += 1;
        for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(tolerance);
      }),
      { numRuns: 30 },
    );
  });

  test('spreads many keys over all slots, without crowded ones', () => {
    const counts = new Uint32Array(SLOT_COUNT);
    for (let i = 0; i < SLOT_COUNT * 32; i++) counts[slotOf(`customer-${i}`)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(32 + 8 * Math.sqrt(32));
  });
});
