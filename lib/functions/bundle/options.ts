import { join } from 'node:path';
import { BANNER } from './builtin-imports';

/** What decides a bundle's content besides its sources. All of it is part of the cache's key. */
export interface BundleOptions {
  readonly minify: boolean;
  readonly externalModules: readonly string[];
  readonly define: { readonly [name: string]: string };
}

/** Beside this file, in TypeScript here and in JavaScript in the package. */
const BUILTIN_HTTP = join(__dirname, 'builtin-http');
const BUILTIN_CREDENTIALS = join(__dirname, 'builtin-credentials');

/**
 * Options of esbuild for handlers on Node.js 24.
 *
 * ESM with splitting turns `import()` into files of their own, which a cold start doesn't read; `module` before `main` takes the
 * tree-shakeable build of a package, which halves the SDK. Maps are written beside, since a map in the package is unpacked at each cold start.
 */
export function esbuildOptions(options: BundleOptions) {
  return {
    bundle: true,
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: options.minify,
    sourcemap: 'external',
    // The sources are where the bundle was made: a map needs to say where in them, not what they say.
    sourcesContent: false,
    external: [...options.externalModules],
    alias: {
      http: BUILTIN_HTTP,
      'node:http': BUILTIN_HTTP,
      '@aws-sdk/credential-provider-node': BUILTIN_CREDENTIALS,
    },
    define: { ...options.define },
    banner: { js: BANNER },
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    outExtension: { '.js': '.mjs' },
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    metafile: true,
    write: false,
  };
}
