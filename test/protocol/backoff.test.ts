import fc from 'fast-check';
import { backoffMs } from '../../lib/protocol';

const BACKOFF = { baseMs: 100, capMs: 5_000 };

test.each([
  [1, 100],
  [2, 200],
  [6, 3_200],
  [7, 5_000],
  [2_000, 5_000],
])('after attempt %i the wait is below %i ms', (attempt, bound) => {
  expect(backoffMs(attempt, BACKOFF, () => 1)).toBe(bound);
  expect(backoffMs(attempt, BACKOFF, () => 0.25)).toBe(bound / 4);
  expect(backoffMs(attempt, BACKOFF, () => 0)).toBe(0);
});

test('an attempt below 1 counts as the first', () => {
  expect(backoffMs(0, BACKOFF, () => 1)).toBe(100);
});

test('the maximum delay never decreases and never exceeds the cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (attempt) => {
      const wait = backoffMs(attempt, BACKOFF, () => 1);
      expect(wait).toBeLessThanOrEqual(BACKOFF.capMs);
      expect(backoffMs(attempt + 1, BACKOFF, () => 1)).toBeGreaterThanOrEqual(wait);
    }),
  );
});
