// Runs a command. Ends it and its children when its own standard input closes. The starting process
// holds the other end of that pipe, which closes when it ends in any way, kill -9 included. usage:
// node watchdog.mjs COMMAND [ARGUMENT...]
import { spawn } from 'node:child_process';

const GRACE_MS = 5_000;
const [command, ...args] = process.argv.slice(2);
// The command leads a process group of its own. Its children belong to that group.
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
  // Children may have outlived the command.
  signal('SIGKILL');
  process.exit(code ?? 1);
});
