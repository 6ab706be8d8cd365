import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { installCloud } from '../local/cloud';
import { compileEntryPoints, compileLibrary, writeApiDocs } from './build';
import { languagesTest } from './languages';
import { packTest } from './pack';
import { bin, type Ended, ROOT, runNode, stopOnSignal } from './run';
import { cfnLint, checkov, installScanners } from './scanners';
import { assemblyOf, differences, synthShop, templatesOf, WORK } from './synth';

/**
 * `npm test` and `npm run check`: runs all checks of the project, as many at the same time as the
 * machine has cores. If a check fails, the others still run. The last line has the totals. `--only
 * lint,unit` runs these steps and the steps that they need. `--list` lists all steps.
 */

/** The result of a step. A step that isn't a test run counts as one test. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Output that is shown if the step failed. */
  readonly output: string;
  /** Names of the tests that failed, if the step is a test run. */
  readonly failing?: readonly string[];
}

interface Step {
  readonly name: string;
  readonly says: string;
  /** Steps that must pass first. */
  readonly needs?: readonly string[];
  /** Whether the step mostly waits for the network, so that it doesn't count as using a core. */
  readonly idle?: boolean;
  readonly run: () => Promise<Outcome>;
}

function one({ code, output }: Ended): Outcome {
  return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
}

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** The failures, as jest prints them. */
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Runs jest, or a program that starts it, and counts its tests. A suite that can't run counts as a
 * failure. A skipped test also counts as a failure, because it proves nothing.
 */
async function jest(name: string, args: readonly string[], timeout: number): Promise<Outcome> {
  mkdirSync(WORK, { recursive: true });
  const file = join(WORK, `${name}.json`);
  rmSync(file, { force: true });
  const { code, output } = await runNode(
    [...args, '--json', `--outputFile=${file}`],
    // The output has no colours. The JSON is written to the file.
    { env: { FORCE_COLOR: '0' }, timeout },
  );
  if (!existsSync(file)) return { passed: 0, failed: 1, output };
  const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
  const skipped = result.numPendingTests + result.numTodoTests;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites + skipped;
  const messages = result.testResults
    .filter(({ status }) => status === 'failed')
    .map(({ name, message }) => `${relative(ROOT, name)}\n${message}`);
  if (skipped > 0) messages.push(`${skipped} tests were skipped, which counts as failing`);
  if (failed === 0 && code !== 0) messages.push(output);
  return {
    passed: result.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    output: messages.join('\n'),
    failing: result.testResults
      .filter(({ status }) => status === 'failed')
      .flatMap(({ name, assertionResults }) => {
        const tests = assertionResults.filter(({ status }) => status === 'failed');
        const file = relative(ROOT, name);
        return tests.length === 0 ? [file] : tests.map(({ fullName }) => `${file}: ${fullName}`);
      }),
  };
}

async function apiDrift(): Promise<Outcome> {
  const written = await writeApiDocs('.breakwater/test/API.md');
  if (written.code !== 0) return one(written);
  const [now, committed] = ['.breakwater/test/API.md', 'API.md'].map((path) =>
    existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '',
  );
  if (now === committed) return { passed: 1, failed: 0, output: '' };
  return {
    passed: 0,
    failed: 1,
    output:
      'API.md must describe the current code, got an older version: run `npm run docs:api` and commit it.\
',
  };
}

/** Two syntheses in different environments must give the same bytes. */
async function determinism(): Promise<Outcome> {
  const again = await synthShop('production-again', 'production', {
    TZ: 'Pacific/Chatham',
    LANG: 'tr_TR.UTF-8',
    USER: 'other',
  });
  if (again.code !== 0) return one(again);
  const found = differences('production', 'production-again');
  return { passed: found.length === 0 ? 1 : 0, failed: found.length === 0 ? 0 : 1, output: found.join('\n') };
}

/** Runs one scanner on the templates of one assembly. */
async function scan(scanner: (templates: readonly string[]) => Promise<Ended>, assembly: string): Promise<Outcome> {
  const templates = templatesOf(assembly);
  if (templates.length === 0)
    return { passed: 0, failed: 1, output: `there must be a template to scan, got none in ${assemblyOf(assembly)}` };
  return one(await scanner(templates));
}

const LINT = ['check', '--colors=off', '--error-on-warnings', '--max-diagnostics=40', '.'];
const MAX_OUTPUT_CHARACTERS = 12_000;
/** Maximum number of steps that run at the same time. Steps that only wait aren't counted. */
const CORES = Math.max(1, Math.min(4, availableParallelism()));

