import { refusal } from '../../../local/entrances/local-proxy';

test.each([
  ['localhost:4000', undefined],
  ['127.0.0.1:4000', undefined],
  ['[::1]:4000', undefined],
  ['localhost:4000', 'http://localhost:5173'],
  ['localhost', 'http://127.0.0.1:3000'],
])('a request to %s from origin %s passes', (host, origin) => {
  expect(refusal(host, origin)).toBeUndefined();
});

test.each([
  ['rebound.example:4000', undefined, "the host must be localhost, got 'rebound.example:4000'"],
  ['localhost.evil.example', undefined, 'the host must be localhost'],
  [undefined, undefined, 'the host must be localhost'],
  ['localhost:4000', 'https://evil.example', "the origin must be a page of localhost, got 'https://evil.example'"],
  ['localhost:4000', 'http://localhost.evil.example', 'the origin must be a page of localhost'],
  ['localhost:4000', 'null', 'the origin must be a page of localhost'],
])('a request to %s from origin %s is refused', (host, origin, reason) => {
  expect(refusal(host, origin)).toContain(reason);
});
