import fc from 'fast-check';
import { decimalText, SLOT_COUNT, slotOf } from '../../lib/protocol';
import { canonicalNumber } from '../../testing/dynamodb/numbers';

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

/**
 * Texts of numbers, their canonical text and its slot. Computed by another implementation (Python: `format(Decimal(text).normalize(), 'f')`,
 * and the hash above).
 */
const NUMBERS: [text: string, canonical: string, slot: number][] = [
  ['0', '0', 6460],
  ['-0', '0', 6460],
  ['00', '0', 6460],
  ['5', '5', 354],
  ['5.0', '5', 354],
  ['+5', '5', 354],
  ['5.', '5', 354],
  ['-5', '-5', 9928],
  ['1e-7', '0.0000001', 15932],
  ['1E-7', '0.0000001', 15932],
  ['0.0000001', '0.0000001', 15932],
  ['1.5e-9', '0.0000000015', 4220],
  ['0.1', '0.1', 14538],
  ['.5', '0.5', 2211],
  ['0.50', '0.5', 2211],
  ['-0.25', '-0.25', 6274],
  ['3.5', '3.5', 88],
  ['1.2345e+3', '1234.5', 5242],
  ['1e20', '100000000000000000000', 14039],
  ['100000000000000000000', '100000000000000000000', 14039],
  ['1e21', '1000000000000000000000', 802],
  ['-1e21', '-1000000000000000000000', 11782],
  ['9007199254740991', '9007199254740991', 8969],
  ['9007199254740993', '9007199254740993', 15494],
  ['12345678901234567890', '12345678901234567890', 2653],
  ['123456789012345678901234567890.12345678', '123456789012345678901234567890.12345678', 10260],
  ['9.9999999999999999999999999999999999999E+125', `${'9'.repeat(38)}${'0'.repeat(88)}`, 11430],
  ['1E-130', `0.${'0'.repeat(129)}1`, 777],
  ['-1E-130', `-0.${'0'.repeat(129)}1`, 14327],
];

describe('decimalText', () => {
  test.each(NUMBERS)('of %s is canonical and has the recorded slot', (text, canonical, slot) => {
    expect(decimalText(text)).toBe(canonical);
    expect(slotOf(canonical)).toBe(slot);
  });

  test.each([
    [1e-7, 15932],
    [1.5e-9, 4220],
    [-0, 6460],
    [-0.25, 6274],
    [1e21, 802],
    [-5n, 9928],
    [10n ** 21n, 802],
    [9007199254740993n, 15494],
  ])('a key %p has the slot of the text that DynamoDB returns', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  test('of any number is the text that DynamoDB returns, and is canonical itself', () => {
    const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.bigInt());
    fc.assert(
      fc.property(number, (n) => {
        const text = decimalText(n);
        expect(text).toBe(canonicalNumber(String(n)));
        expect(decimalText(text)).toBe(text);
        expect(slotOf(text)).toBe(slotOf(n));
      }),
    );
  });

  test.each(['', '.', 'e5', 'NaN', 'Infinity', '1e9999', '0x10', '1,5', ' 1', '--1'])('%p is refused', (text) => {
    expect(() => decimalText(text)).toThrow(RangeError);
  });
});

describe('slotOf', () => {
  test.each(GOLDEN)('gives %p the recorded slot', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
  });

  test('the number of slots is that of stored maps', () => {
    expect(SLOT_COUNT).toBe(16_384);
  });

  test('is an integer in the range of slots for every key', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt(),
      fc.uint8Array(),
    );
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
