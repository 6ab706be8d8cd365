import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { unzip } from '../../../lambdas/system/site-uploader/unzip';
import { zipFolder } from '../../../local/deploy/archive';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string): string {
  const root = path.join(folder, name);
  mkdirSync(path.join(root, 'inner', 'empty'), { recursive: true });
  writeFileSync(path.join(root, 'inner', 'b.txt'), 'two');
  writeFileSync(path.join(root, 'a.txt'), 'one');
  symlinkSync(path.join(root, 'a.txt'), path.join(root, 'link.txt'));
  return root;
}

test('an archive has all files below the folder; links are followed', () => {
  const files = unzip(Buffer.from(zipFolder(write('one')))).map((entry) => [entry.name, entry.read().toString()]);
  expect(files.sort()).toEqual([
    ['a.txt', 'one'],
    ['inner/b.txt', 'two'],
    ['link.txt', 'one'],
  ]);
});

test('dates and the place of the folder do not change it; permissions do', () => {
  const one = write('one');
  const two = write('two');
  utimesSync(path.join(two, 'a.txt'), 1, 1);
  const first = zipFolder(one);
  expect(Buffer.from(zipFolder(two)).equals(Buffer.from(first))).toBe(true);
  chmodSync(path.join(two, 'a.txt'), 0o755);
  expect(Buffer.from(zipFolder(two)).equals(Buffer.from(first))).toBe(false);
});
