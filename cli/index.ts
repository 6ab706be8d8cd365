import { COMMANDS } from './commands';
import { dispatch } from './dispatch';

/** `npx breakwater`: runs one of its commands. */
dispatch(process.argv.slice(2), COMMANDS).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.stack ?? String(error));
    process.exitCode = 2;
  },
);
