import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, timed, WORK } from '../measure';

const FOLDER = join(WORK, 'peers');
/**
 * Fixed versions of Node.js (the deployed version) and of the compared libraries. These packages
 * aren't part of the product.
 */
const PINS: Readonly<Record<string, string>> = {
  node: '24.21.0',
  '@aws-lambda-powertools/batch': '2.35.0',
  '@aws-lambda-powertools/event-handler': '2.35.0',
  '@aws-lambda-powertools/idempotency': '2.35.0',
  '@aws-lambda-powertools/logger': '2.35.0',
  '@aws-lambda-powertools/parser': '2.35.0',
  '@aws-sdk/lib-dynamodb': '3.1162.0',
  'aws-jwt-verify': '5.2.1',
  hono: '4.13.19',
  zod: '4.6.7',
};

export interface Peers {
  /**
   * Path of the deployed Node.js version. If it can't be installed, path of the running version.
   */
  readonly node: string;
  /** Folder with Powertools. Absent if Powertools can't be installed. */
  readonly modules?: string;
  readonly missing: readonly string[];
}

/** Installs the compared libraries and Node.js, if they aren't installed yet. */
export async function peers(): Promise<Peers> {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const sdk = devDependencies['@aws-sdk/client-dynamodb']!;
  const manifest = JSON.stringify({
    private: true,
    dependencies: { ...PINS, '@aws-sdk/client-dynamodb': sdk },
  });
  const file = join(FOLDER, 'package.json');
  const stamp = join(FOLDER, 'node_modules', '.installed');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== manifest) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, manifest);
    console.log('installing the peers (once)...');
    try {
      await timed('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'], {
        cwd: FOLDER,
      });
      writeFileSync(stamp, manifest);
    } catch (error) {
      console.error(`the peers can't be installed, so they are left out: ${(error as Error).message.slice(0, 500)}`);
      return { node: process.execPath, missing: ['powertools', `node@${PINS['node']}`] };
    }
  }
  const node = join(FOLDER, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const there = existsSync(node);
  return {
    node: there ? node : process.execPath,
    modules: join(FOLDER, 'node_modules'),
    missing: there ? [] : [`node@${PINS['node']}`],
  };
}
