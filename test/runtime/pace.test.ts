import * as fc from 'fast-check';
import { TableOverloaded, TryLater } from '../../lambdas/runtime';
import { isOverload } from '../../lambdas/runtime/worker/is-overload';
import { type Load, Pace, type PacedRun } from '../../lambdas/runtime/worker/pace';
import { StepBusy } from '../../lambdas/runtime/worker/try-later';

/** Runs one message after the other. */
function runAll(pace: Pace, loads: readonly (Load | undefined)[], now = 0): void {
  for (const load of loads) pace.end(pace.begin(), load, now);
}
const overloads = (count: number): Load[] => Array.from({ length: count }, () => 'overload');

const stepArbitrary = fc.oneof(
  fc.constant({ kind: 'begin' as const }),
  fc.record({
    kind: fc.constant('end' as const),
    position: fc.nat(20),
    load: fc.constantFrom<Load | undefined>('good', 'overload', undefined),
  }),
  fc.constant({ kind: 'endBatch' as const }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(5_000) }),
);

test('for all histories, the limit is within 1 and the concurrency, and a probe runs alone', () => {
  return fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(stepArbitrary, { maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (concurrency, steps, bias) => {
        const pace = new Pace(concurrency);
        const running: PacedRun[] = [];
        let now = 0;
        for (const step of steps) {
          if (step.kind === 'begin' && pace.admits(now)) {
            if (pace.isOpen) expect(running).toEqual([]);
            running.push(pace.begin());
            expect(running.length).toBeLessThanOrEqual(pace.isOpen ? 1 : pace.limit);
          } else if (step.kind === 'end' && running.length > 0) {
            const [run] = running.splice(step.position % running.length, 1);
            pace.end(run!, step.position / 20 < bias ? 'overload' : step.load, now);
          } else if (step.kind === 'endBatch') {
            pace.endBatch(now);
            running.length = 0;
          } else if (step.kind === 'wait') now += step.ms;
          expect(pace.limit).toBeGreaterThanOrEqual(1);
          expect(pace.limit).toBeLessThanOrEqual(concurrency);
          if (pace.isOpen) expect(pace.limit).toBe(1);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('for all histories, concurrency - 1 good batches restore the concurrency', () => {
  return fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.constantFrom<Load | undefined>('good', 'overload', 'overload', undefined), { maxLength: 60 }),
      (concurrency, loads) => {
        const pace = new Pace(concurrency);
        runAll(pace, loads);
        pace.endBatch(0);
        for (let batch = 1; batch <= concurrency; batch++) {
          // A probe is due after a minute at the latest.
          expect(pace.admits(batch * 60_000)).toBe(true);
          runAll(pace, ['good'], batch * 60_000);
          pace.endBatch(batch * 60_000);
          if (batch >= concurrency - 1) expect(pace.limit).toBe(concurrency);
        }
      },
    ),
  );
});

test('a sign of overload halves the limit, and runs at the same time halve it once', () => {
  const pace = new Pace(10);
  const runs = Array.from({ length: 10 }, () => pace.begin());
  for (const run of runs) pace.end(run, 'overload', 0);
  expect(pace.limit).toBe(5);
  runAll(pace, ['overload']);
  expect(pace.limit).toBe(2);
});

test('a batch with a sign of overload, or without a good run, adds nothing', () => {
  const pace = new Pace(10);
  runAll(pace, ['overload', 'good']);
  pace.endBatch(0);
  expect(pace.limit).toBe(5);
  runAll(pace, [undefined]);
  pace.endBatch(0);
  expect(pace.limit).toBe(5);
  runAll(pace, ['good']);
  pace.endBatch(0);
  expect(pace.limit).toBe(6);
});

test('ten overloads in a row open the breaker, and a good run in between does not let them', () => {
  const pace = new Pace(2);
  runAll(pace, [...overloads(9), 'good', ...overloads(9), undefined]);
  expect(pace.isOpen).toBe(false);
  runAll(pace, overloads(1));
  expect(pace.isOpen).toBe(true);
});

test('probes come after 1 s, 2 s, 4 s and at last each minute; the first good one closes the breaker', () => {
  const pace = new Pace(1);
  runAll(pace, overloads(10));
  expect(pace.endBatch(0)).toBe('open');
  let now = 0;
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    expect(pace.admits(now + seconds * 1_000 - 1)).toBe(false);
    now += seconds * 1_000;
    expect(pace.admits(now)).toBe(true);
    const probe = pace.begin();
    expect(pace.admits(now)).toBe(false);
    pace.end(probe, 'overload', now);
    expect(pace.endBatch(now)).toBe(undefined);
  }
  // A run that shows nothing isn't the probe that was due.
  runAll(pace, [undefined], now + 60_000);
  expect(pace.admits(now + 60_000)).toBe(true);
  runAll(pace, ['good'], now + 60_000);
  expect(pace.endBatch(now)).toBe('closed');
  expect(pace.endBatch(now)).toBe(undefined);
});

test('runs without an end are signs of overload, unless another run of the batch was good', () => {
  const pace = new Pace(10);
  pace.begin();
  runAll(pace, ['good']);
  pace.endBatch(0);
  expect(pace.limit).toBe(10);
  const late = pace.begin();
  pace.endBatch(0);
  expect(pace.limit).toBe(5);
  pace.end(late, 'overload', 0);
  expect(pace.limit).toBe(5);
});

test.each<[string, unknown, boolean]>([
  ['TryLater', new TryLater(5), true],
  ['another delivery at work', new StepBusy(5), false],
  ['a table', new TableOverloaded('Orders', 'ThrottlingException', false), true],
  ['a throttle', Object.assign(new Error('x'), { name: 'ThrottlingException' }), true],
  ['a timeout', Object.assign(new Error('x'), { name: 'TimeoutError' }), true],
  ['fetch', new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }), true],
  ['another error', new Error('no such order'), false],
  ['no error', 'x', false],
])('sign of overload: %s', (_, error, expected) => {
  expect(isOverload(error)).toBe(expected);
});
