import * as fc from 'fast-check';
import type { PolicyResult } from '../../../cli/capacity/analysis';
import type { PolicyId } from '../../../cli/capacity/contenders';
import { focus } from '../../../cli/capacity/plots/focus';
import { covers, overlap } from '../../../cli/capacity/plots/place-labels';
import { numberedPolicies, tradeOffLayout, tradeOffPlot } from '../../../cli/capacity/plots/trade-off-plot';

const IDS: readonly PolicyId[] = [
  'fixed',
  'tracking-0.7',
  'tracking-0.5',
  'tracking-0.9',
  'rolling',
  'seasonal',
  'floor',
  'applied',
  'oracle',
];
const DAYS = 30;
/** Of a coordinate. */
const ROUNDING = 1e-6;
const COMPARED: readonly PolicyId[] = ['applied', 'tracking-0.7'];

const policyOf = (id: PolicyId, usd: number, cold: number) =>
  ({ id, name: id, score: { cold }, dollars: { total: usd } }) as PolicyResult;

/** Bills and cold shares of [usd, cold] in the order of IDS. */
const policiesOf = (figures: readonly (readonly [usd: number, cold: number])[]) =>
  figures.map(([usd, cold], i) => policyOf(IDS[i]!, usd, cold));

const layoutOf = (policies: readonly PolicyResult[], width = 680) =>
  tradeOffLayout(numberedPolicies(policies, DAYS), COMPARED, width);

/** Near each other, or apart by powers of ten. */
const figures = fc
  .tuple(
    fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    fc.array(
      fc.tuple(
        fc.oneof(fc.double({ min: 1, max: 1.1, noNaN: true }), fc.double({ min: 0.01, max: 100, noNaN: true })),
        fc.oneof(
          fc.constant(0),
          fc.double({ min: 0, max: 1e-4, noNaN: true }),
          fc.double({ min: 0, max: 1, noNaN: true }),
        ),
      ),
      { minLength: IDS.length, maxLength: IDS.length },
    ),
  )
  .map(([scale, list]) => list.map(([usd, cold]) => [usd * scale, cold] as const));

const drawings = fc.tuple(figures.map(policiesOf), fc.constantFrom(400, 680));

describe('the plot of cold shares over dollars', () => {
  test('shows every policy once, inside of its frame, with labels that cover nothing', () =>
    fc.assert(
      fc.property(drawings, ([policies, width]) => {
        const { dots, labels, frame } = layoutOf(policies, width);
        const numbers = dots.flatMap(({ members }) => members.map(({ number }) => number));
        expect(numbers.sort((a, b) => a - b)).toEqual(IDS.map((_, i) => i + 1));
        for (const { x, y } of dots) {
          expect(x).toBeGreaterThanOrEqual(frame.left - ROUNDING);
          expect(x).toBeLessThanOrEqual(frame.right + ROUNDING);
          expect(y).toBeGreaterThanOrEqual(frame.top - ROUNDING);
          expect(y).toBeLessThanOrEqual(frame.bottom + ROUNDING);
        }
        labels.forEach(({ box }, i) => {
          expect(labels.filter((other, j) => j > i && overlap(box, other.box))).toEqual([]);
          expect(dots.filter((dot) => covers(box, { ...dot, radius: 6 }))).toEqual([]);
          expect(box.left).toBeGreaterThanOrEqual(frame.left);
          expect(box.right).toBeLessThanOrEqual(frame.right);
        });
      }),
      { seed: 21, numRuns: 200 },
    ));

  test('has no number that is none, and ticks that can be told apart', () =>
    fc.assert(
      fc.property(drawings, ([policies, width]) => {
        const svg = tradeOffPlot(numberedPolicies(policies, DAYS), COMPARED, width);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|e-\d/);
        const ticks = [...svg.matchAll(/>(\$[\d,.]+|[\d.]+ %)<\/text>/g)].map(([, tick]) => tick);
        expect(new Set(ticks).size).toBe(ticks.length);
      }),
      { seed: 22, numRuns: 100 },
    ));

  const usual: [number, number][] = [
    [100, 0.01],
    [102, 0.012],
    [104, 0.009],
    [106, 0.011],
    [108, 0.01],
    [110, 0.008],
    [112, 0.007],
    [114, 0.006],
  ];

  test('one bill far away leaves the others their room, and is told with its figure', () => {
    const { dots, box } = layoutOf(policiesOf([...usual, [9_000, 0.0001]]));
    const far = dots.find(({ members }) => members[0]!.policy.id === 'oracle')!;
    expect(far.label).toBe('9: $9,000');
    expect(far.x).toBeGreaterThan(box.right);
    const near = dots.filter((dot) => dot !== far).map(({ x }) => x);
    expect(Math.max(...near) - Math.min(...near)).toBeGreaterThan((box.right - box.left) / 2);
  });

  test('so does a low one', () => {
    const { dots, box } = layoutOf(policiesOf([...usual, [1.5, 0.0001]]));
    expect(dots[0]).toMatchObject({ label: '1: $1.50' });
    expect(dots[0]!.x).toBeLessThan(box.left);
  });

  test('what is far too cold stands above, with its share', () => {
    const { dots, box } = layoutOf(policiesOf([...usual, [105, 0.63]]));
    const far = dots.find(({ members }) => members[0]!.policy.id === 'oracle')!;
    expect(far.label).toBe('4: 63.0 %');
    expect(far.y).toBeLessThan(box.top);
  });

  test('what is compared is in range, however far it is', () => {
    const { dots, box } = layoutOf(policiesOf([...usual.slice(0, 7), [9_000, 0.9], [105, 0.01]]));
    const ours = dots.find(({ members }) => members[0]!.policy.id === 'applied')!;
    expect(ours.label).toBe('9');
    expect(ours.x).toBeLessThanOrEqual(box.right);
    expect(ours.y).toBeGreaterThanOrEqual(box.top);
  });

  test('policies at one place share a dot and a label', () => {
    const { dots } = layoutOf(policiesOf(IDS.map((id) => (id === 'oracle' ? [50, 0] : [60, 0]))));
    expect(dots.map(({ label }) => label)).toEqual(['1: $50.00', '2-9']);
  });
});

describe('what an axis shows', () => {
  const value = fc.double({ min: 0, max: 1e6, noNaN: true });

  test('holds what is kept, and leaves out no more than it may', () =>
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), fc.nat(11), (values, at) => {
        const kept = values[at % values.length]!;
        const { min, max } = focus(values, [kept], 1 / 3);
        expect(min).toBeLessThanOrEqual(kept);
        expect(max).toBeGreaterThanOrEqual(kept);
        expect(values.filter((one) => one < min || one > max).length).toBeLessThanOrEqual(values.length / 3);
      }),
    ));

  test('is all of it where nothing is far away', () => {
    expect(focus([3, 1, 2, 4, 5, 6], [3], 1 / 3)).toEqual({ min: 1, max: 6 });
  });
});
