import { spawnSync } from 'node:child_process';
import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BODY_HASH_HEADER, TOKEN_HEADER } from '../../lib/protocol';

const HANDLERS = resolve(__dirname, '..', '..', 'examples', 'python', 'handlers');
/** Calls the handler with each event of the input, and prints the answers. */
const DRIVER = `
import json, sys
from pages import handler
print(json.dumps([handler(event, None) for event in json.load(sys.stdin)]))
`;
const ISSUER = 'https://id.example.com';

interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let folder: string;
const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'breakwater-python-'));
  const keys = [{ ...ours.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }];
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys }));
});
afterAll(() => rmSync(folder, { recursive: true }));

function call(events: readonly object[], kind: 'oidc' | 'cognito' = 'oidc'): Answer[] {
  const jwksUri = pathToFileURL(join(folder, 'jwks.json')).href;
  const identity = { issuer: ISSUER, kind, audience: 'notes', servicePrefix: 'notes/', jwksUri };
  const { stdout, stderr } = spawnSync('python3', ['-c', DRIVER], {
    cwd: HANDLERS,
    encoding: 'utf8',
    input: JSON.stringify(events),
    env: { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1', BREAKWATER_IDENTITY: JSON.stringify(identity) },
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout) as Answer[];
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(changed: object = {}, header: object = {}, key: KeyObject = ours.privateKey): string {
  const claims = { iss: ISSUER, aud: 'notes', sub: 'anna', email: 'a@b.example', exp: Date.now() / 1000 + 60 };
  const signed = `${part({ alg: 'RS256', kid: 'k1', ...header })}.${part({ ...claims, ...changed })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

function event(method: string, path: string, headers: Record<string, string> = {}, body?: string): object {
  return { rawPath: path, headers, requestContext: { requestId: 'r', http: { method } }, body, isBase64Encoded: false };
}

function post(bearer: string | undefined, body: string, headers: Record<string, string> = {}): object {
  const stated = { 'content-type': 'application/json', [BODY_HASH_HEADER]: hash(body), ...headers };
  return event('POST', '/notes', { ...stated, ...(bearer === undefined ? {} : { [TOKEN_HEADER]: bearer }) }, body);
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

test('answers a route for anyone, and refuses each wrong token and body by its code', () => {
  const seconds = Date.now() / 1000;
  const text = token();
  const cases: [string, object, string | undefined][] = [
    ['a GET', event('GET', '/hello/Ann%20B'), undefined],
    ['no token', post(undefined, '{}'), 'token_missing'],
    ['no JSON web token', post('abc', '{}'), 'token_malformed'],
    ['a key of somebody else', post(token({}, {}, foreign.privateKey), '{}'), 'token_invalid'],
    ['an unknown key', post(token({}, { kid: 'k2' }), '{}'), 'token_invalid'],
    ['no algorithm', post(token({}, { alg: 'none' }), '{}'), 'token_invalid'],
    ['a critical extension', post(token({}, { crit: ['b64'] }), '{}'), 'token_invalid'],
    ['changed claims', post(text.replace(/\..*\./, `.${part({ sub: 'eve' })}.`), '{}'), 'token_invalid'],
    ['a cut signature', post(text.slice(0, -20), '{}'), 'token_invalid'],
    ['another issuer', post(token({ iss: 'https://id.example' }), '{}'), 'token_foreign'],
    ['another audience', post(token({ aud: 'other' }), '{}'), 'token_foreign'],
    ['an expired token', post(token({ exp: seconds - 1 }), '{}'), 'token_expired'],
    ['no expiry', post(token({ exp: undefined }), '{}'), 'token_invalid'],
    ['a token for later', post(token({ nbf: seconds + 60 }), '{}'), 'token_invalid'],
    ['a program', post(token({ email: undefined }), '{}'), 'access_denied'],
    ['another body than its hash', post(text, '{}', { [BODY_HASH_HEADER]: hash('{"a":1}') }), 'body_hash_wrong'],
    ['another type', post(text, '{}', { 'content-type': 'text/plain' }), 'wrong_content_type'],
    ['a large body', post(text, JSON.stringify('x'.repeat(10_000))), 'body_too_large'],
    ['no JSON', post(text, '{'), 'malformed_json'],
    ['no object', post(text, '[]'), 'invalid_body'],
    ['another path', event('GET', '/notes'), 'not_found'],
  ];
  const answers = call(cases.map(([, one]) => one));
  const codes = answers.map(({ body }) => (JSON.parse(body) as { error?: { code: string } }).error?.code);
  expect(cases.map(([what], i) => [what, codes[i]])).toEqual(cases.map(([what, , code]) => [what, code]));
  expect(answers[0]).toMatchObject({ statusCode: 200, body: '{"hello": "Ann B"}' });
  for (const { headers } of answers) expect(headers['cache-control']).toBe('no-store');
}, 60_000);

test('takes access tokens of people from a user pool, and no id token and no program', () => {
  const pool = { email: undefined, aud: undefined, username: 'anna', token_use: 'access' };
  const answers = call(
    [
      post(token({ ...pool, token_use: 'id' }), '{}'),
      post(token({ ...pool, username: undefined }), '{}'),
      post(token(pool), '[]'), // let in: only the body is refused
    ],
    'cognito',
  );
  expect(answers.map(({ body }) => (JSON.parse(body) as { error: { code: string } }).error.code)).toEqual([
    'token_invalid',
    'access_denied',
    'invalid_body',
  ]);
}, 60_000);