/**
 * A part of the end-to-end tests, chosen by an argument of jest. Each part has its own emulators.
 */
const endToEnd = (name: string, choice: string) => jest(name, ['--import', 'tsx', 'test/e2e/launch.ts', choice], 540);

/**
 * Number of parts of the unit tests. Each part is a process that uses one core. So the unit tests
 * take all cores as soon as no other step needs them. Jest keeps the modules of each file in
 * memory, so a process with few files also spends less time on garbage collection.
 */
const UNIT_PARTS = 6;

const unitTests = (part: number): Step => ({
  name: `unit-${part}`,
  says: `unit and template tests, part ${part} of ${UNIT_PARTS}`,
  run: () => jest(`unit-${part}`, [bin('jest/bin/jest.js'), '--runInBand', `--shard=${part}/${UNIT_PARTS}`], 900),
});

const scanShop = (...args: string[]) => runNode(['--import', 'tsx', 'scripts/scan-shop.ts', ...args], { timeout: 300 });

const STEPS: readonly Step[] = [
  { name: 'scanners', says: 'install the pinned scanners', idle: true, run: async () => one(await installScanners()) },
  {
    name: 'emulator',
    says: 'install the local AWS emulator',
    idle: true,
    run: async () => {
      await installCloud(() => undefined);
      return { passed: 1, failed: 0, output: '' };
    },
  },
  {
    name: 'lint',
    says: 'format and lint',
    run: async () => one(await runNode([bin('@biomejs/biome/bin/biome'), ...LINT])),
  },
  {
    name: 'types',
    says: 'type check of every folder',
    // TypeScript 7 finds the same errors in 25 % of the time. jsii compiles the library with its
    // own, older version.
    run: async () => one(await runNode([bin('typescript-native/bin/tsc'), '-p', '.'])),
  },
  // The long steps come first, and the short ones last, so that no core waits for a long step at
  // the end. On two cores, each of the end-to-end tests, which often wait, runs beside unit tests.
  {
    name: 'e2e-shop',
    says: 'deploy the shop on the local AWS emulator and try it',
    needs: ['emulator'],
    run: () => endToEnd('e2e-shop', 'shop.test'),
  },
  unitTests(1),
  unitTests(2),
  {
    name: 'e2e-apps',
    says: 'deploy other apps there: predictive scaling, changes, several stacks',
    needs: ['emulator'],
    run: () => endToEnd('e2e-apps', '--testPathIgnorePatterns=shop.test'),
  },
  ...Array.from({ length: UNIT_PARTS - 2 }, (_, i) => unitTests(i + 3)),
  { name: 'jsii', says: 'compile the library for every language', run: async () => one(await compileLibrary()) },
  {
    name: 'entry-points',
    says: 'build runtime, testing and functions',
    needs: ['jsii'],
    run: async () => one(await compileEntryPoints()),
  },
  {
    name: 'pack',
    says: 'pack, install in a new app, use it there',
    needs: ['entry-points', 'emulator'],
    run: async () => one(await packTest()),
  },
  { name: 'api', says: 'API.md is up to date', needs: ['jsii'], run: apiDrift },
  { name: 'synth', says: 'synthesize the shop', run: async () => one(await synthShop('production', 'production')) },
  {
    name: 'synth-sandbox',
    says: 'synthesize its sandbox',
    needs: ['synth'],
    run: async () => one(await synthShop('sandbox', 'sandbox')),
  },
  { name: 'determinism', says: 'a second synth gives the same bytes', needs: ['synth'], run: determinism },
  { name: 'cfn-lint', says: 'cfn-lint', needs: ['synth', 'scanners'], run: () => scan(cfnLint, 'production') },
  {
    name: 'cfn-lint-sandbox',
    says: 'cfn-lint of the sandbox',
    needs: ['synth-sandbox', 'scanners'],
    run: () => scan(cfnLint, 'sandbox'),
  },
  { name: 'checkov', says: 'checkov', needs: ['synth', 'scanners'], run: () => scan(checkov, 'production') },
  {
    name: 'nag',
    says: "cdk-nag's three packs and the CDK's validation",
    needs: ['synth'],
    run: async () => one(await scanShop('production')),
  },
  {
    name: 'validate-sandbox',
    says: "the CDK's validation of the sandbox",
    needs: ['synth'],
    run: async () => one(await scanShop('sandbox', '--no-packs')),
  },
  {
    name: 'languages',
    says: 'other languages, if the public API has changed',
    needs: ['entry-points'],
    run: async () => one(await languagesTest()),
  },
];

