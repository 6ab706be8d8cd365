export { embeddedMetrics } from './embedded-metrics';
export { FunctionLog } from './function-log';
export { FunctionDimensions } from './functions';
export { putMetrics } from './put-metrics';
export { queueMetrics } from './queue-metrics';
export { edgeMetrics, MeasuredOrigins, type TakePoints } from './request-metrics';
