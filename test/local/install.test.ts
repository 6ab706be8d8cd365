import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { findPython, refuse } from '../../local/cloud';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pythons-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Path of a program that prints this Python version. */
function python(version: string): string {
  const file = path.join(folder, `python-${version}`);
  writeFileSync(file, `#!/bin/sh\necho ${version}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('the first Python that is new enough is taken', async () => {
  const [old, good] = [python('3.9.18'), python('3.10.0')];
  expect(await findPython([path.join(folder, 'none'), old, good, python('3.13.1')])).toBe(good);
});

test('fails in one line if all are too old, and names them', async () => {
  const old = python('3.8.2');
  await expect(findPython([old])).rejects.toThrow(`needs Python 3.10 or newer on the PATH, got ${old} 3.8.2`);
});

test('fails if there is none', async () => {
  await expect(findPython([path.join(folder, 'none')])).rejects.toThrow(/got none$/);
});

test.each([
  'npm error request to https://registry.example/node failed, reason: getaddrinfo ENOTFOUND registry.example',
  'ERROR: Could not find a version that satisfies the requirement x\nERROR: No matching distribution found for x',
])('a missing network is reported: %s', (stderr) => {
  expect(() => refuse('the registry', { code: 1, stdout: '', stderr })).toThrow(
    /could not be reached; is there a network/,
  );
});

test('another failure shows its own last error line', () => {
  const stderr = 'npm error code EACCES\nnpm error permission denied\nsee the log\n';
  expect(() => refuse('the registry', { code: 1, stdout: '', stderr })).toThrow(
    'the registry install failed: (npm error permission denied)',
  );
});
