import { readFileSync } from 'node:fs';
import { contextOf, HELP, readOptions } from '../../../cli/dev/options';

const read = (...args: string[]) => readOptions(args, '/app');

test('without arguments everything has its default', () => {
  expect(read()).toEqual({
    directory: '/app',
    stacks: [],
    parameters: [],
    context: [],
    once: false,
    command: [],
    withoutUnsupported: false,
    verbose: false,
  });
});

test('everything after -- is the command, options of its own included', () => {
  const options = read('--once', '--', 'npx', 'jest', '--help', '--', '-x');
  expect(options).toMatchObject({ once: true, command: ['npx', 'jest', '--help', '--', '-x'] });
});

test('stacks and parameters may be repeated; stacks may be separated by commas', () => {
  const options = read('--stacks', 'A,Beta/*', '--stacks', 'C', '--parameters', 'a=1', '--parameters', 'S:b=2');
  expect(options).toMatchObject({ stacks: ['A', 'Beta/*', 'C'], parameters: ['a=1', 'S:b=2'] });
});

test('context values may hold an equals sign', () => {
  expect(contextOf(read('-c', 'a=b=c', '--context', 'd=')!)).toEqual({ a: 'b=c', d: '' });
});

test.each(['--help', '-h'])('%s asks for help, whatever else is there', (flag) => {
  expect(read('--port', 'x', flag)).toBeUndefined();
});

test.each([
  [['--unknown'], "Unknown option '--unknown'"],
  [['stack'], "Unexpected argument 'stack'"],
  [['--port', '0'], "--port must be a whole number from 1 to 65535, got '0'"],
  [['--port', '8e9'], "--port must be a whole number from 1 to 65535, got '8e9'"],
  [['--', 'npm', 'test'], 'a command after -- can only be run with --once'],
  [['--once', '--'], '-- must be followed by a command, got none'],
])('%j is refused in one line', (args, message) => {
  expect(() => read(...args)).toThrow(message);
  expect(() => read(...args)).toThrow(/^[^\n]*$/);
});

test('a context value without a name is refused', () => {
  expect(() => contextOf({ context: ['stage'] })).toThrow("--context must be KEY=VALUE, got 'stage'");
});

test('the page on dev describes each option and variable that --help lists', () => {
  const page = readFileSync('docs/dev.md', 'utf8');
  const names = HELP.match(/--[a-z-]+|\b(?:BREAKWATER|AWS|NODE)_[A-Z_]+(?:<NAME>)?/g) ?? [];
  expect(new Set(names).size).toBeGreaterThan(15);
  expect([...new Set(names)].filter((name) => !page.includes(name))).toEqual([]);
});
