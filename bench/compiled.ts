import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT, timed, WORK } from './measure';

/** The library and the apps as plain JavaScript, so that no compiler's time is measured. */
const COMPILED = join(WORK, 'compiled');
/** Writes the most memory that a process had, in KB, when it ends. */
const RSS_HOOK = `process.on('exit', () => require('node:fs').writeFileSync(process.env.RSS_FILE, String(process.resourceUsage().maxRSS)));`;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(ROOT, folder, name));
}

/** Compiles lib/, bin/ and bench/apps/. */
export async function compile(): Promise<void> {
  rmSync(COMPILED, { recursive: true, force: true });
  await build({
    entryPoints: ['lib', 'bin', 'bench/apps'].flatMap((folder) =>
      existsSync(join(ROOT, folder)) ? sources(folder) : [],
    ),
    outdir: COMPILED,
    outbase: ROOT,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'error',
  });
  // The library finds the sources of its own functions beside itself.
  symlinkSync(join(ROOT, 'lambdas'), join(COMPILED, 'lambdas'));
  writeFileSync(join(COMPILED, 'rss.cjs'), RSS_HOOK);
}

/** One synth of a compiled app. */
export interface Synth {
  readonly seconds: number;
  readonly rssMb: number;
  readonly assembly: string;
}

/** Synthesizes `bin/app` or `bench/apps/<name>`. @param cwd where the app is run, and so where bundles are cached */
export async function synth(app: string, env: Record<string, string> = {}, cwd = ROOT): Promise<Synth> {
  const assembly = join(WORK, 'assemblies', app.replaceAll('/', '-'));
  rmSync(assembly, { recursive: true, force: true });
  mkdirSync(assembly, { recursive: true });
  const rssFile = join(WORK, 'rss');
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  const { seconds } = await timed(process.execPath, ['-r', join(COMPILED, 'rss.cjs'), join(COMPILED, `${app}.js`)], {
    cwd,
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

/** A folder like the repository's, with an empty cache of its own. */
export function freshFolder(): string {
  const folder = join(WORK, 'fresh');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of ['lambdas', 'site', 'bin', 'lib']) {
    if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(folder, name));
  }
  return folder;
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
