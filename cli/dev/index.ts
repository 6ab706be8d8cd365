import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { isLaunched, launch } from '../../local/launch';
import { onLaunch } from '../../local/launched';
import { LocalError } from '../../local/local-error';
import { DevRun } from './dev-run';
import { type DevOptions, HELP, readOptions } from './options';

/**
 * `npx breakwater dev`: runs the CDK app of the working directory on the local AWS emulator.
 * @returns the exit code of the command after `--once --`, otherwise 0. After an error, which is
 * printed in one line, it is 1
 */
export async function run(args: readonly string[]): Promise<number> {
  if (isLaunched()) {
    onLaunch<DevOptions>((plan) => new DevRun(plan));
    return new Promise(() => undefined);
  }
  try {
    const options = readOptions(args);
    if (options === undefined) {
      console.log(HELP);
      return 0;
    }
    requireApp(options.directory);
    // Starts this program again as a child process that trusts the certificate of this run.
    const program = [...process.execArgv, process.argv[1]!, 'dev'];
    return await launch({ program, port: options.port, options });
  } catch (error) {
    console.error(error instanceof LocalError ? `error: ${error.message}` : (error as Error).stack);
    return 1;
  }
}

/** Fails if the folder has no CDK app, before anything is installed. */
function requireApp(directory: string): void {
  if (existsSync(path.join(directory, 'cdk.json'))) return;
  throw new LocalError(
    `the folder of a CDK app must have a cdk.json, got none in ${directory}: change to the app's folder`,
  );
}
