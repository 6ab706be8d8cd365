/** Rows of numbers in one array. */
export interface Rows {
  readonly width: number;
  readonly count: number;
  /** All rows, one after the other. */
  readonly features: Float64Array;
  readonly targets: Float64Array;
}

const ROUNDS = 8;
const RIDGE = 1e-3;
/**
 * Distance from the line below which a row's weight no longer grows, as a share of the mean target.
 * In the first round it is `SOFT_START`. Each round multiplies it by `SOFT_SHRINK`, down to
 * `SOFT_END`.
 */
const SOFT_START = 0.09;
const SOFT_SHRINK = 0.6;
const SOFT_END = 0.003;

/**
 * Number of rows that are summed at a time, so that their columns stay in the processor's cache.
 */
const ROWS_AT_A_TIME = 256;

/**
 * Linear quantile regression. For each level, it finds the line that has a share `level` of all
 * targets below it. This line minimises a weighted sum of the targets' distances from it. The
 * weight is `level` for targets above the line, and 1 - `level` for targets below it. The method is
 * iteratively reweighted least squares. For ten thousand rows, this is about a hundred times faster
 * than a linear program, and the result differs by less than one per cent.
 */
export function quantileRegression(rows: Rows, levels: readonly number[]): Float64Array[] {
  const { width, count, targets } = rows;
  const scale = columnScale(rows);
  const columns = scaledColumns(rows, scale);
  let meanTarget = 0;
  for (let i = 0; i < count; i++) meanTarget += targets[i]!;
  meanTarget = meanTarget / Math.max(1, count) || 1;
  const weights = new Float64Array(count).fill(1);
  // The solution of ordinary least squares. The rounds of every level begin with it.
  const start = weightedLine(columns, targets, weights);
  const lines = new Float64Array(count);
  return levels.map((level) => {
    let solution = start;
    for (let round = 0; round < ROUNDS; round++) {
      const soft = Math.max(SOFT_START * SOFT_SHRINK ** round, SOFT_END) * meanTarget;
      lines.fill(0);
      for (let j = 0; j < columns.length; j++) addScaled(lines, columns[j]!, solution[j]!);
      for (let i = 0; i < count; i++) {
        const above = targets[i]! - lines[i]!;
        // The distances are divided by the mean target, so that the result doesn't depend on the
        // unit.
        weights[i] = ((above > 0 ? level : 1 - level) * meanTarget) / Math.max(Math.abs(above), soft);
      }
      solution = weightedLine(columns, targets, weights);
    }
    return solution.slice(0, width).map((coefficient, j) => coefficient / scale[j]!);
  });
}

/** Weighted least squares with a ridge penalty. */
function weightedLine(columns: readonly Float64Array[], targets: Float64Array, weights: Float64Array): Float64Array {
  const width = columns.length;
  const matrix = new Float64Array(width * width);
  const vector = new Float64Array(width);
  accumulate(columns, targets, weights, matrix, vector);
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  for (let j = 0; j < width; j++) matrix[j * width + j]! += RIDGE * total;
  return solve(matrix, vector, width);
}

/**
 * The scaled features, column by column. If the number of columns is odd, a column of zeros is
 * added, because sums are computed for two columns at a time.
 */
function scaledColumns({ width, count, features }: Rows, scale: Float64Array): Float64Array[] {
  const columns = Array.from({ length: width + (width % 2) }, () => new Float64Array(count));
  for (let j = 0; j < width; j++) {
    const column = columns[j]!;
    for (let i = 0; i < count; i++) column[i] = features[i * width + j]! / scale[j]!;
  }
  return columns;
}

function addScaled(sums: Float64Array, column: Float64Array, factor: number): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += factor * column[i]!;
}

/**
 * Computes the lower half of the matrix of weighted products of all columns, and the products of
 * columns with targets. This takes most of the time of a fit. Each pass keeps four sums in local
 * variables, because reading and writing the matrix for each row would take longer.
 */
