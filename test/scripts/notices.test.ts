import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { noticesOf } from '../../scripts/notices';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'notices-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Installs a package and returns the path of one of its files. */
function install(name: string, license: string | undefined, texts: Record<string, string> = {}): string {
  const folder = join(root, 'node_modules', name);
  const files = { 'package.json': JSON.stringify({ name, version: '1.2.3', license }), 'index.js': '', ...texts };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return join(folder, 'index.js');
}

test('lists each bundled package once, with its licence and notices; equal texts are shared', () => {
  const text = noticesOf([
    install('one', 'MIT', { LICENSE: 'Copyright One' }),
    install('@scope/two', 'Apache-2.0', { LICENSE: 'The Apache text', NOTICE: 'Two says this' }),
    install('three', 'Apache-2.0', { 'LICENSE.txt': 'The Apache text' }),
    join(root, 'lambdas/own.ts'),
  ]);
  expect(text).toContain('one 1.2.3 (MIT)\n\nCopyright One');
  expect(text).toContain('@scope/two 1.2.3 (Apache-2.0)\nthree 1.2.3 (Apache-2.0)\n\nThe Apache text');
  expect(text).toContain('Two says this');
  expect(text).not.toContain('own.ts');
});

test.each(['GPL-3.0', 'AGPL-3.0-only', undefined])('refuses a package under %s', (license) => {
  expect(() => noticesOf([install('copyleft', license)])).toThrow(`got ${license ?? 'none'}`);
});
