import { LIGHT_PARTS } from './light-parts';

/**
 * All settings that decide a bundle's content, apart from the sources. They are part of the cache
 * key.
 */
export interface BundleOptions {
  readonly minify: boolean;
  readonly externalModules: readonly string[];
  readonly define: { readonly [name: string]: string };
  readonly lightSdk: boolean;
}

/**
 * Packages in CommonJS call `require`, which an ES module doesn't have.
 * https://esbuild.github.io/api/#banner
 */
const REQUIRE = 'const require=globalThis.process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/**
 * Options of esbuild for handlers on Node.js 24.
 *
 * With ES modules and splitting, code behind `import()` becomes separate files, which a cold start
 * doesn't read. `module` before `main` selects the tree-shakeable build of a package, which halves
 * the size of the AWS SDK. Source maps aren't part of a package, because Lambda would unpack them
 * at each cold start.
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
    // A source map needs only positions, because the sources are on the machine that makes the
    // bundle.
    sourcesContent: false,
    external: [...options.externalModules],
    alias: options.lightSdk ? { ...LIGHT_PARTS } : {},
    define: { ...options.define },
    banner: { js: REQUIRE },
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
