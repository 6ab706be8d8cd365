export { type Acknowledgement, acknowledge } from './acknowledge';
export { BreakwaterError, invalid } from './breakwater-error';
export {
  requireBoolean,
  requireEnum,
  requireGrantee,
  requireInstance,
  requireInteger,
  requireKnownProps,
  requireList,
  requireLiteral,
  requireMember,
  requireName,
  requireOwnProps,
  requirePart,
  requireProps,
  requireTexts,
  shown,
} from './checks';
