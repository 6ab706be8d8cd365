// usage: node watchdog.mjs COMMAND [ARGUMENT...] - Runs a command. When the watchdog's standard
// input closes, the command and its children are ended. The process that starts the watchdog holds
// the other end of this pipe. The pipe closes however that process ends, even by kill -9.
import { spawn } from 'node:child_process';

const GRACE_MS = 5_000;
const [command, ...args] = process.argv.slice(2);
// The command has its own process group, to which its children belong too.
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

function signal(name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group has ended.
  }
}

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  child.kill('SIGTERM');
  setTimeout(() => signal('SIGKILL'), GRACE_MS).unref();
}

process.stdin.on('end', stop).on('error', stop).resume();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, stop);
child.on('error', (error) => {
  console.error(error.message);
  process.exit(error.code === 'ENOENT' ? 127 : 126);
});
child.on('exit', (code) => {
  // Children of the command may still be running.
  signal('SIGKILL');
  process.exit(code ?? 1);
});
