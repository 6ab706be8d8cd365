import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { BreakwaterError } from '../../validation';
import { type BuiltBundle, build } from './build';
import { esbuildVersion } from './esbuild';
import {
  configurationFiles,
  type InputFile,
  type InputFolder,
  recordFiles,
  recordFolders,
  validateFiles,
  validateFolders,
} from './inputs';
import type { BundleOptions } from './options';
import { HANDLER_MODULE } from './pack';
import { commonJsAdvice, sourcesOf } from './sources';

/**
 * Version of the packages' format. It must be increased if a change of this library makes different
 * packages from the same sources.
 */
const FORMAT = 9;

/**
 * Packages of earlier builds are kept for this time, because another process may still be copying
 * them.
 */
const KEEP_MS = 60 * 60 * 1000;

/**
 * `npx breakwater dev` sets a function with this name on `globalThis` in the app's process. This
 * module passes each bundle to the function, so that the command can build the bundle again when a
 * file changes.
 */
const RECORDER = Symbol.for('cdk-breakwater.bundles');

/** A handler in the cache. */
export interface CachedHandler {
  readonly folder: string;
  readonly hash: string;
}

interface Manifest {
  readonly format: number;
  readonly esbuild: string;
  readonly files: readonly InputFile[];
  readonly folders: readonly InputFolder[];
  /** Hash of each handler's package. */
  readonly handlers: { readonly [name: string]: string };
}

/**
 * Returns the packages of a directory's handlers. If no input has changed, they come from the
 * cache. The check takes a few hundred `stat` calls and doesn't load esbuild.
 */
export function bundleDirectory(
  directory: string,
  cacheRoot: string,
  options: BundleOptions,
): ReadonlyMap<string, CachedHandler> {
  const handlers = cachedOrBuilt(directory, cacheRoot, options);
  const { [RECORDER]: record } = globalThis as { [RECORDER]?: (bundle: object) => void };
  record?.({ directory, options, handlers: Object.fromEntries([...handlers].map(([name, { hash }]) => [name, hash])) });
  return handlers;
}

function cachedOrBuilt(
  directory: string,
  cacheRoot: string,
  options: BundleOptions,
): ReadonlyMap<string, CachedHandler> {
  const home = join(cacheRoot, `${basename(directory)}-${identity(directory, cacheRoot, options)}`);
  const manifest = readManifest(home);
  const version = esbuildVersion();
  if (manifest?.format === FORMAT && manifest.esbuild === version && validateFolders(directory, manifest.folders)) {
    const files = validateFiles(directory, manifest.files);
    const cached = located(home, manifest.handlers);
    if (files !== undefined && [...cached.values()].every(({ folder }) => existsSync(join(folder, HANDLER_MODULE)))) {
      if (files !== manifest.files) writeManifest(home, { ...manifest, files });
      return cached;
    }
  }
  return located(home, rebuild(directory, home, version, options).handlers);
}

function rebuild(directory: string, home: string, version: string, options: BundleOptions): Manifest {
  const started = Date.now();
  const sources = sourcesOf(directory);
  const entries = sources.filter(({ mayExport }) => mayExport);
  const bundle = build(directory, entries, options);
  if (bundle.handlers.size === 0) {
    throw new BreakwaterError(
      `HandlerBundle: no .ts or .js file of ${directory} exports a 'handler'${commonJsAdvice(sources)}`,
    );
  }
  mkdirSync(home, { recursive: true });
  store(home, bundle);
  const manifest: Manifest = {
    format: FORMAT,
    esbuild: version,
    files: recordFiles(directory, [...bundle.inputs, ...configurationFiles(directory, bundle.inputs)], started),
    folders: recordFolders(directory, bundle.inputs),
    handlers: Object.fromEntries([...bundle.handlers].map(([name, { hash }]) => [name, hash])),
  };
  writeManifest(home, manifest);
  prune(home, manifest);
  return manifest;
}

/**
 * Writes the packages atomically, so that another process never sees part of a package. If several
 * handlers need the same chunk, its content is written once and linked.
 */
function store(home: string, bundle: BuiltBundle): void {
  const written = new Map<Uint8Array, string>();
  for (const [name, { files, hash }] of bundle.handlers) {
    const folder = folderOf(home, name, hash);
    if (existsSync(folder)) continue;
    const draft = mkdtempSync(join(home, '.draft-'));
    chmodSync(draft, 0o755);
    for (const [file, content] of files) place(content, join(draft, file), written.get(content));
    try {
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(folder)) throw error;
    }
    for (const [file, content] of files) written.set(content, join(folder, file));
  }
  mkdirSync(join(home, 'maps'), { recursive: true });
  for (const [file, content] of bundle.maps) writeFileSync(join(home, 'maps', file), content);
}

/**
 * @param twin a file of the cache with the same content. The new file becomes a hard link to the
 * twin. This is safe, because cache files are never edited.
 */
function place(content: Uint8Array, file: string, twin: string | undefined): void {
  if (twin !== undefined) {
    try {
      linkSync(twin, file);
      return;
    } catch {
      // The file system doesn't support hard links.
    }
  }
  writeFileSync(file, content);
  // Lambda runs as another user, so all users must be able to read the file, independent of the
  // umask.
  chmodSync(file, 0o644);
}

function prune(home: string, manifest: Manifest): void {
  const used = new Set([...located(home, manifest.handlers).values()].map(({ folder }) => basename(folder)));
  for (const name of readdirSync(home)) {
    if (used.has(name) || name === 'maps' || name === 'manifest.json') continue;
    const path = join(home, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat && stat.mtimeMs < Date.now() - KEEP_MS) rmSync(path, { recursive: true, force: true });
  }
}

function located(home: string, handlers: Manifest['handlers']): Map<string, CachedHandler> {
  return new Map(Object.entries(handlers).map(([name, hash]) => [name, { hash, folder: folderOf(home, name, hash) }]));
}

function folderOf(home: string, name: string, hash: string): string {
  return join(home, `${name}-${hash.slice(0, 16)}`);
}

/** Cache key. It differs for each pair of a directory and a set of options. */
function identity(directory: string, cacheRoot: string, options: BundleOptions): string {
  const { minify, externalModules, define, lightSdk } = options;
  const what = [relative(cacheRoot, directory), minify, externalModules, Object.entries(define).sort(), lightSdk];
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 12);
}

function readManifest(home: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as Manifest;
  } catch {
    // The file is missing, or incomplete after a crash. The packages are built again.
    return undefined;
  }
}

function writeManifest(home: string, manifest: Manifest): void {
  const draft = join(mkdtempSync(join(home, '.draft-')), 'manifest.json');
  writeFileSync(draft, JSON.stringify(manifest));
  renameSync(draft, join(home, 'manifest.json'));
  rmSync(join(draft, '..'), { recursive: true, force: true });
}
