import { spawnSync } from 'node:child_process';
import fs, { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { FileWatcher } from '../../../cli/dev/watch/file-watcher';
import { IgnoredFiles, isCompiled } from '../../../cli/dev/watch/ignored-files';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'watched-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const file = (name: string): string => path.join(root, name);
const write = (name: string, text: string): void => {
  mkdirSync(path.dirname(file(name)), { recursive: true });
  writeFileSync(file(name), text);
};

/** A watcher of `root` whose next report can be waited for. */
function watcher(ignores: (file: string) => boolean = () => false) {
  const reports: string[][] = [];
  const lines: string[] = [];
  let resolve: () => void = () => undefined;
  const watching = new FileWatcher({
    ignores,
    line: (text) => lines.push(text),
    onChange: (files) => {
      reports.push(files.map((one) => path.relative(root, one)));
      resolve();
    },
  });
  watching.add(root);
  const change = () =>
    new Promise<void>((done) => {
      resolve = done;
    });
  return { reports, lines, watching, change };
}

test('reports a file whose content changes, and not one that is written again as it was', async () => {
  write('a.ts', '1');
  write('deep/b.ts', '1');
  const { reports, watching, change } = watcher();
  const changed = change();
  write('a.ts', '1');
  write('deep/b.ts', '2');
  await changed;
  watching.close();
  expect(reports.flat()).toEqual([path.join('deep', 'b.ts')]);
});

test('reports a file that an editor puts in place by a rename, and a new folder with its files', async () => {
  write('a.ts', '1');
  const { reports, watching, change } = watcher();
  let changed = change();
  write('.a.ts.new', '2');
  renameSync(file('.a.ts.new'), file('a.ts'));
  await changed;
  changed = change();
  write('new/c.ts', '1');
  await changed;
  watching.close();
  expect(reports.flat()).toEqual(expect.arrayContaining(['a.ts', path.join('new', 'c.ts')]));
});

test('follows no link in a circle, and no link to itself', async () => {
  write('a.ts', '1');
  write('deep/b.ts', '1');
  symlinkSync('..', file('deep/up'));
  symlinkSync('.', file('here'));
  symlinkSync('self', file('self'));
  const { reports, watching, change } = watcher();
  const changed = change();
  write('deep/b.ts', '2');
  await changed;
  watching.close();
  expect(reports.flat()).toEqual([path.join('deep', 'b.ts')]);
});

test('says once that the system watches no more folders, and nothing of a folder that is gone', () => {
  for (const name of ['a/x.ts', 'b/x.ts', 'c/x.ts']) write(name, '1');
  const real = fs.watch;
  const failing = jest.spyOn(fs, 'watch').mockImplementation(((folder: string, listener: fs.WatchListener<string>) => {
    if (folder === root) return real(folder, listener);
    throw Object.assign(new Error('no'), { code: folder.endsWith('a') ? 'ENOENT' : 'ENOSPC' });
  }) as never);
  const { lines, watching } = watcher();
  failing.mockRestore();
  watching.close();
  expect(lines).toEqual([expect.stringContaining(`changes in ${file('b')} and other folders aren't seen`)]);
  expect(lines[0]).toContain('fs.inotify.max_user_watches');
});

test('leaves out what is ignored', async () => {
  write('node_modules/x/index.js', '1');
  write('a.ts', '1');
  const ignored = new IgnoredFiles(root);
  const { reports, watching, change } = watcher((one) => ignored.has(one));
  const changed = change();
  write('node_modules/x/index.js', '2');
  write('.a.ts.swp', '2');
  write('a.ts', '2');
  await changed;
  watching.close();
  expect(reports.flat()).toEqual(['a.ts']);
});

test("git's ignored files are ignored, those that are new as well", () => {
  spawnSync('git', ['init', '-q'], { cwd: root });
  write('.gitignore', 'dist/\n*.log\n');
  write('dist/a.js', '');
  write('a.ts', '');
  const ignored = new IgnoredFiles(root);
  expect([file('dist/a.js'), file('dist'), file('a.ts')].map((one) => ignored.has(one))).toEqual([true, true, false]);
  write('new.log', '');
  expect(ignored.has(file('new.log'))).toBe(false);
  ignored.learn(file('new.log'));
  expect(ignored.has(file('new.log'))).toBe(true);
});

test.each([
  ['bin/app.js', 'bin/app.ts', true],
  ['bin/app.d.ts', 'bin/app.ts', true],
  ['bin/app.js.map', 'bin/app.tsx', true],
  ['bin/app.js', 'bin/other.ts', false],
  ['bin/app.ts', 'bin/app.ts', false],
  ['bin/app.json', 'bin/app.ts', false],
])('%s beside %s: a compiler made it: %s', (made, source, expected) => {
  expect(isCompiled(made, (one) => one === source)).toBe(expected);
});