/** Start and end of a long output. The reason of a failure is usually in one of them. */
function shortened(output: string): string {
  if (output.length <= MAX_OUTPUT_CHARACTERS) return output;
  return `${output.slice(0, MAX_OUTPUT_CHARACTERS / 2)}\n... ${output.length - MAX_OUTPUT_CHARACTERS} characters more ...\n${output.slice(-MAX_OUTPUT_CHARACTERS / 2)}`;
}

/** The named steps and the steps that they need. `unit` and `e2e` name all their parts. */
function chosen(names: readonly string[]): Step[] {
  const wanted = new Set<string>();
  const add = (name: string) => {
    const step = STEPS.find((candidate) => candidate.name === name);
    const steps = step === undefined ? STEPS.filter((candidate) => candidate.name.startsWith(`${name}-`)) : [step];
    if (steps.length === 0)
      throw new Error(`--only must name steps of ${STEPS.map((s) => s.name).join(', ')}, got '${name}'`);
    for (const found of steps) wanted.add(found.name);
    for (const need of steps.flatMap(({ needs = [] }) => needs)) add(need);
  };
  for (const name of names) add(name);
  return STEPS.filter(({ name }) => wanted.has(name));
}

/** Runs each step as soon as the steps that it needs have passed and a core is free. */
async function runAll(steps: readonly Step[], started: number): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const active = new Map<string, Promise<void>>();
  const waiting = new Set(steps);
  const report = (mark: string, step: Step, text: string) =>
    console.log(
      `${String(Math.round((Date.now() - started) / 1000)).padStart(4)} s  ${mark}  ${step.name.padEnd(17)}${text}`,
    );
  const start = (step: Step) => {
    const began = Date.now();
    waiting.delete(step);
    const done = step
      .run()
      .catch((error: Error) => ({ passed: 0, failed: 1, output: error.stack ?? error.message }))
      .then((outcome) => {
        outcomes.set(step.name, outcome);
        active.delete(step.name);
        const count = outcome.passed + outcome.failed > 1 ? `${outcome.passed} passed, ${outcome.failed} failed, ` : '';
        const seconds = ((Date.now() - began) / 1000).toFixed(1);
        report(outcome.failed === 0 ? 'ok  ' : 'FAIL', step, `${step.says} (${count}${seconds} s)`);
        if (outcome.failed > 0) console.log(`\n${shortened(outcome.output.trim())}\n`);
      });
    active.set(step.name, done);
  };
  const busy = () => [...active.keys()].filter((name) => !steps.find((step) => step.name === name)!.idle).length;
  while (waiting.size > 0 || active.size > 0) {
    for (const step of [...waiting]) {
      const broken = step.needs?.find((need) => (outcomes.get(need)?.failed ?? 0) > 0);
      if (broken !== undefined) {
        waiting.delete(step);
        outcomes.set(step.name, { passed: 0, failed: 1, output: '' });
        report('FAIL', step, `not run: it needs '${broken}', which failed`);
        continue;
      }
      const ready = (step.needs ?? []).every((need) => outcomes.has(need));
      if (ready && (step.idle || busy() < CORES)) start(step);
    }
    await Promise.race(active.values());
  }
  return outcomes;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes('--list')) {
    for (const { name, says } of STEPS) console.log(`${name.padEnd(18)}${says}`);
    return;
  }
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
  const steps = only === undefined ? STEPS : chosen(only.split(','));
  stopOnSignal();
  mkdirSync(WORK, { recursive: true });
  const started = Date.now();
  const outcomes = [...(await runAll(steps, started)).entries()];
  const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, [, outcome]) => total + pick(outcome), 0);
  const failing = outcomes.filter(([, { failed }]) => failed > 0).map(([name]) => name);
  writeFileSync(join(WORK, 'outcomes.json'), JSON.stringify(Object.fromEntries(outcomes), null, 2));
  console.log(
    `\n${Math.round((Date.now() - started) / 1000)} s${failing.length > 0 ? `; failing: ${failing.join(', ')}` : ''}`,
  );
  for (const test of outcomes.flatMap(([, { failing = [] }]) => failing)) console.log(`  ${test}`);
  process.exitCode = failing.length > 0 ? 1 : 0;
  console.log(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
