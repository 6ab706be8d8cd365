import * as fc from 'fast-check';
import { TableOverloaded, TryLater } from '../../lambdas/runtime';
import { isOverload } from '../../lambdas/runtime/worker/is-overload';
import { type Load, Pace, type PacedRun } from '../../lambdas/runtime/worker/pace';
import { StepBusy } from '../../lambdas/runtime/worker/try-later';

/** Runs one message after the other, in one batch. @returns the new state of the breaker */
function runAll(pace: Pace, loads: readonly (Load | undefined)[], now = 0): string | undefined {
  const batch = pace.batch();
  for (const load of loads) batch.end(batch.begin(), load, now);
  return batch.endBatch(now);
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
        let batch = pace.batch();
        let probe: PacedRun | undefined;
        const running: PacedRun[] = [];
        let now = 0;
        for (const step of steps) {
          if (step.kind === 'begin' && batch.admits(now)) {
            const { isOpen } = pace;
            if (isOpen) expect(probe).toBe(undefined);
            else expect(running.length).toBeLessThan(pace.limit);
            const run = batch.begin();
            running.push(run);
            if (isOpen) probe = run;
          } else if (step.kind === 'end' && running.length > 0) {
            const [run] = running.splice(step.position % running.length, 1);
            if (run === probe) probe = undefined;
            batch.end(run!, step.position / 20 < bias ? 'overload' : step.load, now);
          } else if (step.kind === 'endBatch') {
            batch.endBatch(now);
            batch = pace.batch();
            running.length = 0;
            probe = undefined;
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

test('for all histories, concurrency - 1 good batches after the first good one restore the concurrency', () => {
  return fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.constantFrom<Load | undefined>('good', 'overload', 'overload', undefined), { maxLength: 60 }),
      (concurrency, loads) => {
        const pace = new Pace(concurrency);
        for (const [i, load] of loads.entries()) runAll(pace, [load], i * 1_000);
        for (let batch = 1; batch < Math.max(2, concurrency); batch++) {
          // A probe is due after a minute at the latest.
          const now = (loads.length + batch) * 60_000;
          expect(pace.batch().admits(now)).toBe(true);
          runAll(pace, ['good'], now);
        }
        expect([pace.limit, pace.isOpen]).toEqual([concurrency, false]);
      },
    ),
  );
});

test('a sign of overload halves the limit, and runs at the same time halve it once', () => {
  const pace = new Pace(10);
  const batch = pace.batch();
  const runs = Array.from({ length: 10 }, () => batch.begin());
  for (const run of runs) batch.end(run, 'overload', 0);
  expect(pace.limit).toBe(5);
  runAll(pace, ['overload']);
  expect(pace.limit).toBe(2);
});

test('a batch with a sign of overload, or without a good run, adds nothing', () => {
  const pace = new Pace(10);
  runAll(pace, ['overload', 'good']);
  expect(pace.limit).toBe(5);
  runAll(pace, [undefined]);
  expect(pace.limit).toBe(5);
  runAll(pace, ['good']);
  expect(pace.limit).toBe(6);
});

test('batches at the same time have the limit each', () => {
  const pace = new Pace(1);
  const [one, other] = [pace.batch(), pace.batch()];
  const run = one.begin();
  expect([one.admits(0), other.admits(0)]).toEqual([false, true]);
  runAll(pace, ['good']);
  one.end(run, 'overload', 0);
  expect(one.admits(0)).toBe(true);
});

test('ten overloads in a row and in five seconds open the breaker, unless a run in between is good', () => {
  const pace = new Pace(2);
  runAll(pace, overloads(9), 0);
  runAll(pace, ['good', ...overloads(9), undefined], 5_000);
  expect(pace.isOpen).toBe(false);
  runAll(pace, overloads(20), 9_999);
  expect(pace.isOpen).toBe(false);
  runAll(pace, overloads(1), 10_000);
  expect(pace.isOpen).toBe(true);
  const few = new Pace(2);
  runAll(few, overloads(8), 0);
  runAll(few, overloads(1), 60_000);
  expect(few.isOpen).toBe(false);
});

test('probes come after 1 s, 2 s, 4 s and at last each minute; the first good one closes the breaker', () => {
  const pace = new Pace(1);
  runAll(pace, overloads(9), -5_000);
  expect(runAll(pace, overloads(1), 0)).toBe('open');
  let now = 0;
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const [batch, other] = [pace.batch(), pace.batch()];
    expect(batch.admits(now + seconds * 1_000 - 1)).toBe(false);
    now += seconds * 1_000;
    expect(batch.admits(now)).toBe(true);
    const probe = batch.begin();
    expect([batch.admits(now), other.admits(now)]).toEqual([false, false]);
    batch.end(probe, 'overload', now);
    expect(batch.endBatch(now)).toBe(undefined);
  }
  // A run that shows nothing isn't the probe that was due.
  runAll(pace, [undefined], now + 60_000);
  expect(pace.batch().admits(now + 60_000)).toBe(true);
  expect(runAll(pace, ['good'], now + 60_000)).toBe('closed');
  expect(runAll(pace, [], now + 60_000)).toBe(undefined);
});

test('runs without an end are signs of overload, unless another run of the batch was good', () => {
  const pace = new Pace(10);
  const good = pace.batch();
  good.begin();
  good.end(good.begin(), 'good', 0);
  good.endBatch(0);
  expect(pace.limit).toBe(10);
  const stuck = pace.batch();
  const late = stuck.begin();
  stuck.endBatch(0);
  expect(pace.limit).toBe(5);
  stuck.end(late, 'overload', 0);
  expect(pace.limit).toBe(5);
});

test.each<[string, unknown, boolean]>([
  ['TryLater', new TryLater(5), true],
  ['another delivery at work', new StepBusy(5), false],
  ['a table', new TableOverloaded('Orders', 'ThrottlingException', false), true],
  ['a throttle', Object.assign(new Error('x'), { name: 'ThrottlingException' }), true],
  ['a throttle of another service', Object.assign(new Error('x'), { $metadata: { httpStatusCode: 429 } }), true],
  ['a throttle by the SDK', Object.assign(new Error('x'), { $retryable: { throttling: true } }), true],
  ['a timeout', Object.assign(new Error('x'), { name: 'TimeoutError' }), true],
  ['fetch', new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }), true],
  ['another error', new Error('no such order'), false],
  ['no error', 'x', false],
])('sign of overload: %s', (_, error, expected) => {
  expect(isOverload(error)).toBe(expected);
});
