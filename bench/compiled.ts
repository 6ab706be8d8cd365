import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT, timed, WORK } from './measure';

/**
 * Folder with a copy of the files that a synth reads. The library and the apps are also compiled to
 * JavaScript, so the compiler's time isn't measured. Bundlers still read the TypeScript sources.
 * The node_modules folder in it contains only the cache of bundles.
 */
const COMPILED = join(WORK, 'compiled');
/** Code that writes the maximum memory of a process, in KB, to a file when the process ends. */
const RSS_HOOK = `process.on('exit', () => require('node:fs').writeFileSync(process.env.RSS_FILE, String(process.resourceUsage().maxRSS)));`;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, folder, name));
}

/** Copies and compiles the files. `into` must be the default folder if `synth` will be called. */
export async function compile(into: string = COMPILED): Promise<void> {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(join(into, 'node_modules'), { recursive: true });
  for (const folder of ['lib', 'lambdas', 'shop/storefront', 'data']) {
    if (existsSync(join(ROOT, folder))) cpSync(join(ROOT, folder), join(into, folder), { recursive: true });
  }
  await build({
    entryPoints: ['lib', 'bin', 'bench/apps'].flatMap((folder) =>
      existsSync(join(ROOT, folder)) ? sources(folder) : [],
    ),
    outdir: into,
    outbase: ROOT,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
  writeFileSync(join(into, 'rss.cjs'), RSS_HOOK);
  prebuildSystemHandlers(into);
}

/** Builds the library's own functions, in the form in which the npm package contains them. */
function prebuildSystemHandlers(into: string): void {
  const folder = join(into, 'lambdas', 'system');
  const { HandlerBundle } = require(join(into, 'lib', 'functions', 'handler-bundle.js')) as {
    HandlerBundle: { fromDirectory(from: string): { _packages(): { name: string; folder: string; hash: string }[] } };
  };
  const packages = HandlerBundle.fromDirectory(join(ROOT, 'lambdas', 'system'))._packages();
  rmSync(folder, { recursive: true, force: true });
  for (const handler of packages) cpSync(handler.folder, join(folder, handler.name), { recursive: true });
  const hashes = Object.fromEntries(packages.map(({ name, hash }) => [name, hash]));
  writeFileSync(join(folder, 'hashes.json'), JSON.stringify(hashes));
}

/** The result of one synth of a compiled app. */
export interface Synth {
  readonly seconds: number;
  readonly rssMb: number;
  readonly assembly: string;
}

/** Deletes all cached bundles. */
export function emptyCache(): void {
  rmSync(join(COMPILED, 'node_modules', '.cache'), { recursive: true, force: true });
}

/** Synthesizes `bin/app` or `bench/apps/<name>`. */
export async function synth(app: string, env: Record<string, string> = {}): Promise<Synth> {
  const assembly = join(WORK, 'assemblies', app.replaceAll('/', '-'));
  rmSync(assembly, { recursive: true, force: true });
  mkdirSync(assembly, { recursive: true });
  const rssFile = join(WORK, 'rss');
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  const { seconds } = await timed(process.execPath, ['-r', join(COMPILED, 'rss.cjs'), join(COMPILED, `${app}.js`)], {
    cwd: COMPILED,
    env: {
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false',
      RSS_FILE: rssFile,
      LOCK_FILE: join(ROOT, 'package-lock.json'),
      ...env,
    },
  });
  return { seconds, rssMb: Number(readFileSync(rssFile, 'utf8')) / 1024, assembly };
}

/** Names of the shop's handlers. */
export function shopHandlers(): string[] {
  return readdirSync(join(ROOT, 'lambdas/shop'))
    .filter(
      (name) =>
        name.endsWith('.ts') && /export const handler\b/.test(readFileSync(join(ROOT, 'lambdas/shop', name), 'utf8')),
    )
    .map((name) => name.slice(0, -3));
}
