import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { functionProcesses } from '../../local/cloud';
import { type Bench, type BenchOptions, median, printTable, type Result, ROOT, round, timed, WORK } from '../measure';
import { memoryOfTree } from './process-tree';
import { RunningDev } from './running-dev';

const POLL_MS = 5;
const MAX_ANSWER_MS = 120_000;
const URL_SHOWN = /(http:\/\/localhost:\d+) {2}BenchDev\//;
const PEER = 'BenchPeer';
const QUALIFIER = 'peer';
const CDK = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');

/** Times of one kind of measurement, in seconds. */
interface Times {
  readonly median: number;
  readonly worst: number;
}

/** `npx breakwater dev`, compared with the CDK's own ways to deploy a changed handler. */
export const devBench: Bench = {
  description: 'from a saved handler to the first answer of its new code, compared with cdk deploy and its hotswap',
  run,
};

async function run({ quick }: BenchOptions): Promise<Result> {
  const starts: number[] = [];
  for (let i = 0; i < (quick ? 1 : 3); i++) starts.push(await measureStart());

  const folder = appFolder('app');
  const dev = new RunningDev(folder, ['--seed', `node -e "${SAVE_ENVIRONMENT}"`]);
  try {
    await dev.shows(/Watching for changes/);
    const url = (await dev.shows(URL_SHOWN))[1]!;
    const ask = () => fetch(url).then((answer) => answer.text());
    const memoryAtStart = await memoryOfTree(dev.pid);
    const swaps = await measureEdits(folder, quick ? 5 : 20, ask);
    // Makes further edits, up to 50 in total. Their times aren't used, only the number of processes
    // after them.
    await measureEdits(folder, quick ? 5 : 30, ask, 100);
    await sleep(2_000);
    const processes = (await functionProcesses(dev.folder)).length;
    const memory = await memoryOfTree(dev.pid);
    const peers = await measurePeers(folder, quick ? 2 : 5);
    return report({ starts, swaps, processes, memoryAtStart, memory, ...peers });
  } finally {
    await dev.stop();
  }
}

/** Measures the time from the start of the command to the first answer, in seconds. */
async function measureStart(): Promise<number> {
  const started = performance.now();
  const dev = new RunningDev(appFolder('app'));
  try {
    const url = (await dev.shows(URL_SHOWN))[1]!;
    await answerOf(() => fetch(url).then((answer) => answer.text()), 'version 0');
    return (performance.now() - started) / 1000;
  } finally {
    await dev.stop();
  }
}

/**
 * Makes a new copy of the app. Node.js finds the packages and the library in the folders above it.
 */
function appFolder(name: string, context: object = {}): string {
  const folder = join(WORK, 'dev', name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(ROOT, 'bench', 'apps', 'dev-handlers'), join(folder, 'handlers'), { recursive: true });
  const app = `node --import tsx ${join(ROOT, 'bench', 'apps', 'dev.ts')}`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context }));
  return folder;
}

