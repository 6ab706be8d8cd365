import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';

/** Made by the first synth, for its bundles. That one has enough to do: code is kept from the second on. */
const FOLDER = join(__dirname, '..', 'node_modules', '.cache', 'cdk-breakwater');
const FILE = join(FOLDER, `code-${process.version}-${process.arch}`);
const INSTALLED = /[\\/]node_modules[\\/].*\.js$/;

interface Kept {
  readonly hash: string;
  readonly data: Buffer;
}

/** Node's function that compiles a module in CommonJS, which tsx takes the way through as well. */
type Compile = (this: NodeJS.Module, source: string, filename: string) => unknown;
const modules = Module as unknown as { prototype: { _compile: Compile }; wrap(source: string): string };

/**
 * Keeps V8's compiled code of installed packages for the next synth, an eighth of whose time it takes to compile the CDK. Node does that
 * itself from 22.8 on; what is here for Node 20 goes with it. Import this before anything else; delete it, and all is as it was.
 */
function keepCompiledCode(): void {
  if (!existsSync(FOLDER)) return;
  if (Module.enableCompileCache !== undefined) {
    Module.enableCompileCache(FOLDER);
    return;
  }
  const kept = readKept();
  const fresh = new Map<string, { hash: string; script: Script }>();
  const compile = modules.prototype._compile;
  modules.prototype._compile = function (source, filename) {
    if (!INSTALLED.test(filename)) return compile.call(this, source, filename);
    // V8 itself compares no more than the length.
    const hash = createHash('sha1').update(source).digest('base64');
    const known = kept.get(filename);
    const script = new Script(modules.wrap(source), {
      filename,
      cachedData: known?.hash === hash ? known.data : undefined,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    if (known?.hash !== hash || script.cachedDataRejected) fresh.set(filename, { hash, script });
    const run = script.runInThisContext() as (...args: unknown[]) => unknown;
    return run.call(this.exports, this.exports, createRequire(filename), this, filename, dirname(filename));
  };
  process.on('exit', () => {
    if (fresh.size === 0) return;
    for (const [filename, { hash, script }] of fresh) kept.set(filename, { hash, data: script.createCachedData() });
    writeKept(kept);
  });
}

/** A line of JSON, `[[filename, hash, bytes], ...]`, and the data of all of them behind it. */
function readKept(): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  try {
    const content = readFileSync(FILE);
    let at = content.indexOf('\n') + 1;
    for (const [filename, hash, bytes] of JSON.parse(content.toString('utf8', 0, at)) as [string, string, number][]) {
      kept.set(filename, { hash, data: content.subarray(at, at + bytes) });
      at += bytes;
    }
  } catch {
    // Absent, or not ours: it is written anew.
  }
  return kept;
}

function writeKept(kept: ReadonlyMap<string, Kept>): void {
  const index = [...kept].map(([filename, { hash, data }]) => [filename, hash, data.length]);
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
