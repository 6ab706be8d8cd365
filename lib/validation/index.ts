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
  requirePart,
  requireProps,
  requireTexts,
  shown,
} from './checks';
export { mustBe, type PropCheck, type PropChecks, requireOwnProps } from './prop-checks';
