import { createHash, createHmac } from 'node:crypto';
import { Sha256 } from '../../lambdas/runtime/sha256';

const CONTENT = Buffer.from('2026-11-30 £ 日本');
/** Every value of a byte: a key isn't text. */
const KEY = Uint8Array.from({ length: 256 }, (_, i) => i);

const hex = async (hash: Sha256) => Buffer.from(await hash.digest()).toString('hex');

test('a hash is that of Node.js, whatever parts it comes in', async () => {
  const expected = createHash('sha256').update(CONTENT).digest('hex');
  const hash = new Sha256();
  for (const part of [CONTENT.subarray(0, 5), CONTENT.subarray(5, 6), CONTENT.subarray(6)]) hash.update(part);
  expect(await hex(hash)).toBe(expected);
  hash.reset();
  hash.update(CONTENT);
  expect(await hex(hash)).toBe(expected);
  expect(await hex(new Sha256())).toBe(createHash('sha256').digest('hex'));
});

test.each([
  ['text', 'AWS4wJalrXUtnFEMI/£', 'AWS4wJalrXUtnFEMI/£'],
  ['no characters', '', ''],
  ['bytes', KEY, KEY],
  ['bytes of a larger buffer', KEY.subarray(100, 132), Buffer.from(KEY.subarray(100, 132))],
  ['a buffer', KEY.buffer, KEY],
])('a hash with a key of %s is that of Node.js', async (_, key, known) => {
  const hash = new Sha256(key);
  hash.update(CONTENT);
  expect(await hex(hash)).toBe(createHmac('sha256', known).update(CONTENT).digest('hex'));
});
