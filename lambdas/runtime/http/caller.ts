import { type AccessDeclaration, type IdentityDeclaration, TOKEN_HEADER } from '../../../lib/protocol';
import { HttpError } from './http-error';
import type { Anyone, Caller, Claims, Person, Service } from './types';
import { TokenError, type TokenVerifier } from './verifier';

const SERVICE = 'service:';
const ANYONE: Anyone = { kind: 'anyone' };

/**
 * Finds out who calls and whether the route lets them in.
 * @throws HttpError 401 if the token is needed and absent, or not good; 403 if its bearer isn't among those let in
 */
export async function identifyCaller(
  access: readonly AccessDeclaration[],
  headers: Readonly<Record<string, string | undefined>>,
  identity: IdentityDeclaration | undefined,
  verifier: TokenVerifier | undefined,
): Promise<Caller> {
  const open = access.includes('anyone');
  // A route that is open to all and to nobody in particular never looks at a token.
  if (open && access.length === 1) return ANYONE;
  const token = headers[TOKEN_HEADER];
  if (token === undefined || token === '') {
    if (open) return ANYONE;
    throw new HttpError(401, 'token_missing', 'sign in first: this route needs a bearer token');
  }
  if (identity === undefined || verifier === undefined)
    throw new Error('a route asks for callers but there is no identity');

  const claims = await verified(verifier, token);
  const who = classify(claims, identity);
  if (who?.kind === 'person' && access.includes('person')) return who;
  if (who?.kind === 'service') {
    const name = who.names.find((candidate) => access.includes(`${SERVICE}${candidate}`));
    if (name !== undefined) return { kind: 'service', name, id: who.id, scopes: who.scopes };
  }
  if (open) return ANYONE;
  throw new HttpError(403, 'access_denied', 'this route is not for this caller');
}

async function verified(verifier: TokenVerifier, token: string): Promise<Claims> {
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    throw new HttpError(error.code === 'identity_unavailable' ? 503 : 401, error.code, error.message);
  }
}

/** A service before the route has picked one of its names. */
type ServiceClaim = Omit<Service, 'name'> & { readonly names: readonly string[] };

/**
 * Person, service, or neither. The two exclude each other: whoever has the marks of a person is none, whatever scopes the
 * token has, and a token of a program without a service's scope is nobody.
 */
export function classify(claims: Claims, identity: IdentityDeclaration): Person | ServiceClaim | undefined {
  const scopes = scopesOf(claims);
  const subject = claims['sub'];
  if (typeof subject !== 'string' || subject === '') return undefined;
  if (isPerson(claims, subject, identity)) return { kind: 'person', id: subject, scopes, claims };

  const names = scopes
    .filter((scope) => scope.startsWith(identity.servicePrefix) && scope.length > identity.servicePrefix.length)
    .map((scope) => scope.slice(identity.servicePrefix.length));
  if (names.length === 0) return undefined;
  return { kind: 'service', id: text(claims['client_id']) ?? text(claims['azp']) ?? subject, scopes, names };
}

function isPerson(claims: Claims, subject: string, identity: IdentityDeclaration): boolean {
  // A user pool puts `username` into each access token of a person, and into no token of client credentials.
  if (identity.kind === 'cognito') return text(claims['username']) !== undefined;
  return (
    !isProgram(claims, subject) &&
    (hasSignedIn(claims) || !scopesOf(claims).some((s) => s.startsWith(identity.servicePrefix)))
  );
}

/** Marks of client credentials: RFC 9068 makes client and subject one; the others are what large issuers write. */
function isProgram(claims: Claims, subject: string): boolean {
  return (
    subject === claims['client_id'] ||
    subject === claims['azp'] ||
    subject.endsWith('@clients') ||
    claims['gty'] === 'client-credentials' ||
    claims['idtyp'] === 'app' ||
    (text(claims['preferred_username'])?.startsWith('service-account-') ?? false)
  );
}

/** Marks of somebody who was there to sign in. */
function hasSignedIn(claims: Claims): boolean {
  return ['username', 'preferred_username', 'auth_time', 'sid', 'amr'].some((name) => claims[name] !== undefined);
}

/** OAuth's `scope` is one string; some issuers write `scp`, and some a list. */
function scopesOf(claims: Claims): string[] {
  const scope = claims['scope'] ?? claims['scp'];
  if (typeof scope === 'string') return scope.split(' ').filter((s) => s !== '');
  return Array.isArray(scope) ? scope.filter((s): s is string => typeof s === 'string') : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
