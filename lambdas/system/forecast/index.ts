export { type Backtest, type BacktestOptions, backtest, defaultWarmUp, inputsOf, WARM_UP_DAYS } from './backtest';
export { type Calendar, type CalendarOptions, calendarOf } from './calendar';
export type { AnnouncedEvent } from './events';
export { type Decision, decide, type ForecastOptions, HISTORY_DAYS, type Situation, type State } from './forecaster';
export { judge, type Trial, type Verdict } from './gate';
export { DEFAULT_GOAL, DEFAULT_PRICE, type Goal } from './goal';
export {
  type Cleaned,
  type Cleaning,
  type Gaps,
  MINUTES_PER_DAY,
  type Minutes,
  type MinutesOptions,
  MS_PER_MINUTE,
  minutesOf,
  type Point,
} from './minutes';
export { fitModels, type Model, predict } from './model';
export {
  ACTING_TARGET,
  fixedAt,
  oracle,
  persistence,
  rollingMaximum,
  seasonal,
  type TrackingOptions,
  targetTracking,
} from './policies';
export { type Random, random } from './random';
export { readSeries } from './read-series';
export { fitRollingMaximum, fitTargetTracking, type Score, score } from './score';
