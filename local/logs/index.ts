export { LogStream, type LogStreamProps } from './log-stream';
