import * as fc from 'fast-check';
import { identifyCaller } from '../../lambdas/runtime/http/caller';
import { classify } from '../../lambdas/runtime/http/classify';
import type { AccessDeclaration, IdentityDeclaration } from '../../lib/protocol';

const OIDC: IdentityDeclaration = {
  issuer: 'https://id.example.com',
  kind: 'oidc',
  audience: 'shop',
  servicePrefix: 'breakwater/',
};

/** What a route of this access makes of the bearer of these claims: a kind, or a status. */
async function meet(access: AccessDeclaration, claims: object, identity: Partial<IdentityDeclaration> = {}) {
  const verifier = { verify: async () => claims as Record<string, unknown> };
  return identifyCaller([access], 'token', { ...OIDC, ...identity }, verifier).then(
    (caller) => caller.kind,
    (error: { status?: number }) => error.status,
  );
}

/** Access tokens as these issuers make them for a program. */
const PROGRAMS: Record<string, Record<string, unknown>> = {
  'Entra v2, app-only': {
    azp: 'app-1',
    azpacr: '1',
    oid: 'object-1',
    sub: 'object-1',
    rh: '0.A',
    roles: ['Orders.Write'],
    tid: 't',
    uti: 'u',
    ver: '2.0',
  },
  'Entra v2, app-only, with idtyp': {
    azp: 'app-1',
    oid: 'object-1',
    sub: 'object-1',
    idtyp: 'app',
    tid: 't',
    ver: '2.0',
  },
  'Entra v1, app-only': { appid: 'app-1', appidacr: '1', oid: 'object-1', sub: 'object-1', tid: 't', ver: '1.0' },
  'Okta, client credentials': { ver: 1, jti: 'AT.1', cid: '0oa1', scp: ['orders'], sub: '0oa1' },
  'Auth0, machine to machine': { sub: 'abc@clients', azp: 'abc', gty: 'client-credentials', scope: 'read:orders' },
  'Auth0, without a grant type': { sub: 'abc@clients', azp: 'abc', scope: 'read:orders' },
  'a grant type of client credentials': { sub: 'abc', azp: 'def', gty: 'client-credentials' },
  'Keycloak, service account': {
    typ: 'Bearer',
    azp: 'till',
    sub: '9e0c-4',
    scope: 'email profile',
    clientHost: '10.0.0.1',
    clientAddress: '10.0.0.1',
    client_id: 'till',
    preferred_username: 'service-account-till',
    email_verified: false,
  },
  'RFC 9068, client credentials': { sub: 'till', client_id: 'till', scope: 'orders', jti: '1' },
};

/** Access tokens of people, and what has to be declared where the issuer's default has no mark of its own. */
const PEOPLE: Record<string, [Record<string, unknown>, Partial<IdentityDeclaration>]> = {
  'Entra v2': [
    { azp: 'app-2', oid: 'object-2', sub: 'pairwise', name: 'Anna', preferred_username: 'anna@x.org', scp: 'shop' },
    {},
  ],
  'Entra v2, delegated scope': [
    { azp: 'app-2', oid: 'object-2', sub: 'pairwise', scp: 'shop' },
    { personScope: 'shop' },
  ],
  'Entra, idtyp': [{ azp: 'app-2', oid: 'object-2', sub: 'pairwise', idtyp: 'user' }, {}],
  Okta: [{ cid: '0oa2', uid: '00u1', scp: ['openid'], auth_time: 1, sub: 'anna@x.org' }, { personClaim: 'uid' }],
  Auth0: [{ sub: 'auth0|1', azp: 'page', scope: 'openid profile' }, { personScope: 'openid' }],
  Keycloak: [{ azp: 'page', sub: '77-1', sid: 's', scope: 'email profile', preferred_username: 'anna' }, {}],
};

describe.each(Object.entries(PROGRAMS))('%s', (_, claims) => {
  test('isn’t a person, even with the claims of one', async () => {
    expect(await meet('person', claims)).toBe(403);
    // Entra's B2C gives a user's object id as subject, too: there a mark of a person decides.
    if (claims['oid'] !== undefined && claims['idtyp'] !== 'app') return;
    expect(await meet('person', { ...claims, email: 'till@x.org', name: 'Till' })).toBe(403);
    expect(await meet('person', { ...claims, scope: 'openid', scp: undefined }, { personScope: 'openid' })).toBe(403);
  });

  test('is a service if it has its scope', async () => {
    expect(await meet('service:till', claims)).toBe(403);
    expect(await meet('service:till', { ...claims, scope: 'breakwater/till' })).toBe('service');
  });
});

describe.each(Object.entries(PEOPLE))('%s: somebody who signed in', (_, [claims, declared]) => {
  test('is a person, and never a service with any scope', async () => {
    expect(await meet('person', claims, declared)).toBe('person');
    const scope = `${declared.personScope ?? ''} breakwater/till`;
    expect(await meet('service:till', { ...claims, scope }, declared)).toBe(403);
  });
});

test('a token without the claims of a person is neither person nor service', async () => {
  for (const claims of [{ sub: 'u-1' }, { sub: 'u-1', azp: 'page', scope: 'openid breakwater/till', auth_time: 1 }]) {
    expect(await meet('person', claims)).toBe(403);
    expect(await meet('service:till', claims)).toBe(403);
  }
});

test('declared claims replace the default ones, and a person needs all of them', async () => {
  const claims = { sub: 'u-1', azp: 'page', email: 'anna@x.org', scope: 'shop', uid: '1' };
  expect(await meet('person', claims, { personScope: 'other' })).toBe(403);
  expect(await meet('person', claims, { personClaim: 'other' })).toBe(403);
  expect(await meet('person', claims, { personClaim: 'uid', personScope: 'other' })).toBe(403);
  expect(await meet('person', claims, { personClaim: 'uid', personScope: 'shop' })).toBe('person');
  for (const uid of ['', null, false]) {
    expect(await meet('person', { ...claims, uid }, { personClaim: 'uid' })).toBe(403);
  }
});

test('for all claims, a person has a claim of persons and isn’t its own client', () => {
  const some = fc.option(fc.constantFrom('x', 'y', 'user', 'app', 'breakwater/till', 'service-account-x'), {
    nil: undefined,
  });
  const names = [
    'sub',
    'username',
    'email',
    'upn',
    'name',
    'preferred_username',
    'client_id',
    'azp',
    'cid',
    'oid',
    'idtyp',
    'scope',
  ];
  void fc.assert(
    fc.property(fc.record(Object.fromEntries(names.map((name) => [name, some]))), (claims) => {
      if (classify(claims, OIDC)?.kind !== 'person') return;
      expect(
        ['username', 'email', 'upn', 'name', 'preferred_username'].some((name) => claims[name] !== undefined) ||
          claims['idtyp'] === 'user',
      ).toBe(true);
      expect([claims['client_id'], claims['azp'], claims['cid']]).not.toContain(claims['sub']);
    }),
  );
});
