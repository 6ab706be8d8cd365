import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { globalAgent } from 'node:https';
import { connect } from 'node:net';
import type { IdentityDeclaration } from '../../lib/protocol';
import type { TestCaller } from './callers';

/**
 * Host name of the issuer's keys. Its top-level domain can't exist (RFC 2606). So if this class
 * doesn't redirect a request for the keys, the request fails.
 */
const KEYS_HOST = `${randomUUID()}.breakwater.invalid`;
const LIFETIME_SECONDS = 3600;
const CLIENT = 'test-client';

interface AgentInternals {
  createConnection(options: { readonly host?: string }, callback?: unknown): unknown;
}

/**
 * Issues tokens. `routes()` verifies these tokens like tokens of a real issuer. The verifier of
 * `routes()` fetches this issuer's keys, and checks the signature, the issuer's name, the time and
 * the use. The runtime has no test mode, because production code could turn it on by mistake.
 */
export class TestIssuer {
  /** Path of the keys on the server in memory. */
  static readonly KEYS_PATH = '/breakwater-keys';

  private readonly keyId = randomUUID();
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** JSON of the issuer's public keys. */
  get keySet(): string {
    const key = this.keys.publicKey.export({ format: 'jwk' });
    return JSON.stringify({ keys: [{ ...key, kid: this.keyId, alg: 'ES256', use: 'sig' }] });
  }

  /**
   * Returns the declaration of an identity, with the address of this issuer's keys instead of the
   * real keys.
   */
  declare(identity: IdentityDeclaration): IdentityDeclaration {
    return { ...identity, jwksUri: `https://${KEYS_HOST}${TestIssuer.KEYS_PATH}` };
  }

  /**
   * Makes a token of the caller with the content that the declared issuer would write.
   * @param lifetimeSeconds seconds until the token expires; with a negative number, it has already
   * expired
   */
  token(caller: TestCaller, identity: IdentityDeclaration, lifetimeSeconds = LIFETIME_SECONDS): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: identity.issuer,
      iat: Math.min(now, now + lifetimeSeconds) - 1,
      exp: now + lifetimeSeconds,
      jti: randomUUID(),
      ...(caller.kind === 'person' ? personClaims(caller, identity) : serviceClaims(caller, identity)),
    };
    const content = [{ alg: 'ES256', kid: this.keyId, typ: 'JWT' }, claims].map(encode).join('.');
    const signature = sign('sha256', Buffer.from(content), { key: this.keys.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${content}.${signature.toString('base64url')}`;
  }

  /**
   * Sends HTTPS requests for the keys to the server in memory. Other requests aren't changed.
   * @returns a function that ends the redirection
   */
  static redirectKeysTo(port: number): () => void {
    const agent = globalAgent as unknown as AgentInternals;
    const original = agent.createConnection;
    const replaced: AgentInternals['createConnection'] = function (this: unknown, options, callback) {
      if (options.host === KEYS_HOST) return connect(port, '127.0.0.1').unref();
      return original.call(this as AgentInternals, options, callback);
    };
    agent.createConnection = replaced;
    return () => {
      if (agent.createConnection === replaced) agent.createConnection = original;
    };
  }
}

function personClaims({ id, scopes, claims }: TestCaller, identity: IdentityDeclaration): object {
  if (identity.kind === 'cognito') {
    return { sub: id, username: id, token_use: 'access', client_id: CLIENT, scope: scopes.join(' '), ...claims };
  }
  const { audience, personClaim, personScope } = identity;
  const email = id.includes('@') ? id : `${id}@example.com`;
  return {
    sub: id,
    aud: audience,
    client_id: CLIENT,
    preferred_username: id,
    email,
    email_verified: true,
    ...(personClaim === undefined || personClaim === 'email' ? {} : { [personClaim]: id }),
    scope: [...scopes, ...(personScope === undefined ? [] : [personScope])].join(' '),
    ...claims,
  };
}

function serviceClaims({ id, name, scopes, claims }: TestCaller, identity: IdentityDeclaration): object {
  const scope = [`${identity.servicePrefix}${name}`, ...scopes].join(' ');
  const use = identity.kind === 'cognito' ? { token_use: 'access' } : { aud: identity.audience };
  return { sub: id, client_id: id, ...use, scope, ...claims };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
