import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BreakwaterError } from '../validation';
import { Handler } from './handler';
import { HandlerBundle } from './handler-bundle';
import { PackagedCode } from './packaged-code';

/**
 * This relative path leads from lib/functions to the sources, and from build/lib/functions to the
 * built handlers.
 */
const DIRECTORY = join(__dirname, '..', '..', 'lambdas', 'system');

/**
 * The cache is checked once per process, because the library's own sources don't change during a
 * synth.
 */
const bundles = new Map<string, HandlerBundle>();

/**
 * Handler of one of the library's own functions. In this repository it is bundled from source. The
 * npm package contains it prebuilt.
 * @throws BreakwaterError if no function has that name
 * @jsii ignore
 */
export function systemHandler(name: string): Handler {
  return systemHandlerIn(DIRECTORY, name);
}

/**
 * Handler of a function in another folder.
 * @jsii ignore
 */
export function systemHandlerIn(directory: string, name: string): Handler {
  if (existsSync(join(directory, `${name}.ts`))) {
    const sources = bundles.get(directory) ?? HandlerBundle.fromDirectory(directory);
    bundles.set(directory, sources);
    return sources.handler(name);
  }
  const hash = builtHashes(directory)[name];
  if (hash === undefined) {
    throw new BreakwaterError(`there is no system handler '${name}': neither its source nor a built one is in place`);
  }
  return Handler.fromCode(new PackagedCode(join(directory, name), hash, name), 'index.handler');
}

/** Hashes that the build writes beside the packages. */
function builtHashes(directory: string): Record<string, string> {
  const file = join(directory, 'hashes.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}
