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
import { type BuiltBundle, build, HANDLER_MODULE, mayExportHandler } from './build';
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

/** Grows whenever the same sources become something else by this library's own doing. */
const FORMAT = 6;

/** Packages of former builds are kept this long, since another process may be copying one. */
const KEEP_MS = 60 * 60 * 1000;

/** A handler as it lies in the cache. */
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
 * Packages of a directory's handlers, from the cache if nothing that decided them has changed: a few hundred `stat` calls
 * instead of a run of esbuild, which isn't even loaded then.
 */
export function bundleDirectory(
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
  const bundle = build(directory, entriesOf(directory), options);
  if (bundle.handlers.size === 0) {
    throw new BreakwaterError(`HandlerBundle: no file of ${directory} exports a 'handler'`);
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

/** Names of the directory's files that may hold a handler, in a fixed order. */
function entriesOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => /^[A-Za-z0-9_-]+\.ts$/.test(file) && mayExportHandler(join(directory, file)))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

/** Each package appears whole or not at all, whoever else builds at the same time. A chunk of several handlers is written once. */
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

/** @param twin a file of the cache with the same content: nobody edits these, so they may be one */
function place(content: Uint8Array, file: string, twin: string | undefined): void {
  if (twin !== undefined) {
    try {
      linkSync(twin, file);
      return;
    } catch {
      // A file system without hard links.
    }
  }
  writeFileSync(file, content);
  // Lambda runs as another user than the one who packs, whatever that one's umask.
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

/** Bundles of other directories or with other options lie beside each other. */
function identity(directory: string, cacheRoot: string, options: BundleOptions): string {
  const { minify, externalModules, define } = options;
  const what = [relative(cacheRoot, directory), minify, externalModules, Object.entries(define).sort()];
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 12);
}

function readManifest(home: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'manifest.json'), 'utf8')) as Manifest;
  } catch {
    // Absent, or torn by a crash: either way it is built anew.
    return undefined;
  }
}

function writeManifest(home: string, manifest: Manifest): void {
  const draft = join(mkdtempSync(join(home, '.draft-')), 'manifest.json');
  writeFileSync(draft, JSON.stringify(manifest));
  renameSync(draft, join(home, 'manifest.json'));
  rmSync(join(draft, '..'), { recursive: true, force: true });
}
