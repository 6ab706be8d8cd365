import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BreakwaterError } from '../validation';
import { Handler } from './handler';
import { HandlerBundle } from './handler-bundle';
import { PackagedCode } from './packaged-code';

/** The same two steps lead from lib/functions to the sources and from build/lib/functions to what was built for packing. */
const DIRECTORY = join(__dirname, '..', '..', 'lambdas', 'system');

/** Validating the cache once in a process is enough: the library's own sources don't change while an app synthesizes. */
const bundles = new Map<string, HandlerBundle>();

/**
 * Handler of one of the library's own functions: from its source inside this repo, prebuilt in a package.
 * @throws BreakwaterError if there is none of that name
 * @jsii ignore
 */
export function systemHandler(name: string): Handler {
  return systemHandlerIn(DIRECTORY, name);
}

/**
 * The same in another folder.
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

/** Written beside the packages when they are built. */
function builtHashes(directory: string): Record<string, string> {
  const file = join(directory, 'hashes.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>) : {};
}
