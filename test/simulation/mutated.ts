import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(__dirname, '..', '..');

/** A change that removes one rule from a file. */
export interface Mutation {
  /** Path in the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Builds an entry point with a change, and loads it.
 * @param entry path in the repository
 * @throws Error if the file doesn't have the text exactly once
 */
export async function mutated<Code>(entry: string, { file, from, to }: Mutation): Promise<Code> {
  const path = join(ROOT, file);
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2)
    throw new Error(`${file} must have this text once, got it ${parts.length - 1} times: ${from}`);
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, entry)],
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
  const module = { exports: {} as Code };
  new Function('module', 'exports', 'require', outputFiles[0]!.text)(module, module.exports, require);
  return module.exports;
}
