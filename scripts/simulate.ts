import { bin, runNode, stopOnSignal } from './run';

/** Number of histories without an argument. One run then takes some minutes. */
const DEFAULT_HISTORIES = 300;
/** Seconds after which a run is stopped. */
const TIMEOUT = 7_200;

/** Runs the histories of test/simulation with more seeds than `npm test` does. */
async function main(): Promise<number> {
  stopOnSignal();
  const [given = String(DEFAULT_HISTORIES), ...rest] = process.argv.slice(2);
  if (!/^[1-9]\d{0,5}$/.test(given) || rest.length > 0) {
    console.error(`the argument must be a number of histories from 1 to 999999, got '${[given, ...rest].join(' ')}'`);
    return 1;
  }
  const { code, output } = await runNode([bin('jest/bin/jest.js'), 'test/simulation'], {
    env: { HISTORIES: given },
    timeout: TIMEOUT,
  });
  console.log(output);
  return code;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
