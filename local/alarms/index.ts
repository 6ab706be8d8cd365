export { type AlarmDefinition, readAlarm } from './definition';
export { type AlarmState, evaluateAlarm } from './evaluate';
export { type IMetricPoints, type MetricId, type MetricPoint, PointStore } from './points';
export { UnsupportedAlarm } from './unsupported';
export { type AlarmChange, AlarmWatch } from './watch';