/** Measures the seconds from each save of the handler to the first answer of its new code. */
async function measureEdits(
  folder: string,
  count: number,
  ask: () => Promise<string>,
  first = 1,
  afterSave: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Times> {
  const times: number[] = [];
  for (let i = first; i < first + count; i++) {
    const file = join(folder, 'handlers', 'hello.ts');
    const version = `version ${i}.`;
    const text = readFileSync(file, 'utf8').replace(/'version [^']*'/, `'${version}'`);
    const started = performance.now();
    writeFileSync(file, text);
    await afterSave();
    await answerOf(ask, version);
    times.push((performance.now() - started) / 1000);
    // There is a pause, as between the edits of a person. Without it, the command could treat two
    // edits as one.
    await sleep(150);
  }
  return { median: median(times), worst: Math.max(...times) };
}

async function answerOf(ask: () => Promise<string>, version: string): Promise<void> {
  for (const until = Date.now() + MAX_ANSWER_MS; Date.now() < until; await sleep(POLL_MS)) {
    if ((await ask().catch(() => '')) === version) return;
  }
  throw new Error(`the handler must answer '${version}' within ${MAX_ANSWER_MS / 1000} s`);
}

const SAVE_ENVIRONMENT = "require('fs').writeFileSync('environment.json', JSON.stringify(process.env))";

/** Measures the same edits in the same emulator, deployed by the CDK CLI. */
async function measurePeers(devFolder: string, count: number): Promise<{ hotswap: Times; deploy: Times }> {
  const environment = JSON.parse(readFileSync(join(devFolder, 'environment.json'), 'utf8')) as NodeJS.ProcessEnv;
  // `dev` has already made the asset bucket of the default bootstrap, so the CLI gets its own
  // bootstrap with another qualifier.
  const folder = appFolder('peer', { '@aws-cdk/core:bootstrapQualifier': QUALIFIER });
  const env = { ...environment, BENCH_STACK: PEER, CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_VALIDATION: 'false' };
  const cdk = (...args: string[]) =>
    timed(process.execPath, [CDK, ...args, '--no-notices', '--no-version-reporting'], { cwd: folder, env });
  const toolkit = ['--toolkit-stack-name', 'PeerToolkit'];
  await cdk('bootstrap', 'aws://000000000000/us-east-1', '--qualifier', QUALIFIER, ...toolkit);
  const outputs = join(folder, 'outputs.json');
  const common = ['deploy', '--require-approval', 'never', ...toolkit];
  await cdk(...common, '--outputs-file', outputs);
  const { [PEER]: out } = JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, { Url: string }>;
  const ask = asker(new URL(out!.Url).hostname, env);
  const hotswap = await measureEdits(folder, count, ask, 1, () => cdk(...common, '--hotswap'));
  const deploy = await measureEdits(folder, count, ask, 100, () => cdk(...common, '--method', 'direct'));
  return { hotswap, deploy };
}

/**
 * Returns a function that calls a function URL at the emulator's address. The header `host` has the
 * URL's host name.
 */
function asker(host: string, env: NodeJS.ProcessEnv): () => Promise<string> {
  const { port } = new URL(env['AWS_ENDPOINT_URL']!);
  const ca = readFileSync(env['AWS_CA_BUNDLE']!);
  return () =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path: '/', headers: { host }, servername: 'localhost', ca };
      const sent = request(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
      });
      sent.on('error', reject).end();
    });
}

interface Measured {
  readonly starts: readonly number[];
  readonly swaps: Times;
  readonly hotswap: Times;
  readonly deploy: Times;
  readonly processes: number;
  readonly memoryAtStart: number;
  readonly memory: number;
}

function report({ starts, swaps, hotswap, deploy, processes, memoryAtStart, memory }: Measured): Result {
  const row = (name: string, times: Times) => [name, round(times.median, 2), round(times.worst, 2)];
  printTable([
    ['from a saved handler to its first answer', 'median s', 'worst s'],
    row('npx breakwater dev', swaps),
    row('cdk deploy --hotswap', hotswap),
    row('cdk deploy', deploy),
  ]);
  const start = median(starts);
  console.log(`\nfrom the command to the first answer: ${round(start, 1)} s`);
  console.log(
    `memory of all processes: ${Math.round(memoryAtStart)} MB at first, ${Math.round(memory)} MB after the edits`,
  );
  const ratio = hotswap.median / swaps.median;
  return {
    figures: {
      startSeconds: round(start, 2),
      swapSeconds: { median: round(swaps.median), worst: round(swaps.worst) },
      hotswapSeconds: { median: round(hotswap.median), worst: round(hotswap.worst) },
      deploySeconds: { median: round(deploy.median), worst: round(deploy.worst) },
      processes,
      memoryMB: { atStart: Math.round(memoryAtStart), afterEdits: Math.round(memory) },
    },
    aims: [
      { figure: 'median seconds from a saved handler to its first answer', value: round(swaps.median), atMost: 0.4 },
      { figure: 'worst of them', value: round(swaps.worst), atMost: 1 },
      { figure: 'times faster than cdk deploy --hotswap', value: round(ratio, 1), atLeast: 5 },
      { figure: 'processes of the function after 50 edits', value: processes, atMost: 1 },
    ],
  };
}
