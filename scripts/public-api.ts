import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './run';

/** File with the hash of the public API with which the other languages were last tested. */
const TRIED = join(ROOT, 'examples', 'python', 'tried-api.sha256');
/** Parts of the manifest that don't affect how the library is called. */
const UNRELATED = new Set(['docs', 'locationInModule', 'symbolId']);

/** Hash of names, parameters and types in .jsii. `compileLibrary` must have run. */
export function publicApiHash(): string {
  const { types } = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as { types: object };
  const text = JSON.stringify(types, (key, value: unknown) => (UNRELATED.has(key) ? undefined : value));
  return createHash('sha256').update(text).digest('hex');
}

/** Whether the other languages were tested with this public API. */
export function isTried(): boolean {
  return existsSync(TRIED) && readFileSync(TRIED, 'utf8').trim() === publicApiHash();
}

/** Records that the other languages were tested with this public API. The file is committed. */
export function recordTried(): void {
  writeFileSync(TRIED, `${publicApiHash()}\n`);
}
