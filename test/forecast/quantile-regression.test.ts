import { quantileRegression, type Rows } from '../../forecast/quantile-regression';
import { random } from '../../forecast/random';

function rowsOf(features: number[][], targets: number[]): Rows {
  return {
    width: features[0]?.length ?? 2,
    count: targets.length,
    features: Float64Array.from(features.flat()),
    targets: Float64Array.from(targets),
  };
}

function fitted(rows: Rows, level: number): Float64Array {
  return quantileRegression(rows, [level])[0]!;
}

/** Share of targets at or below the line. */
function below(rows: Rows, coefficients: Float64Array): number {
  let count = 0;
  for (let i = 0; i < rows.count; i++) if (rows.targets[i]! <= lineAt(rows, coefficients, i)) count++;
  return count / rows.count;
}

function lineAt({ width, features }: Rows, coefficients: Float64Array, row: number): number {
  return coefficients.reduce((sum, one, j) => sum + one * features[row * width + j]!, 0);
}

function loss(rows: Rows, coefficients: Float64Array, level: number): number {
  let total = 0;
  for (let i = 0; i < rows.count; i++) {
    const above = rows.targets[i]! - lineAt(rows, coefficients, i);
    total += above > 0 ? level * above : (level - 1) * above;
  }
  return total;
}

/** Targets between x and 3x, evenly: the line of level q is (1 + 2q) x. */
function fan(count: number, unit = 1): Rows {
  const next = random(5);
  const xs = Array.from({ length: count }, () => unit * (1 + 9 * next()));
  return rowsOf(
    xs.map((x) => [x, unit]),
    xs.map((x) => x * (1 + 2 * next())),
  );
}

describe('quantileRegression', () => {
  test('each of several levels is fitted as alone', () => {
    const rows = fan(401);
    expect(quantileRegression(rows, [0.5, 0.9, 0.99])).toEqual([0.5, 0.9, 0.99].map((level) => fitted(rows, level)));
  });

  test.each([0.5, 0.9, 0.975])('finds the line that a share of %d lies below', (level) => {
    const rows = fan(4000);
    const coefficients = fitted(rows, level);
    // Eight rounds come that near; the policy's margins do the rest.
    expect(Math.abs(below(rows, coefficients) - level)).toBeLessThan(0.04);
    for (const x of [2, 5, 9]) {
      const line = coefficients[0]! * x + coefficients[1]!;
      expect(Math.abs(line / ((1 + 2 * level) * x) - 1)).toBeLessThan(0.05);
    }
  });

  test('a higher quantile lies higher', () => {
    const rows = fan(2000);
    const lines = [0.5, 0.8, 0.9, 0.99].map((level) => lineAt(rows, fitted(rows, level), 0));
    expect([...lines].sort((a, b) => a - b)).toEqual(lines);
  });

  test.each([
    [0.5, 1.01],
    [0.9, 1.05],
    [0.975, 1.15],
  ])('loses at the %d line at most %d times what the true line does', (level, most) => {
    const rows = fan(4000);
    const truth = Float64Array.of(1 + 2 * level, 0);
    expect(loss(rows, fitted(rows, level), level) / loss(rows, truth, level)).toBeLessThan(most);
    expect(loss(rows, fitted(rows, level - 0.1), level) / loss(rows, truth, level)).toBeGreaterThan(1.01);
  });

  test('the result doesn’t depend on the unit', () => {
    const [small, large] = [fitted(fan(500, 1), 0.9), fitted(fan(500, 1e6), 0.9)];
    large.forEach((one, j) => {
      expect(one).toBeCloseTo(small[j]!, 6);
    });
  });

  test('a redundant or constant column does no harm', () => {
    const rows = fan(500);
    const wide = rowsOf(
      Array.from({ length: 500 }, (_, i) => {
        const x = rows.features[2 * i]!;
        return [x, 1, x, 0];
      }),
      [...rows.targets],
    );
    const [narrow, found] = [fitted(rows, 0.9), fitted(wide, 0.9)];
    for (let i = 0; i < 20; i++)
      expect(Math.abs(lineAt(wide, found, i) / lineAt(rows, narrow, i) - 1)).toBeLessThan(0.1);
  });

  test.each([
    ['no rows', rowsOf([], [])],
    ['one row', rowsOf([[1, 2]], [3])],
    ['zeros', rowsOf(Array(20).fill([0, 0]), Array(20).fill(0))],
    ['zero targets', rowsOf(Array(20).fill([1, 1]), Array(20).fill(0))],
    ['huge targets', rowsOf(Array(20).fill([1e12, 1]), Array(20).fill(1e15))],
    ['tiny targets', rowsOf(Array(20).fill([1e-9, 1]), Array(20).fill(1e-9))],
  ])('of %s is finite', (_, rows) => {
    const coefficients = fitted(rows, 0.9);
    expect(coefficients).toHaveLength(2);
    expect([...coefficients].every(Number.isFinite)).toBe(true);
  });
});
