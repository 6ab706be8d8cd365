import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BreakwaterError, requireKnownProps, shown } from '../validation';
import { bundleDirectory, type CachedHandler } from './bundle/cache';
import { commonJsAdvice, sourcesOf } from './bundle/sources';
import { Handler } from './handler';
import { PackagedCode } from './packaged-code';

/** Props of a `HandlerBundle`. */
export interface HandlerBundleProps {
  /**
   * Folder that keeps packages and source maps between runs, relative to the working directory.
   * @default - `node_modules/.cache/cdk-breakwater` of the app, or `.breakwater/bundles` without
   * node_modules
   */
  readonly outputDirectory?: string;

  /**
   * Modules that aren't bundled, because a layer or Lambda's runtime provides them.
   * @default - none; the AWS SDK is bundled too, so that the function runs the version that you
   * tested
   */
  readonly externalModules?: string[];

  /**
   * Names that esbuild replaces with constants: `{ 'process.env.STAGE': '"test"' }`.
   * @default - none
   */
  readonly define?: { [name: string]: string };

  /**
   * Whether names and whitespace are shortened.
   * @default true
   */
  readonly minify?: boolean;

  /**
   * Whether smaller modules replace two dependencies of the AWS SDK. The first answer after a cold
   * start is then about 20 % faster.
   *
   * First, `node:http` comes from `process.getBuiltinModule()`, because an `import` of it also
   * loads undici. Packages that replace `node:http` in Node's module loader, such as tracers, then
   * have no effect on the SDK.
   *
   * Second, the SDK reads credentials only from the environment, where Lambda sets the credentials
   * of the function's role. For profiles, single sign-on or web identities, pass `credentials` to
   * the client.
   * @default false
   */
  readonly lightSdk?: boolean;
}

/**
 * The handlers of a folder: all `.ts`, `.mts`, `.cts`, `.js`, `.mjs` and `.cjs` files that export
 * `handler`.
 *
 * One run of the app's own esbuild bundles all of them as ES modules. A handler's package contains
 * its module and only the chunks that it imports. Code behind `import()` is loaded when it is
 * called. Packages are cached, so the next synth spends only a few milliseconds on them.
 *
 * From the same sources and npm packages, a handler's bundle gets the same hash on every machine.
 * Exception: if a package is linked from a folder outside of the app (`npm link`), the names of
 * chunks depend on that folder. The hash also depends on it with `minify: false`.
 *
 * ```ts
 * const code = HandlerBundle.fromDirectory('lambdas/shop');
 * new AliasedFunction(this, 'Search', { handler: code.handler('search') });
 * ```
 */
export class HandlerBundle {
  /**
   * Bundles a folder, or reads the packages from the cache.
   * @param directory folder of the source files, relative to the working directory
   * @throws BreakwaterError if the folder or esbuild is missing, no file exports a handler, or a
   * file doesn't compile
   */
  public static fromDirectory(directory: string, props: HandlerBundleProps = {}): HandlerBundle {
    checkProps(directory, props);
    const path = resolve(process.cwd(), directory);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new BreakwaterError(
        `HandlerBundle.fromDirectory: directory must be a folder, got '${directory}' (${path})`,
      );
    }
    const cache = props.outputDirectory ? resolve(process.cwd(), props.outputDirectory) : cacheRoot();
    // esbuild reports its inputs by real paths.
    const real = realpathSync(path);
    const handlers = bundleDirectory(real, cache, {
      minify: props.minify ?? true,
      externalModules: props.externalModules ?? [],
      define: props.define ?? {},
      lightSdk: props.lightSdk ?? false,
    });
    return new HandlerBundle(directory, real, handlers);
  }

  private constructor(
    private readonly directory: string,
    private readonly path: string,
    private readonly handlers: ReadonlyMap<string, CachedHandler>,
  ) {}

  /** Names of the handlers, sorted. */
  public get handlerNames(): string[] {
    return [...this.handlers.keys()].sort();
  }

  /**
   * Returns the handler of the file `<name>.ts` (or `.mts`, `.js`, `.mjs`).
   * @throws BreakwaterError if there is no such handler; the error lists the existing names
   */
  public handler(name: string): Handler {
    const found = this.handlers.get(name);
    if (found === undefined) {
      const advice = commonJsAdvice(sourcesOf(this.path).filter((source) => source.name === name));
      throw new BreakwaterError(
        `HandlerBundle: '${this.directory}' must have a file ${name}.ts or ${name}.js that exports 'handler', got handlers only in ${this.handlerNames.join(', ')}${advice}`,
      );
    }
    return Handler.fromCode(new PackagedCode(found.folder, found.hash, name), 'index.handler', {
      verifiesTokens: true, // a bundled handler that uses `routes()` verifies tokens
    });
  }

  /**
   * Folders of the packages, for scripts that copy them into an npm package.
   * @internal
   */
  public _packages(): { name: string; folder: string; hash: string }[] {
    return this.handlerNames.map((name) => ({ name, ...this.handlers.get(name)! }));
  }
}

/** Checks the types of props, for callers without a type checker. */
function checkProps(directory: unknown, props: HandlerBundleProps): void {
  const where = 'HandlerBundle.fromDirectory';
  if (typeof directory !== 'string') {
    throw new BreakwaterError(`${where}: directory must be the path of a folder, got ${shown(directory)}`);
  }
  requireKnownProps(where, props, ['outputDirectory', 'externalModules', 'define', 'minify', 'lightSdk']);
  for (const flag of ['minify', 'lightSdk'] as const) {
    const value: unknown = props[flag];
    if (value === undefined || typeof value === 'boolean') continue;
    throw new BreakwaterError(`${where}: ${flag} must be true or false, got ${shown(value)}`);
  }
  if (props.externalModules !== undefined && !Array.isArray(props.externalModules)) {
    throw new BreakwaterError(`${where}: externalModules must be a list, got ${shown(props.externalModules)}`);
  }
}

/**
 * The default cache folder. It is in the app's node_modules, because this folder is never committed
 * and other tools also keep their caches there.
 */
function cacheRoot(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    if (existsSync(modules)) return join(modules, '.cache', 'cdk-breakwater');
    if (folder === dirname(folder)) return join(process.cwd(), '.breakwater', 'bundles');
  }
}