function accumulate(
  columns: readonly Float64Array[],
  targets: Float64Array,
  weights: Float64Array,
  matrix: Float64Array,
  vector: Float64Array,
): void {
  const width = columns.length;
  const weighted = [new Float64Array(ROWS_AT_A_TIME), new Float64Array(ROWS_AT_A_TIME)] as const;
  for (let from = 0; from < targets.length; from += ROWS_AT_A_TIME) {
    const to = Math.min(targets.length, from + ROWS_AT_A_TIME);
    const part = columns.map((column) => column.subarray(from, to));
    const partTargets = targets.subarray(from, to);
    for (let j = 0; j < width; j += 2) {
      for (let side = 0; side < 2; side++) {
        const column = part[j + side]!;
        const products = weighted[side]!;
        for (let i = 0; i < column.length; i++) products[i] = weights[from + i]! * column[i]!;
        vector[j + side] = addedProducts(vector[j + side]!, products, partTargets);
      }
      for (let l = 0; l <= j; l += 2) {
        addProducts(weighted[0], weighted[1], part[l]!, part[l + 1]!, matrix, j * width + l, width);
      }
    }
  }
}

/** Adds the sum of products of two columns to a start value, four rows at a time. */
function addedProducts(start: number, a: Float64Array, b: Float64Array): number {
  let sum = start;
  let i = 0;
  for (; i + 4 <= b.length; i += 4) {
    sum += a[i]! * b[i]! + a[i + 1]! * b[i + 1]! + a[i + 2]! * b[i + 2]! + a[i + 3]! * b[i + 3]!;
  }
  for (; i < b.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Adds the products of columns `a` and `b` with columns `c` and `d` to four neighbouring elements
 * of the matrix.
 */
function addProducts(
  a: Float64Array,
  b: Float64Array,
  c: Float64Array,
  d: Float64Array,
  matrix: Float64Array,
  at: number,
  width: number,
): void {
  let ac = matrix[at]!;
  let ad = matrix[at + 1]!;
  let bc = matrix[at + width]!;
  let bd = matrix[at + width + 1]!;
  let i = 0;
  for (; i + 4 <= c.length; i += 4) {
    const a0 = a[i]!;
    const a1 = a[i + 1]!;
    const a2 = a[i + 2]!;
    const a3 = a[i + 3]!;
    const b0 = b[i]!;
    const b1 = b[i + 1]!;
    const b2 = b[i + 2]!;
    const b3 = b[i + 3]!;
    const c0 = c[i]!;
    const c1 = c[i + 1]!;
    const c2 = c[i + 2]!;
    const c3 = c[i + 3]!;
    const d0 = d[i]!;
    const d1 = d[i + 1]!;
    const d2 = d[i + 2]!;
    const d3 = d[i + 3]!;
    ac += a0 * c0 + a1 * c1 + a2 * c2 + a3 * c3;
    ad += a0 * d0 + a1 * d1 + a2 * d2 + a3 * d3;
    bc += b0 * c0 + b1 * c1 + b2 * c2 + b3 * c3;
    bd += b0 * d0 + b1 * d1 + b2 * d2 + b3 * d3;
  }
  for (; i < c.length; i++) {
    ac += a[i]! * c[i]!;
    ad += a[i]! * d[i]!;
    bc += b[i]! * c[i]!;
    bd += b[i]! * d[i]!;
  }
  matrix[at] = ac;
  matrix[at + 1] = ad;
  matrix[at + width] = bc;
  matrix[at + width + 1] = bd;
}

/**
 * Root mean square of each column. It scales the ridge penalty, so that the penalty doesn't depend
 * on a column's unit.
 */
function columnScale({ width, count, features }: Rows): Float64Array {
  const scale = new Float64Array(width);
  for (let i = 0, at = 0; i < count; i++) for (let j = 0; j < width; j++, at++) scale[j]! += features[at]! ** 2;
  for (let j = 0; j < width; j++) scale[j] = Math.sqrt(scale[j]! / Math.max(1, count)) || 1;
  return scale;
}

/**
 * Solves a symmetric positive definite system of equations by Cholesky decomposition. `matrix`
 * contains the lower half of the system's matrix, and is overwritten.
 */
function solve(matrix: Float64Array, vector: Float64Array, width: number): Float64Array {
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * width + j]!;
      for (let l = 0; l < j; l++) sum -= matrix[i * width + l]! * matrix[j * width + l]!;
      matrix[i * width + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / matrix[j * width + j]!;
    }
  }
  const solution = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    let sum = vector[i]!;
    for (let l = 0; l < i; l++) sum -= matrix[i * width + l]! * solution[l]!;
    solution[i] = sum / matrix[i * width + i]!;
  }
  for (let i = width - 1; i >= 0; i--) {
    let sum = solution[i]!;
    for (let l = i + 1; l < width; l++) sum -= matrix[l * width + i]! * solution[l]!;
    solution[i] = sum / matrix[i * width + i]!;
  }
  return solution;
}
