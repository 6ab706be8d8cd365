import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PROJECT_ROOT } from './project-root';

const APP = path.join(PROJECT_ROOT, '.breakwater', 'test', 'tutorial-app');
const EXAMPLE = path.join(PROJECT_ROOT, 'examples', 'guestbook');

test("the tutorial's end-to-end test passes beside its app, under npx breakwater dev --once", () => {
  rmSync(APP, { recursive: true, force: true });
  mkdirSync(APP, { recursive: true });
  writeFileSync(
    path.join(APP, 'cdk.json'),
    JSON.stringify({ app: `node --import tsx ${path.join(EXAMPLE, 'app.ts')}` }),
  );
  // The run gets a terminal's environment, not that of jest.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const dev = ['--import', 'tsx', path.join(PROJECT_ROOT, 'cli', 'index.ts'), 'dev', '--once', '--'];
  const command = ['node', '--import', 'tsx', '--test', path.join(EXAMPLE, 'e2e', 'entries.test.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...dev, ...command], {
    cwd: APP,
    env,
    encoding: 'utf8',
  });
  expect([status, /^\S+ pass 1$/m.test(stdout) ? 'passed' : `${stdout}${stderr}`]).toEqual([0, 'passed']);
});
