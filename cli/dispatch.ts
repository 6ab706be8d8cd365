import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedCommand } from './command';

const USAGE = 'usage: npx breakwater COMMAND [options]';

/**
 * Runs the command that the arguments name.
 * @param args arguments of `npx breakwater`
 * @returns the exit code: the command's own, or 2 if there is no such command
 */
export async function dispatch(
  args: readonly string[],
  commands: Readonly<Record<string, ListedCommand>>,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(help(commands));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    console.log(version());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) return (await command.load()).run(rest);
  console.error(`The command must be one of ${Object.keys(commands).join(', ')}, got '${name}': see --help.`);
  return 2;
}

function help(commands: Readonly<Record<string, ListedCommand>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}   ${summary}`);
  return [
    USAGE,
    '',
    ...lines,
    '',
    "'npx breakwater COMMAND --help' lists a command's options. '--version' prints the version.",
  ].join('\n');
}

/**
 * Version of the package. Its package.json is one folder above the sources, or two above the built
 * files.
 */
function version(): string {
  for (const above of [['..'], ['..', '..']]) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(__dirname, ...above, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'cdk-breakwater') return version;
    } catch {
      // This folder has no package.json.
    }
  }
  return 'unknown';
}
