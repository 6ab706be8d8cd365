import fc from 'fast-check';
import { heldFloors, minutesAhead } from '../../../lambdas/system/forecast/held-floors';

test('a floor holds some minutes before its own, and a lower one waits until they are over', () => {
  const floors = Float64Array.of(1, 1, 1, 1, 9, 2, 2, 2);
  expect([...heldFloors(floors, 5)]).toEqual([1, 9, 9, 9, 9, 2, 2, 2]);
  // Nothing is left of a short lead once measurements have come.
  expect([...heldFloors(floors, 2)]).toEqual([...floors]);
  expect([minutesAhead(1), minutesAhead(5)]).toEqual([0, 3]);
});

test('is never below what was decided for the minute, nor above all of what was', () => {
  const units = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(units, fc.integer({ min: 1, max: 60 }), (some, lead) => {
      const floors = Float64Array.from(some);
      heldFloors(floors, lead).forEach((held, at) => {
        expect(held).toBe(Math.max(...floors.subarray(at, at + minutesAhead(lead) + 1)));
      });
    }),
    { seed: 5, numRuns: 40 },
  );
});
