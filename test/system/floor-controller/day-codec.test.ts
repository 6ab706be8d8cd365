import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { packDay, unpackDay } from '../../../lambdas/system/floor-controller/day-codec';

describe('a packed day', () => {
  test('holds every count and every unknown minute as they were', () => {
    const minute = fc.oneof(fc.constant(Number.NaN), fc.nat(300), fc.integer({ min: 0, max: 2 ** 52 }));
    fc.assert(
      fc.property(fc.array(minute, { minLength: 1, maxLength: 40 }), (pattern) => {
        const day = Float64Array.from({ length: 1_440 }, (_, i) => pattern[i % pattern.length]!);
        expect(unpackDay(packDay(day))).toEqual(day);
      }),
    );
  });

  test('holds counts beyond 32 bits', () => {
    const day = new Float64Array(1_440).fill(5_000_000_000_001);
    expect(unpackDay(packDay(day))).toEqual(day);
  });

  test('is small: an idle one a few bytes, a busy one a fraction of plain numbers', () => {
    expect(packDay(new Float64Array(1_440)).length).toBeLessThan(30);
    // Counts around 100 with noise.
    const busy = Float64Array.from({ length: 1_440 }, (_, i) => 100 + ((i * 7_919) % 31));
    expect(packDay(busy).length).toBeLessThan(2_048);
  });

  test.each([
    ['too short', deflateRawSync(new Uint8Array(1_439))],
    ['too long', deflateRawSync(new Uint8Array(1_441))],
    ['cut within a number', deflateRawSync(Uint8Array.from({ length: 1_440 }, (_, i) => (i === 1_439 ? 200 : 0)))],
    ['not deflated', Uint8Array.from([255, 255, 255])],
  ])('fails when it is %s', (_, packed) => {
    expect(() => unpackDay(packed)).toThrow();
  });
});
