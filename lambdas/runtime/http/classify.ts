import type { IdentityDeclaration } from '../../../lib/protocol';
import type { Claims, Person, Service } from './types';

/** Claims that issuers write about people. */
const USER_CLAIMS = ['preferred_username', 'username', 'email', 'upn', 'name'];
/**
 * Claims by which issuers name the client that a token was made for: OAuth, OpenID Connect, Okta.
 */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid'];

/** A service before the route has chosen one of its names. */
export type ServiceClaim = Omit<Service, 'name'> & { readonly names: readonly string[] };

/**
 * Person, service, or neither, never both. A token that identifies neither a human being nor a
 * program
 * belongs to nobody, whatever its scopes.
 */
export function classify(claims: Claims, identity: IdentityDeclaration): Person | ServiceClaim | undefined {
  const scopes = scopesOf(claims);
  const id = text(claims['sub']);
  if (id === undefined) return undefined;
  const kind = identity.kind === 'cognito' ? poolKind(claims) : foreignKind(claims, id, scopes, identity);
  if (kind === 'person') return { kind, id, scopes, claims };
  if (kind === undefined) return undefined;

  const { servicePrefix } = identity;
  const names = scopes
    .filter((scope) => scope.startsWith(servicePrefix) && scope.length > servicePrefix.length)
    .map((scope) => scope.slice(servicePrefix.length));
  if (names.length === 0) return undefined;
  return { kind, id: text(claims['client_id']) ?? text(claims['azp']) ?? id, scopes, names };
}

type Kind = 'person' | 'service';

/**
 * A user pool puts `username` into each access token of a person, and into no token of client
 * credentials.
 */
function poolKind(claims: Claims): Kind {
  return text(claims['username']) === undefined ? 'service' : 'person';
}

function foreignKind(
  claims: Claims,
  subject: string,
  scopes: readonly string[],
  identity: IdentityDeclaration,
): Kind | undefined {
  const isUser = hasUserMark(claims, scopes, identity);
  if (isProgram(claims, subject, isUser)) return 'service';
  return isUser ? 'person' : undefined;
}

/** All declared marks; without a declaration, one of the claims that most issuers write. */
function hasUserMark(
  claims: Claims,
  scopes: readonly string[],
  { personClaim, personScope }: IdentityDeclaration,
): boolean {
  if (personClaim === undefined && personScope === undefined) {
    return claims['idtyp'] === 'user' || USER_CLAIMS.some((name) => text(claims[name]) !== undefined);
  }
  return (
    (personClaim === undefined || isGiven(claims[personClaim])) &&
    (personScope === undefined || scopes.includes(personScope))
  );
}

/**
 * Marks of client credentials. By RFC 9068 the subject is the client. In Entra the subject is the
 * object
 * (`oid`). Auth0, Entra and Keycloak write the others. No mark of a person outweighs them.
 */
function isProgram(claims: Claims, subject: string, isUser: boolean): boolean {
  return (
    CLIENT_CLAIMS.some((name) => claims[name] === subject) ||
    (claims['oid'] === subject && !isUser) ||
    claims['gty'] === 'client-credentials' ||
    subject.endsWith('@clients') ||
    claims['idtyp'] === 'app' ||
    (text(claims['preferred_username'])?.startsWith('service-account-') ?? false)
  );
}

/** OAuth's `scope` is one string. Some issuers write `scp`, or a list. */
function scopesOf(claims: Claims): string[] {
  const scope = claims['scope'] ?? claims['scp'];
  if (typeof scope === 'string') return scope.split(' ').filter((s) => s !== '');
  return Array.isArray(scope) ? scope.filter((s): s is string => typeof s === 'string') : [];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
