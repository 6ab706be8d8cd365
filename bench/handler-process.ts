import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a handler like `HandlerBundle` does. All compared handlers use the same esbuild and the
 * same options.
 * @param entry source file: TypeScript is ours, any other is a peer's
 * @param modules folder with the compared libraries
 * @returns path of the bundle
 */
export async function bundleHandler(entry: string, outdir: string, modules: string | undefined): Promise<string> {
  await build({
    entryPoints: { index: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
    ...(entry.endsWith('.ts') || modules === undefined ? {} : { nodePaths: [modules] }),
  });
  return join(outdir, 'index.mjs');
}

/** The next message of a process. @throws Error if the process ends before */
export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((done, fail) => {
    const failed = (code: number | null) => fail(new Error(`a process of the bench ended with ${code}`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      done(message);
    });
  });
}
