import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPILATIONS, type Compilation, fill, missingIn, OLDER_TYPESCRIPT } from './pack-app';
import { bin, type Ended, ROOT, run, runNode } from './run';

/** Files of the package in addition to its code. */
const OTHER_FILES = [
  'LICENSE',
  'NOTICE',
  'THIRD-PARTY-NOTICES',
  'README.md',
  'CHANGELOG.md',
  'docs/README.md',
  'docs/images/day-of-sales.svg',
];
/** Maximum size of the package. A larger package contains files by mistake. */
const MAX_PACKAGE_MB = 2;

/**
 * Packs the package, and installs it into an app that `cdk init` made. README's example is
 * compiled, synthesized and tested there, and the package's commands are called. Requires a
 * complete build/.
 */
export async function packTest(): Promise<Ended> {
  // The app is outside of the repository, so that Node.js can't find missing packages in the
  // repository's node_modules.
  const elsewhere = mkdtempSync(join(tmpdir(), 'breakwater-pack-'));
  try {
    return await useElsewhere(elsewhere);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

function npm(args: string[], cwd: string): Promise<Ended> {
  const path = process.env['npm_execpath'];
  return path?.endsWith('.js')
    ? runNode([path, ...args], { cwd, timeout: 240 })
    : run('npm', args, { cwd, timeout: 240 });
}

async function useElsewhere(elsewhere: string): Promise<Ended> {
  const app = join(elsewhere, 'parcels');
  mkdirSync(app);
  const init = ['init', 'app', '--language', 'typescript', '--generate-only'];
  const cdk = { CDK_DISABLE_CLI_TELEMETRY: '1', CI: '1' };
  const begun = await Promise.all([
    npm(['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', elsewhere], ROOT),
    runNode([bin('aws-cdk/bin/cdk'), ...init], { cwd: app, env: cdk }),
  ]);
  const unmade = begun.find(({ code }) => code !== 0);
  if (unmade !== undefined) return unmade;
  const tarball = readdirSync(elsewhere).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) return failed('npm pack must write a .tgz file, got none');
  const megabytes = statSync(join(elsewhere, tarball)).size / 1e6;
  if (megabytes > MAX_PACKAGE_MB)
    return failed(`the package must have at most ${MAX_PACKAGE_MB} MB, got ${megabytes.toFixed(1)} MB`);

  const wrong = fill(app, tarball);
  if (wrong !== undefined) return failed(wrong);
  const installed = await npm(
    ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    app,
  );
  if (installed.code !== 0) return installed;

  const assembly = join(app, 'assembly');
  const [older, ...others] = compilers(app);
  const ended = await Promise.all([
    inOrder([() => synth(app, assembly), () => preflight(app, assembly), ...(older === undefined ? [] : [older])]),
    inOrder([() => runNode(['entry-points.mjs'], { cwd: app }), () => jest(app), ...others]),
  ]);
  const broken = ended.find(({ code }) => code !== 0);
  if (broken !== undefined) return broken;
  const deployed = await dev(app);
  if (deployed.code !== 0) return deployed;
  const missing = [
    ...missingIn(assembly),
    ...OTHER_FILES.filter((file) => !existsSync(join(app, 'node_modules/cdk-breakwater', file))),
  ];
  if (missing.length > 0) return failed(`missing after a synth of README's example: ${missing.join(', ')}`);
  const output = `${tarball}, ${megabytes.toFixed(1)} MB: README's example works in an app of cdk init`;
  return { code: 0, stdout: '', output };
}

type PackStep = () => Promise<Ended>;

/** Runs steps one after another, until a step fails. */
async function inOrder(steps: readonly PackStep[]): Promise<Ended> {
  let last: Ended = { code: 0, output: '', stdout: '' };
  for (const step of steps) {
    last = await step();
    if (last.code !== 0) break;
  }
  return last;
}

/** Compiles and synthesizes the app with the command in cdk.json. */
function synth(app: string, assembly: string): Promise<Ended> {
  const { app: command } = JSON.parse(readFileSync(join(app, 'cdk.json'), 'utf8')) as { app: string };
  return run('sh', ['-c', command], { cwd: app, env: { CDK_VALIDATION: 'false', CDK_OUTDIR: assembly } });
}

/** Calls a command of the package by the link that npm made for it. */
async function preflight(app: string, assembly: string): Promise<Ended> {
  const recorded = join(ROOT, 'test/cli/recorded/established-account.json');
  const ended = await run(
    join(app, 'node_modules/.bin/breakwater'),
    ['preflight', '--assembly', assembly, '--recorded', recorded],
    { cwd: app },
  );
  if (ended.code !== 0 || ended.stdout.includes('The stack can be deployed to this account.')) return ended;
  return failed(
    `npx breakwater preflight must say that the stack can be deployed to the account, got\n${ended.output}`,
  );
}

/**
 * Runs README's app on the local AWS emulator with the installed package, and sends a message to
 * the app.
 */
function dev(app: string): Promise<Ended> {
  const breakwater = join(app, 'node_modules/.bin/breakwater');
  return run(breakwater, ['dev', '--once', '--', 'node', 'send.mjs'], { cwd: app });
}

/** Runs the app's tests with the jest that `cdk init` sets up. */
function jest(app: string): Promise<Ended> {
  return runNode([join(app, 'node_modules/jest/bin/jest.js'), '--runInBand'], { cwd: app });
}

function compilers(app: string): PackStep[] {
  const programs: Record<Compilation['compiler'], string> = {
    app: join(app, 'node_modules', OLDER_TYPESCRIPT.name, 'bin/tsc'),
    here: bin('typescript/bin/tsc'),
  };
  return COMPILATIONS.map(
    ({ folder, compiler }) =>
      () =>
        runNode([programs[compiler], '-p', folder], { cwd: app }),
  );
}

function failed(output: string): Ended {
  return { code: 1, output, stdout: '' };
}
