import * as path from 'node:path';
import { exit } from '../local/cloud';
import { launch } from '../local/launch';
import { LocalError } from '../local/local-error';
import { HELP, readOptions } from './options';

/**
 * `npm start`: runs `run.ts` beside the local AWS emulator, or a replay against a stack of an
 * account.
 */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  if (options.deployed !== undefined) {
    // Loaded here, because a run on this machine needs none of these clients.
    return (await import('./deployed')).replayDeployed(options.deployed);
  }
  return launch({ program: ['--import', 'tsx', path.join(__dirname, 'run.ts')], port: options.port, options });
}

main().then(exit, (error: unknown) => {
  console.error(error instanceof LocalError ? `error: ${error.message}` : error);
  exit(1);
});
