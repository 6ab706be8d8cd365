import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as runtime from '../../lambdas/runtime';

const RUNTIME = join(__dirname, '..', '..', 'lambdas', 'runtime');

/** The runtime that a history uses. */
export type OnceCode = typeof runtime;

/** The code as it is deployed. */
export const ONCE_CODE: OnceCode = runtime;

/** A change that removes one rule from a file. */
export interface Mutation {
  /** Path in lambdas/runtime. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The code with a change. @throws Error if the file doesn't have the text exactly once */
export async function mutated({ file, from, to }: Mutation): Promise<OnceCode> {
  const path = join(RUNTIME, file);
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2)
    throw new Error(`${file} must have this text once, got it ${parts.length - 1} times: ${from}`);
  const { outputFiles } = await build({
    entryPoints: [join(RUNTIME, 'index.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    packages: 'external',
    write: false,
    plugins: [
      {
        name: 'mutation',
        setup: (builder) =>
          builder.onLoad({ filter: /\.ts$/ }, (args) =>
            args.path === path ? { contents: parts.join(to), loader: 'ts' } : undefined,
          ),
      },
    ],
  });
  const module = { exports: {} as OnceCode };
  new Function('module', 'exports', 'require', outputFiles[0]!.text)(module, module.exports, require);
  return module.exports;
}
