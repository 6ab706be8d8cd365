import { SLACK_MINUTES } from '../../forecast/backtest';
import { type Cleaned, MINUTES_PER_DAY, type Minutes, minutesOf, type Point } from '../../forecast/minutes';
import { CapacityError } from './capacity-error';
import { concurrencyLoad, type Load, requestLoad } from './load';
import type { Options } from './options';
import { daysOf, levelsAsCounts } from './read-export';

/** Minimum number of days for a fit and a comparison. */
export const MIN_DAYS = 4;

/**
 * Maximum step in minutes. The value of a longer step would be distributed over its minutes mostly
 * at random.
 */
const MAX_STEP = 60;

/**
 * Converts points to whole minutes of needed instances. Minutes without a point are unknown unless
 * `gaps` says that they are idle.
 * @throws CapacityError if the points span too few days, or their step is too long
 */
export function demandOf(
  points: readonly Point[],
  options: Pick<Options, 'file' | 'unit' | 'gaps'>,
  load: Load,
): Cleaned {
  checkDays(daysOf(points), options.file);
  let found: Cleaned;
  try {
    const kind = options.unit === 'concurrency' ? 'levels' : 'counts';
    const gaps = options.gaps ?? 'unknown';
    found = minutesOf(points, { kind, gaps });
    if (found.step > 1 && kind === 'levels')
      found = minutesOf(levelsAsCounts(points, found.step), { step: found.step, kind, gaps });
  } catch (error) {
    throw new CapacityError(`${options.file}: ${(error as Error).message}`);
  }
  checkStep(found.step, options.file);
  checkTogether(found.minutes, options.file);
  if (!found.minutes.values.some((value) => value > 0))
    throw new CapacityError(`${options.file} has no value above 0: without demand nothing needs to be provisioned`);
  const values = found.minutes.values.map((value) => load.demandOf(value));
  return { ...found, minutes: { start: found.minutes.start, values } };
}

/** @throws CapacityError if the series has too few days */
export function checkDays(days: number, file: string): void {
  if (days >= MIN_DAYS - SLACK_MINUTES / MINUTES_PER_DAY) return;
  throw new CapacityError(
    `${file} spans ${days.toFixed(1)} days: the forecast needs at least ${MIN_DAYS} days to learn and to be judged. ` +
      'Better are 35 days: 14 to learn, and 21 to judge',
  );
}

/** @throws CapacityError if the step is too long to show how demand changes in a day */
export function checkStep(step: number, file: string): void {
  if (step <= MAX_STEP) return;
  throw new CapacityError(
    `${file} has one value for each ${step} minutes: a step must be at most ${MAX_STEP} minutes, to show how demand changes in a day; export steps of 1 or 5 minutes`,
  );
}

/** @throws CapacityError if too few days remain after points with a wrong timestamp are dropped */
export function checkTogether({ values }: Minutes, file: string): void {
  if (values.length >= MIN_DAYS * MINUTES_PER_DAY - SLACK_MINUTES) return;
  throw new CapacityError(`${file} must have at least ${MIN_DAYS} days without a break, got fewer`);
}

export function loadOf(options: Pick<Options, 'unit' | 'requestsPerUnit' | 'burst'>): Load {
  return options.unit === 'requests' ? requestLoad(options.requestsPerUnit!, options.burst) : concurrencyLoad();
}
