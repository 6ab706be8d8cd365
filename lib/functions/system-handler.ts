import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { BreakwaterError } from '../validation';
import { Handler } from './handler';
import { HandlerBundle } from './handler-bundle';

/** The same two steps lead from lib/functions to the sources and from build/lib/functions to what was built for packing. */
const DIRECTORY = join(__dirname, '..', '..', 'lambdas', 'system');

/** Validating the cache once in a process is enough: the library's own sources don't change while an app synthesizes. */
let sources: HandlerBundle | undefined;

/**
 * Handler of one of the library's own functions: from its source inside this repo, prebuilt in a package.
 * @throws BreakwaterError if there is none of that name
 */
export function systemHandler(name: string): Handler {
  if (existsSync(join(DIRECTORY, `${name}.ts`))) {
    sources ??= HandlerBundle.fromDirectory(DIRECTORY);
    return sources.handler(name);
  }
  const built = join(DIRECTORY, name);
  if (!existsSync(join(built, 'index.mjs'))) {
    throw new BreakwaterError(`there is no system handler '${name}': neither its source nor a built one is in place`);
  }
  return Handler.fromCode(Code.fromAsset(built), 'index.handler');
}
