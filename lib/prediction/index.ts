export type { AnnouncedEvent } from './announced-event';
export { ColdStartGoal } from './cold-start-goal';
export { Forecaster, type ForecasterProps } from './forecaster';
export { PredictiveScaling } from './predictive-scaling';
export type { PredictiveScalingProps } from './predictive-scaling-props';
