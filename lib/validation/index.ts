export { type Acknowledgement, acknowledge } from './acknowledge';
export { BreakwaterError, invalid } from './breakwater-error';
export {
  requireEnum,
  requireInstance,
  requireInteger,
  requireKnownProps,
  requireList,
  requireLiteral,
  requireName,
  requireProps,
  shown,
} from './checks';
