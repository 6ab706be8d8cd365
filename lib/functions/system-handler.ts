import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BreakwaterError } from '../validation';
import { Handler } from './handler';
import { HandlerBundle } from './handler-bundle';
import { PackagedCode } from './packaged-code';

/**
 * Folder of the library's own handlers. Relative to lib/functions it has the sources. Relative to
 * build/lib/functions it has the built handlers.
 */
const DIRECTORY = join(__dirname, '..', '..', 'lambdas', 'system');

/**
 * Bundles by directory. Each bundle is made once per process, because the library's own sources
 * don't change during a synth.
 */
const bundles = new Map<string, HandlerBundle>();

/**
 * Returns the handler of one of the library's own functions. In this repository, the handler is
 * bundled from source. The npm package contains the built handler.
 * @throws BreakwaterError if the library has no function with that name
 * @jsii ignore
 */
export function systemHandler(name: string): Handler {
  return systemHandlerIn(DIRECTORY, name);
}

/**
 * Returns the handler of a function in any folder.
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
    throw new BreakwaterError(
      `there is no system handler '${name}': ${directory} must contain its source or its built package`,
    );
  }
  return Handler.fromCode(new PackagedCode(join(directory, name), hash, name), 'index.handler');
}

/** Hashes of the built packages. The build writes them to hashes.json. */
function builtHashes(directory: string): Record<string, string> {
  const file = join(directory, 'hashes.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}
