// Runs a command and ends it with everything it started when its own standard input closes: whatever way the
// starting process goes, a crash or kill -9 included, the pipe between them closes.
// usage: node watchdog.mjs COMMAND [ARGUMENT...]
import { spawn } from 'node:child_process';

const GRACE_MS = 5_000;
const [command, ...args] = process.argv.slice(2);
// The command leads a process group of its own, which all that it starts belongs to.
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

function signal(name) {
  try {
    process.kill(-child.pid, name);
  } catch {
    // Nothing of the group is left.
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
  // What it left behind.
  signal('SIGKILL');
  process.exit(code ?? 1);
});
