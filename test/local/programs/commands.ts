import { exitOnSignal, runCommand, stopCommands } from '../../../local/cloud';

/** Runs a command that starts another one, tells the ids of both, and waits; `handled` ends them itself on a signal. */
if (process.argv[2] === 'handled') exitOnSignal(stopCommands);
const script = 'sleep 300 & echo $$ $!; wait';
void runCommand('sh', ['-c', script], { onLine: (line) => console.log(line) });
