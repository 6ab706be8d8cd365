import { LAMBDA, PRICES } from '../../lib/limits';
import { CapacityError } from './capacity-error';

/** Duration of a request at one memory size. */
export interface MemoryPoint {
  readonly memoryMb: number;
  readonly durationMs: number;
  readonly initMs?: number;
}

/** One memory size with its duration and costs. */
export interface TunedPoint extends MemoryPoint {
  /** Cost of a million requests on demand, with the charge for requests. */
  readonly usdPerMillion: number;
  /** Instances that the same load needs, relative to the number at the present memory size. */
  readonly units: number;
  /**
   * Cost of warm capacity for the same load (instances x memory), relative to the cost at the
   * present memory size.
   */
  readonly provisioned: number;
}

export interface Tuning {
  /** Whether the points were measured or come from the model in the options. */
  readonly source: 'measured' | 'modelled';
  readonly points: readonly TunedPoint[];
  /**
   * The point at the load's present memory size, interpolated between two measured sizes.
   */
  readonly present: TunedPoint;
  readonly cheapest: TunedPoint;
  readonly fastest: TunedPoint;
  /**
   * The point with the lowest sum of relative cost (to the cheapest) and relative duration (to the
   * fastest).
   */
  readonly balanced: TunedPoint;
  /** The point with the lowest cost of provisioned capacity. */
  readonly leanest: TunedPoint;
}

/**
 * Memory sizes in MB for which the model is computed: common sizes, and the size above which
 * single-threaded work isn't faster.
 */
const MODELLED_MB = [128, 256, 384, 512, 768, 1024, 1280, 1536, LAMBDA.ONE_VCPU_MEMORY_MB, 2048, 3008, 4096];

/**
 * Factor on the shortest duration up to which a size counts as equally fast. A smaller difference
 * isn't worth more memory.
 */
const AS_FAST = 1.01;

/**
 * Duration of single-threaded work: its waiting time, plus its CPU time at the share of one vCPU
 * that its memory size gives.
 */
export function modelledDuration(work: { readonly cpuMs: number; readonly waitMs: number }, memoryMb: number): number {
  const { ONE_VCPU_MEMORY_MB } = LAMBDA;
  return work.waitMs + (work.cpuMs * ONE_VCPU_MEMORY_MB) / Math.min(memoryMb, ONE_VCPU_MEMORY_MB);
}

export function modelledPoints(work: { readonly cpuMs: number; readonly waitMs: number }): MemoryPoint[] {
  return MODELLED_MB.map((memoryMb) => ({ memoryMb, durationMs: modelledDuration(work, memoryMb) }));
}

const COLUMNS: Readonly<Record<string, keyof MemoryPoint>> = {
  memorymb: 'memoryMb',
  memory: 'memoryMb',
  power: 'memoryMb',
  durationms: 'durationMs',
  duration: 'durationMs',
  initms: 'initMs',
  init: 'initMs',
};

/**
 * Reads `memoryMb,durationMs[,initMs]`; several rows of one memory size become their median.
 * @throws CapacityError that names the line
 */
export function readTuning(csv: string, file: string): MemoryPoint[] {
  const lines = csv.replace(/^\uFEFF/, '').split(/\r?\n/);
  let columns: (keyof MemoryPoint | undefined)[] = ['memoryMb', 'durationMs', 'initMs'];
  const found = new Map<number, { durations: number[]; inits: number[] }>();
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const isHeader = found.size === 0 && cells.every((cell) => Number.isNaN(Number(cell)));
    if (isHeader) {
      columns = cells.map((cell) => COLUMNS[cell.toLowerCase().replace(/[^a-z]/g, '')]);
      if (!columns.includes('memoryMb') || !columns.includes('durationMs'))
        throw new CapacityError(`${file}: its header must name memoryMb and durationMs, got ${line.trim()}`);
      return;
    }
    const number = (column: keyof MemoryPoint) => {
      const cell = cells[columns.indexOf(column)];
      return cell === undefined || cell === '' ? undefined : Number(cell);
    };
    const memoryMb = number('memoryMb');
    const durationMs = number('durationMs');
    const initMs = number('initMs');
    const fits = [memoryMb, durationMs, initMs ?? 1].every((value) => value !== undefined && value > 0);
    if (!fits || memoryMb! > LAMBDA.MAX_MEMORY_MB || !Number.isFinite(durationMs))
      throw new CapacityError(
        `${file}, line ${index + 1}: memoryMb,durationMs must be numbers above 0, got ${line.trim()}`,
      );
    const at = found.get(memoryMb!) ?? { durations: [], inits: [] };
    at.durations.push(durationMs!);
    if (initMs !== undefined) at.inits.push(initMs);
    found.set(memoryMb!, at);
  });
  if (found.size < 2)
    throw new CapacityError(`${file}: at least two sizes of memory are needed to compare, got ${found.size}`);
  return [...found]
    .sort(([a], [b]) => a - b)
    .map(([memoryMb, { durations, inits }]) => ({
      memoryMb,
      durationMs: median(durations),
      ...(inits.length === 0 ? {} : { initMs: median(inits) }),
    }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Interpolates linearly over the logarithm of memory. Beyond the first or last point, the value of
 * that point applies.
 */
export function durationAt(points: readonly MemoryPoint[], memoryMb: number): number {
  const above = points.findIndex((point) => point.memoryMb >= memoryMb);
  if (above === 0) return points[0]!.durationMs;
  if (above < 0) return points.at(-1)!.durationMs;
  const [low, high] = [points[above - 1]!, points[above]!];
  const share = Math.log(memoryMb / low.memoryMb) / Math.log(high.memoryMb / low.memoryMb);
  return low.durationMs + share * (high.durationMs - low.durationMs);
}

const MILLION = 1_000_000;
const MB_PER_GB = 1024;

/** Compares memory sizes with the present one. @param points sorted by memory */
export function tune(
  points: readonly MemoryPoint[],
  presentMb: number,
  source: Tuning['source'],
  presentMs = durationAt(points, presentMb),
): Tuning {
  const weigh = (point: MemoryPoint): TunedPoint => {
    const gbSeconds = (point.durationMs / 1000) * (point.memoryMb / MB_PER_GB);
    return {
      ...point,
      usdPerMillion: gbSeconds * MILLION * PRICES.ON_DEMAND_DURATION_GB_SECOND.usd + PRICES.LAMBDA_REQUEST_MILLION.usd,
      units: point.durationMs / presentMs,
      provisioned: (point.durationMs * point.memoryMb) / (presentMs * presentMb),
    };
  };
  const weighed = points.map(weigh);
  const minBy = (value: (point: TunedPoint) => number) =>
    weighed.reduce((best, point) => (value(point) < value(best) ? point : best));
  const cheapest = minBy(({ usdPerMillion }) => usdPerMillion);
  const shortest = minBy(({ durationMs }) => durationMs);
  return {
    source,
    points: weighed,
    present: weigh({ memoryMb: presentMb, durationMs: presentMs }),
    cheapest,
    fastest: weighed.find(({ durationMs }) => durationMs <= shortest.durationMs * AS_FAST)!,
    balanced: minBy(
      ({ usdPerMillion, durationMs }) => usdPerMillion / cheapest.usdPerMillion + durationMs / shortest.durationMs,
    ),
    leanest: minBy(({ provisioned }) => provisioned),
  };
}
