export { Breakwater, type BreakwaterProps } from './breakwater';
