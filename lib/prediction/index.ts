export type { AnnouncedEvent } from './announced-event';
export { ColdStartGoal } from './cold-start-goal';
export { FloorController, type FloorControllerProps } from './floor-controller';
export { PredictiveScaling } from './predictive-scaling';
export type { PredictiveScalingProps } from './predictive-scaling-props';
