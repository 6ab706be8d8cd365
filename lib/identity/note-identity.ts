import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { noteReference } from '../stacks';
import type { IIdentity } from './i-identity';

/**
 * Notes that a construct refers to the issuer of an identity.
 * @throws BreakwaterError if their stacks would need each other, or are of two environments
 */
export function noteIdentity(user: Construct, identity: IIdentity): void {
  if (isDeployed(identity)) noteReference(user, 'identity', user, identity);
}

/**
 * The scope of a client for a page: that of the page if the identity is in another stack, because
 * the client names the page's address. Undefined means the identity's own.
 */
export function scopeOfClient(page: Construct, identity: IIdentity): Construct | undefined {
  return isDeployed(identity) && Stack.of(identity) !== Stack.of(page) ? page : undefined;
}

/** Whether a deployment makes the issuer. An external one is a text, which needs no stack. */
function isDeployed(identity: IIdentity): identity is IIdentity & Construct {
  return Token.isUnresolved(identity.issuer) && Construct.isConstruct(identity);
}
