import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { LocalError } from '../local-error';
import type { ValueMap } from './template';

/** Settings of a CDK app, from `cdk.json` and `cdk.context.json`. */
export interface AppFile {
  /** Command that synthesizes the app; a shell runs it. */
  readonly app: string;
  /** Command to run before `app`. */
  readonly build?: string;
  /** Context of both files. */
  readonly context: ValueMap;
}

/**
 * Reads the files of a CDK app.
 * @throws LocalError if there is no `cdk.json`, if it isn't JSON, or if it has no `app`
 */
export function readAppFile(directory: string): AppFile {
  const file = path.join(directory, 'cdk.json');
  if (!existsSync(file)) {
    throw new LocalError(
      `the folder of a CDK app must have a cdk.json, got none in ${directory}: change to the app's folder`,
    );
  }
  const { app, build, context } = readJson(file) as { app?: string; build?: string; context?: ValueMap };
  if (typeof app !== 'string' || app.trim() === '') {
    throw new LocalError(`"app" in ${file} must be the command that synthesizes the app, got ${JSON.stringify(app)}`);
  }
  const lookups = path.join(directory, 'cdk.context.json');
  const found = existsSync(lookups) ? (readJson(lookups) as ValueMap) : {};
  return { app, build, context: { ...found, ...context } };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new LocalError(`${file} must be JSON: ${(error as Error).message}`);
  }
}
