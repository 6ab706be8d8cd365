import type { IdentityDeclaration } from '../../../lib/protocol';
import type { Claims, Person, Service } from './types';

/** Claims that issuers write into tokens of people. */
const USER_CLAIMS = ['preferred_username', 'username', 'email', 'upn', 'name'];
/** Claims with the client of a token, in OAuth, OpenID Connect and Okta. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid'];

/** A service with all names that its scopes allow. The route chooses one of them. */
export type ServiceClaim = Omit<Service, 'name'> & { readonly names: readonly string[] };

/**
 * Decides whether a token belongs to a person or to a service, never to both. If the token
 * identifies neither, the result is undefined, whatever scopes the token has.
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
 * In a user pool, the access token of a person always has the claim `username`. A token from the
 * client credentials flow never has it.
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

/**
 * Whether a token has the declared claim and scope of people. If none is declared, it must have one
 * of the claims that most issuers write for people.
 */
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
 * Whether a token comes from the client credentials flow. According to RFC 9068, the subject of
 * such a token is the client. In Entra the subject equals the claim `oid`. The other checks are for
 * claims of Auth0, Entra and Keycloak. If one check applies, the token is a program's, even if it
 * also has claims of people.
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

/** Reads the scopes. OAuth's `scope` is one string. Some issuers write `scp`, or a list. */
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
