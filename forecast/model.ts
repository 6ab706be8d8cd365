import { FEATURES_VERSION, featureCount, type Inputs, writeFeatures } from './features';
import { MINUTES_PER_DAY } from './minutes';
import { quantileRegression, type Rows } from './quantile-regression';

/**
 * A linear model of one quantile of demand. It is plain data, so that it can be stored between
 * runs.
 */
export interface Model {
  /** Time of the fit, whole minutes since 1970. The model was fitted on older data only. */
  readonly fittedAt: number;
  /** Minutes between the newest measured minute and the planned minute, both excluded. */
  readonly lead: number;
  readonly level: number;
  /** Version of the features. */
  readonly features: number;
  readonly coefficients: readonly number[];
}

/**
 * Days of history for a fit. Two weeks contain each weekday twice. On no trace did more days give a
 * better result.
 */
export const TRAINING_DAYS = 14;

/** The fit uses every third minute, because neighbouring minutes are nearly equal. */
const EVERY = 3;

/**
 * Minutes at the start of a history that the fit ignores, because there is no full hour before
 * them.
 */
const FIRST = 60;

/**
 * Minimum number of measured minutes among the 15 before a row. Rows with fewer measured minutes
 * are ignored.
 */
const MEASURED_OF_15 = 8;

/**
 * Fits quantiles on the last 14 days before a minute. The features of a row contain only data that
 * were known when the floor of the row's minute was decided.
 */
export function fitModels(inputs: Inputs, at: number, lead: number, levels: readonly number[], every = EVERY): Model[] {
  const rows = trainingRows(inputs, at, lead, every);
  const coefficients = quantileRegression(rows, levels);
  return levels.map((level, i) => ({
    fittedAt: at,
    lead,
    level,
    features: FEATURES_VERSION,
    coefficients: Array.from(coefficients[i]!),
  }));
}

function trainingRows(inputs: Inputs, at: number, lead: number, every: number): Rows {
  const { demand } = inputs;
  const width = featureCount(inputs);
  const until = Math.min(demand.length, at - demand.start - lead);
  const from = Math.max(lead + FIRST, until - TRAINING_DAYS * MINUTES_PER_DAY);
  const maxRows = Math.max(0, Math.ceil((until - from) / every));
  const features = new Float64Array(maxRows * width);
  const targets = new Float64Array(maxRows);
  let count = 0;
  for (let index = from; index < until; index += every) {
    if (demand.known[index] === 0 || measured(demand.known, index - lead - 1) < MEASURED_OF_15) continue;
    writeFeatures(inputs, index, lead, features, count * width);
    targets[count++] = demand.values[index]!;
  }
  return { width, count, features: features.subarray(0, count * width), targets: targets.subarray(0, count) };
}

/** Number of measured minutes among the last 15 up to an index. */
export function measured(known: Uint8Array, last: number): number {
  let count = 0;
  for (let i = Math.max(0, last - 14); i <= last; i++) count += known[i]!;
  return count;
}

/** Forecast of a model for the minute at an index, at least 0. */
export function predict(inputs: Inputs, model: Model, index: number): number {
  const row = new Float64Array(model.coefficients.length);
  writeFeatures(inputs, index, model.lead, row, 0);
  return applied(model, row);
}

/** Forecast of a model for given features, at least 0. */
export function applied(model: Model, row: Float64Array): number {
  let value = 0;
  for (let j = 0; j < row.length; j++) value += model.coefficients[j]! * row[j]!;
  return Math.max(0, value);
}
