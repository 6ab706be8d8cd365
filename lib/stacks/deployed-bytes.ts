import { Token } from 'aws-cdk-lib';

/** Assumed bytes of a reference after deployment: those of a long ARN. */
const REFERENCE_BYTES = 110;

/** Estimated bytes of a resolved value as JSON. CloudFormation then has replaced its references. */
export function deployedBytes(resolved: unknown): number {
  return JSON.stringify(resolved, (_name, value) => (isReference(value) ? 'x'.repeat(REFERENCE_BYTES) : value)).length;
}

function isReference(value: unknown): boolean {
  if (typeof value === 'string') return Token.isUnresolved(value);
  if (typeof value !== 'object' || value === null) return false;
  const [name, ...more] = Object.keys(value);
  return name !== undefined && more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
}
