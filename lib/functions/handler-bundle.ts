import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BreakwaterError } from '../validation';
import { bundleDirectory, type CachedHandler } from './bundle/cache';
import { Handler } from './handler';
import { PackagedCode } from './packaged-code';

/** Props of a `HandlerBundle`. */
export interface HandlerBundleProps {
  /**
   * Where packages and source maps are kept between runs; relative to the working directory.
   * @default - `node_modules/.cache/cdk-breakwater` of the app, or `.breakwater/bundles` where there is no node_modules
   */
  readonly outputDirectory?: string;

  /**
   * Modules that are left out of the packages, since the function finds them elsewhere.
   * @default - none; the AWS SDK is bundled too, so that its version is the one you tested
   */
  readonly externalModules?: string[];

  /**
   * Names that are replaced by constants: `{ 'process.env.STAGE': '"test"' }`.
   * @default - none
   */
  readonly define?: { [name: string]: string };

  /**
   * Whether names and spaces are shortened.
   * @default true
   */
  readonly minify?: boolean;
}

/**
 * The handlers of a folder: each of its TypeScript files that exports a `handler` is one.
 *
 * They are bundled together by one run of the app's own esbuild: ESM, tree-shaken, `import()` as lazy chunks. Each handler's package has
 * its module and only the chunks it needs. Packages are cached by content, so the next synth costs a few milliseconds, and are the same
 * bytes on every machine.
 *
 * ```ts
 * const code = HandlerBundle.fromDirectory('lambdas/shop');
 * new AliasedFunction(this, 'Search', { handler: code.handler('search') });
 * ```
 */
export class HandlerBundle {
  /**
   * Bundles a folder, or finds it in the cache.
   * @param directory folder of the TypeScript files, relative to the working directory
   * @throws BreakwaterError if the folder or esbuild is missing, no file exports a handler, or one doesn't compile
   */
  public static fromDirectory(directory: string, props: HandlerBundleProps = {}): HandlerBundle {
    const path = resolve(process.cwd(), directory);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new BreakwaterError(
        `HandlerBundle.fromDirectory: directory must be a folder, got '${directory}' (${path})`,
      );
    }
    const cache = props.outputDirectory ? resolve(process.cwd(), props.outputDirectory) : cacheRoot();
    // Its real path: esbuild names what it reads by that.
    const handlers = bundleDirectory(realpathSync(path), cache, {
      minify: props.minify ?? true,
      externalModules: props.externalModules ?? [],
      define: props.define ?? {},
    });
    return new HandlerBundle(directory, handlers);
  }

  private constructor(
    private readonly directory: string,
    private readonly handlers: ReadonlyMap<string, CachedHandler>,
  ) {}

  /** Names of the handlers, in order of the alphabet. */
  public get handlerNames(): string[] {
    return [...this.handlers.keys()].sort();
  }

  /**
   * The handler of `<name>.ts`.
   * @throws BreakwaterError if there is none, with the names of those there are
   */
  public handler(name: string): Handler {
    const found = this.handlers.get(name);
    if (found === undefined) {
      throw new BreakwaterError(
        `HandlerBundle: '${this.directory}' has no ${name}.ts that exports a 'handler'; handlers there: ${this.handlerNames.join(', ')}`,
      );
    }
    return Handler.fromCode(new PackagedCode(found.folder, found.hash, `${name}.ts`), 'index.handler');
  }

  /**
   * Where the packages lie, for those who ship them.
   * @internal
   */
  public _packages(): { name: string; folder: string; hash: string }[] {
    return this.handlerNames.map((name) => ({ name, ...this.handlers.get(name)! }));
  }
}

/** Beside the packages of the app, where caches are expected and never committed. */
function cacheRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return join(modules, '.cache', 'cdk-breakwater');
    if (folder === dirname(folder)) return join(process.cwd(), '.breakwater', 'bundles');
  }
}
