import { readFileSync } from 'node:fs';
import { REFUSALS, type Refusal, refusalBody } from '../../lib/protocol';

const table: [string, Refusal][] = Object.entries(REFUSALS);

test('docs/refusals.md lists exactly the table of refusals', () => {
  const page = readFileSync('docs/refusals.md', 'utf8');
  const documented = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(documented).toEqual(
    table.map(([code, { status, message, layers, retryAfterSeconds }]) => {
      const retry = retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s`;
      return `| \`${code}\` | ${status} | ${message} | ${layers.join(', ')} | ${retry} |`;
    }),
  );
});

test.each(table)('%s has a status of a refusal, a valid code, and one line of text', (code, refusal) => {
  expect(refusal.status).toBeGreaterThanOrEqual(400);
  expect(refusal.status).toBeLessThan(600);
  expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(refusal.message).toMatch(/^[^|\n]{1,100}$/);
  expect(refusal.layers.length).toBeGreaterThan(0);
  expect([429, 503].includes(refusal.status) || refusal.retryAfterSeconds === undefined).toBe(true);
});

test('the body contains code and message, with optional details', () => {
  expect(JSON.parse(refusalBody('token_expired'))).toEqual({
    error: { code: 'token_expired', message: 'the token has expired' },
  });
  expect(JSON.parse(refusalBody('body_too_large', 'at most 200 bytes')).error.message).toBe('at most 200 bytes');
});
