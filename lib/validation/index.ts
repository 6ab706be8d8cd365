export { type Acknowledgement, acknowledge } from './acknowledge';
export { BreakwaterError, invalid } from './breakwater-error';
export { requireInteger, requireLiteral, requireName, shown } from './checks';
