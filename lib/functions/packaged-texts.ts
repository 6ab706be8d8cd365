import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Handler } from './handler';
import { PackagedCode } from './packaged-code';

/**
 * Finds the distinct string literals of a handler's package that match an expression.
 * @param pattern expression for a whole literal, without anchors
 * @returns undefined if `HandlerBundle` didn't make the code, because synth can't read other code
 */
export function packagedTexts(handler: Handler, pattern: string): ReadonlySet<string> | undefined {
  const { code } = handler;
  if (!(code instanceof PackagedCode)) return undefined;
  const literal = new RegExp(`(["'\`])(${pattern})\\1`, 'g');
  const modules = readdirSync(code.folder).filter((file) => file.endsWith('.mjs'));
  const texts = modules.map((file) => readFileSync(join(code.folder, file), 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(literal)].map(([, , found = '']) => found)));
}
