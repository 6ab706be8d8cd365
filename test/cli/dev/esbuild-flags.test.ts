import { esbuildOptionsOf, shellWords } from '../../../cli/dev/code/esbuild-flags';

const run = (...args: string[]) => ({ command: 'npx', args: ['--no-install', 'esbuild', ...args], cwd: '/app' });

test('the flags of a NodejsFunction become options of the API', () => {
  const flags = [
    '--bundle',
    '/app/handlers/a.ts',
    '--target=node22',
    '--platform=node',
    '--outfile=/app/cdk.out/bundling-temp-1/index.js',
    '--minify',
    '--sourcemap',
    '--external:@aws-sdk/*',
    '--external:sharp',
    '--loader:.png=dataurl',
    '--define:process.env.STAGE="test"',
    '--main-fields=module,main',
    '--log-level=warning',
    '--keep-names',
    '--banner:js=// a=b',
    '--sources-content=false',
    '--metafile=/app/cdk.out/index.meta.json',
  ];
  expect(esbuildOptionsOf(run(...flags))).toEqual({
    entryPoints: ['/app/handlers/a.ts'],
    bundle: true,
    target: ['node22'],
    platform: 'node',
    outfile: '/app/cdk.out/bundling-temp-1/index.js',
    minify: true,
    sourcemap: true,
    external: ['@aws-sdk/*', 'sharp'],
    loader: { '.png': 'dataurl' },
    define: { 'process.env.STAGE': '"test"' },
    mainFields: ['module', 'main'],
    keepNames: true,
    banner: { js: '// a=b' },
    sourcesContent: false,
  });
});

test('a command line of a shell is read, as older versions of the CDK start esbuild', () => {
  const line = `npx --no-install esbuild --bundle "/app/my handlers/a.ts" '--define:A="x y"' --outfile="/out/index.js"`;
  expect(esbuildOptionsOf({ command: 'bash', args: ['-c', line], cwd: '/app' })).toEqual({
    entryPoints: ['/app/my handlers/a.ts'],
    bundle: true,
    define: { A: '"x y"' },
    outfile: '/out/index.js',
  });
});

test.each([
  ['another program', { command: 'docker', args: ['run'], cwd: '/' }],
  ['a flag that is not known', run('--bundle', 'a.ts', '--new-flag=1')],
  ['no entry', run('--bundle', '--outfile=x.js')],
  ['a second command', { command: 'bash', args: ['-c', 'esbuild --bundle a.ts && cp b.txt out'], cwd: '/' }],
  ['an expansion', { command: 'bash', args: ['-c', 'esbuild --bundle "$ENTRY"'], cwd: '/' }],
])('%s is not run again', (_, recorded) => {
  expect(esbuildOptionsOf(recorded)).toBeUndefined();
});

test.each([
  ['a  b', ['a', 'b']],
  [`a'b c'"d e"f`, ['ab cd ef']],
  ['a\\ b', ['a b']],
  ["''", ['']],
  ['a | b', undefined],
  ["'open", undefined],
])('words of %s', (line, words) => {
  expect(shellWords(line)).toEqual(words);
});
