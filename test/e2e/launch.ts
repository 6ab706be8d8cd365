import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import * as path from 'node:path';
import { installCloud, makeCertificate, NODE, PROJECT_ROOT, runFolder } from '../../local/cloud';

/**
 * Runs the end-to-end tests on the Node that functions are deployed on. A process of its own, since Node reads the certificate
 * of the embedded cloud only when it starts. Further arguments are jest's.
 */
async function main(): Promise<number> {
  await installCloud(() => undefined);
  const folder = runFolder();
  try {
    const { certificate } = await makeCertificate(folder);
    const jest = path.join(PROJECT_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const child = spawn(NODE, [jest, '--config', 'jest.e2e.config.json', '--runInBand', ...process.argv.slice(2)], {
      cwd: PROJECT_ROOT,
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate, NODE_NO_WARNINGS: '1', BREAKWATER_E2E_FOLDER: folder },
      stdio: 'inherit',
    });
    return await new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
