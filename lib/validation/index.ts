export { type Acknowledgement, acknowledge } from './acknowledge';
export { BreakwaterError, invalid } from './breakwater-error';
export {
  requireEnum,
  requireGrantee,
  requireInstance,
  requireInteger,
  requireKnownProps,
  requireList,
  requireLiteral,
  requireName,
  requireProps,
  shown,
} from './checks';
