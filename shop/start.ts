import * as path from 'node:path';
import { exit } from '../local/cloud';
import { launch } from '../local/launch';
import { LocalError } from '../local/local-error';
import { HELP, readOptions } from './options';

/**
 * `npm start`: runs the shop (`run.ts`) on the local AWS emulator, or replays the day against a
 * stack in an AWS account.
 */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  if (options.deployed !== undefined) {
    // Loaded only here, because a run on this machine doesn't need the AWS clients of this module.
    return (await import('./deployed')).replayDeployed(options.deployed);
  }
  return launch({ program: ['--import', 'tsx', path.join(__dirname, 'run.ts')], port: options.port, options });
}

main().then(exit, (error: unknown) => {
  console.error(error instanceof LocalError ? `error: ${error.message}` : error);
  exit(1);
});
