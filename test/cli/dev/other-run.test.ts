import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { otherRun } from '../../../cli/dev/other-run';

test('another run of the same app is found while it runs; runs of other apps are not', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'runs-'));
  const run = (pid: number): string => {
    mkdirSync(path.join(root, `run-${pid}`), { recursive: true });
    return path.join(root, `run-${pid}`);
  };
  // No process has the second id: it is more than the greatest of Linux and macOS.
  const [own, ended, other] = [run(1), run(99_999_999), run(process.pid)];
  expect(otherRun(ended, '/app')).toBeUndefined();
  expect(otherRun(own, '/app')).toBeUndefined();
  expect(otherRun(other, '/other')).toBe(undefined);
  expect(otherRun(own, '/app')).toBeUndefined();
  expect(otherRun(other, '/app')).toBe(1);
  expect(otherRun(own, '/app')).toBe(process.pid);
  rmSync(root, { recursive: true, force: true });
});
