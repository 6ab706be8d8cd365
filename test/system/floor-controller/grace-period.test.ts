import fc from 'fast-check';
import { gracePeriodOf } from '../../../lambdas/system/floor-controller/grace-period';

const busy = (minutes: number) => new Array<number>(minutes).fill(3);

describe('gracePeriodOf', () => {
  test.each([
    [0, 0],
    [9, 0],
    [10, 10],
    [59, 10],
    [60, 60],
    [600, 60],
  ])('of what was busy for %d minutes without a break waits %d', (minutes, waited) => {
    expect(gracePeriodOf(busy(minutes))).toBe(waited);
    expect(gracePeriodOf([...busy(minutes), 0, ...busy(600)])).toBe(waited);
    expect(gracePeriodOf([0, ...busy(minutes)])).toBe(0);
  });

  test('doesn’t look back further than it has to', () => {
    let looked = 0;
    const endless = function* () {
      for (;;) {
        looked++;
        yield 1;
      }
    };
    expect(gracePeriodOf(endless())).toBe(60);
    expect(looked).toBe(60);
  });

  const minutes = fc.array(fc.constantFrom(0, 1, 1, 1, 1, 40, Number.NaN), { maxLength: 150 });

  test('isn’t changed by what is unknown', () => {
    fc.assert(
      fc.property(minutes, (values) => {
        expect(gracePeriodOf(values)).toBe(gracePeriodOf(values.filter((value) => !Number.isNaN(value))));
      }),
    );
  });

  test('waits no shorter for what was busy for longer, and never longer than it was busy', () => {
    fc.assert(
      fc.property(minutes, fc.nat({ max: 70 }), (values, more) => {
        const waited = gracePeriodOf(values);
        expect(gracePeriodOf([...busy(more), ...values])).toBeGreaterThanOrEqual(waited);
        expect(values.filter((value) => value > 0).length).toBeGreaterThanOrEqual(waited);
      }),
    );
  });
});
