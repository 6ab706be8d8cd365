import * as fc from 'fast-check';
import { mapBounded } from '../../lambdas/runtime';

const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

test('results have the order of the items, and at most `limit` calls are in flight', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 20 }), fc.integer({ min: 1, max: 8 }), async (items, limit) => {
      let [now, most] = [0, 0];
      const results = await mapBounded(items, limit, async (turns, i) => {
        most = Math.max(most, ++now);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        now--;
        return [i, turns];
      });
      expect(results).toEqual(items.map((turns, i) => [i, turns]));
      expect(most).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 50 },
  );
});

test('after a failure no call starts, and running calls are awaited', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const failing = mapBounded([0, 1, 2, 3, 4], 2, async (n) => {
    begun.push(n);
    if (n === 1) throw new Error('first');
    await tick();
    await tick();
    ended.push(n);
    if (n === 0) throw new Error('second');
  });
  await expect(failing).rejects.toThrow('first');
  expect(begun).toEqual([0, 1]);
  expect(ended).toEqual([0]);
});

test.each([0, -1, 1.5, Number.NaN])('a limit of %p is refused instead of doing nothing', async (limit) => {
  await expect(mapBounded([1], limit, async () => 1)).rejects.toThrow(RangeError);
});
