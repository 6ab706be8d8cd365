import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Reloader } from '../../../cli/dev/watch/reloader';

test('code that Lambda refuses is not reported as code that can’t be built', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'reloaded-'));
  const lines: string[] = [];
  const errors: unknown[] = [];
  const api = { rest: () => Promise.reject(new Error('the package is too large')) };
  const app = { emulator: {}, events: { emit: ({ error }: { error?: string }) => errors.push(error) } };
  const line = (text: string) => lines.push(text);
  const props = { app, directory, recordFile: path.join(directory, 'record'), line, onDeployed: () => undefined };
  const reloader = new Reloader(props as never, { api: () => api } as never);
  const fn = { region: 'us-east-1', name: 'checkout', module: 'Shop/Checkout', path: 'p', aliases: ['live'] };
  Object.assign(reloader, {
    functions: [fn],
    assets: new Map([['p', 'asset']]),
    units: { codeOf: () => ({ hash: 'new', zip: () => Buffer.from('x') }) },
  });
  await reloader['swapChanged'](Date.now());
  rmSync(directory, { recursive: true });
  expect(lines).toEqual([
    "Shop/Checkout: the old code continues to run, because Lambda didn't take the new code:\n  the package is too large",
  ]);
  expect(errors).toEqual(['the package is too large']);
});
