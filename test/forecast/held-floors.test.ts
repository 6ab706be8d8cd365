import fc from 'fast-check';
import { heldFloors, minutesAhead } from '../../forecast/held-floors';

test('capacity rises in the minute of its floor, and is not let go between two that ask for it', () => {
  const floors = Float64Array.of(1, 1, 9, 2, 2, 5, 1, 1, 1, 1, 7, 1);
  expect([...heldFloors(floors, 5)]).toEqual([1, 1, 9, 5, 5, 5, 1, 1, 1, 1, 7, 1]);
  // A lead that is used up by late measurements has set nothing ahead.
  expect([...heldFloors(floors, 2)]).toEqual([...floors]);
  expect([minutesAhead(1), minutesAhead(5)]).toEqual([0, 3]);
});

test('is never below what was decided for the minute, and above it only as far as was there and is asked for', () => {
  const units = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(units, fc.integer({ min: 1, max: 60 }), (some, lead) => {
      const floors = Float64Array.from(some);
      const held = heldFloors(floors, lead);
      held.forEach((units, at) => {
        const set = Math.max(...floors.subarray(at, at + minutesAhead(lead) + 1));
        expect(units).toBe(Math.max(floors[at]!, Math.min(held[at - 1] ?? 0, set)));
      });
    }),
    { seed: 5, numRuns: 40 },
  );
});

test('does not use floors that are not set yet', () => {
  const floors = Float64Array.from({ length: 40 }, (_, i) => (i * 7) % 11);
  const other = floors.map((units, i) => (i <= 20 + minutesAhead(9) ? units : 99));
  expect(heldFloors(other, 9).subarray(0, 21)).toEqual(heldFloors(floors, 9).subarray(0, 21));
});
