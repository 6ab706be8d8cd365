export { FunctionLog } from './function-log';
export { FunctionDimensions } from './functions';
export { putMetrics } from './put-metrics';
export { MESSAGES_PATH, queueMetrics, type ShownMessages } from './queue-metrics';
export { edgeMetrics, MeasuredOrigins, type TakePoints } from './request-metrics';
