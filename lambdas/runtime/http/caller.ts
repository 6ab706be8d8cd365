import type { AccessDeclaration, IdentityDeclaration } from '../../../lib/protocol';
import { classify } from './classify';
import { refusal } from './refuse';
import type { Anyone, Caller, Claims } from './types';
import { TokenError, type TokenVerifier } from './verifier';

const SERVICE = 'service:';
const ANYONE: Anyone = { kind: 'anyone' };

/**
 * Identifies the caller, and checks that the route allows this caller.
 * @throws HttpError 401 if a required token is missing or a token is invalid; 403 if the route
 * doesn't allow the caller
 */
export async function identifyCaller(
  access: readonly AccessDeclaration[],
  token: string | undefined,
  identity: IdentityDeclaration | undefined,
  verifier: TokenVerifier | undefined,
): Promise<Caller> {
  const open = access.includes('anyone');
  // A route whose only access is `anyone` ignores tokens.
  if (open && access.length === 1) return ANYONE;
  if (token === undefined || token === '') {
    if (open) return ANYONE;
    throw refusal('token_missing');
  }
  if (identity === undefined || verifier === undefined)
    throw new Error('a route that needs a token must have an identity declaration and a verifier, got none');

  const claims = await verified(verifier, token);
  const who = classify(claims, identity);
  if (who?.kind === 'person' && access.includes('person')) return who;
  if (who?.kind === 'service') {
    const name = who.names.find((candidate) => access.includes(`${SERVICE}${candidate}`));
    if (name !== undefined) return { kind: 'service', name, id: who.id, scopes: who.scopes };
  }
  if (open) return ANYONE;
  throw refusal('access_denied');
}

async function verified(verifier: TokenVerifier, token: string): Promise<Claims> {
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw refusal(error.code, error.message, { cause: error.cause });
  }
}
