import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { noteReference } from '../stacks';
import type { IIdentity } from './i-identity';

/**
 * Records that a construct refers to the issuer of an identity, so that the stacks' dependencies
 * are checked.
 * @throws BreakwaterError if the two stacks would depend on each other, or are in different
 * environments
 */
export function noteIdentity(user: Construct, identity: IIdentity): void {
  if (isDeployed(identity)) noteReference(user, 'identity', user, identity);
}

/**
 * Returns the scope for a page's client. If the identity is in another stack, it is the page's
 * scope, because the client contains the page's address. Otherwise it is undefined, so the
 * identity's own scope is used.
 */
export function scopeOfClient(page: Construct, identity: IIdentity): Construct | undefined {
  return isDeployed(identity) && Stack.of(identity) !== Stack.of(page) ? page : undefined;
}

/**
 * Whether a deployment creates the issuer. An external issuer is a literal text, so a reference to
 * it needs no stack.
 */
function isDeployed(identity: IIdentity): identity is IIdentity & Construct {
  return Token.isUnresolved(identity.issuer) && Construct.isConstruct(identity);
}
