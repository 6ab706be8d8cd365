import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';

/** Made by the first synth, for its bundles. That one has enough to do: code is kept from the second on. */
const FOLDER = join(__dirname, '..', 'node_modules', '.cache', 'cdk-breakwater');
const FILE = join(FOLDER, `code-${process.version}-${process.arch}`);
const INSTALLED = /[\\/]node_modules[\\/].*\.js$/;

interface Kept {
  /** Of the file that was compiled: its time of change, which nobody can set, and its size. V8 itself compares no more than the size. */
  readonly stamp: string;
  readonly data: Buffer;
}

/** How Node loads CommonJS; tsx takes the same way. */
const node = Module as unknown as {
  readonly prototype: { _compile(this: NodeJS.Module, source: string, filename: string): unknown };
  readonly _extensions: { '.js'(module: NodeJS.Module, filename: string): unknown };
  wrap(source: string): string;
};

/**
 * Keeps V8's compiled code of installed packages for the next synth, a fifth of whose time it takes to look through the CDK's sources
 * and to compile them. Node does most of that itself from 22.8 on; what is here for Node 20 goes with it. Import this before anything
 * else; delete it, and all is as it was.
 */
function keepCompiledCode(): void {
  if (!existsSync(FOLDER)) return;
  if (Module.enableCompileCache !== undefined) {
    Module.enableCompileCache(FOLDER);
    return;
  }
  const kept = readKept();
  const fresh = new Map<string, { stamp: string; script: Script }>();
  const load = node._extensions['.js'];
  const compile = node.prototype._compile;
  node._extensions['.js'] = (module, filename) => {
    const known = kept.get(filename);
    if (known === undefined || known.stamp !== stampOf(filename)) return load(module, filename);
    const source = readFileSync(filename, 'utf8');
    const script = scriptOf(source, filename, known.data);
    if (script.cachedDataRejected) fresh.set(filename, { stamp: known.stamp, script });
    return run(script, module, filename);
  };
  node.prototype._compile = function (source, filename) {
    const stamp = INSTALLED.test(filename) ? stampOf(filename) : '';
    // A file that was translated on its way here is not what a stamp of the file tells about.
    if (stamp === '' || readFileSync(filename, 'utf8') !== source) return compile.call(this, source, filename);
    const script = scriptOf(source, filename);
    fresh.set(filename, { stamp, script });
    return run(script, this, filename);
  };
  process.on('exit', () => {
    if (fresh.size === 0) return;
    for (const [filename, { stamp, script }] of fresh) kept.set(filename, { stamp, data: script.createCachedData() });
    writeKept(kept);
  });
}

function stampOf(filename: string): string {
  const stat = statSync(filename, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ctimeMs}-${stat.size}`;
}

function scriptOf(source: string, filename: string, cachedData?: Buffer): Script {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  return new Script(node.wrap(source), { filename, cachedData, importModuleDynamically });
}

function run(script: Script, module: NodeJS.Module, filename: string): unknown {
  const body = script.runInThisContext() as (...args: unknown[]) => unknown;
  return body.call(module.exports, module.exports, createRequire(filename), module, filename, dirname(filename));
}

/** A line of JSON, `[[filename, stamp, bytes], ...]`, and the data of all of them behind it. */
function readKept(): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  try {
    const content = readFileSync(FILE);
    let at = content.indexOf('\n') + 1;
    for (const [filename, stamp, bytes] of JSON.parse(content.toString('utf8', 0, at)) as [string, string, number][]) {
      kept.set(filename, { stamp, data: content.subarray(at, at + bytes) });
      at += bytes;
    }
  } catch {
    // Absent, or not ours: it is written anew.
  }
  return kept;
}

function writeKept(kept: ReadonlyMap<string, Kept>): void {
  const index = [...kept].map(([filename, { stamp, data }]) => [filename, stamp, data.length]);
  const draft = `${FILE}.${process.pid}`;
  try {
    writeFileSync(
      draft,
      Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...[...kept.values()].map(({ data }) => data)]),
    );
    renameSync(draft, FILE);
  } catch {
    // A synth that can't keep anything is a synth all the same.
  }
}

// The CLI says by this that it started the app, rather than a test.
if (process.env['CDK_OUTDIR'] !== undefined) keepCompiledCode();
