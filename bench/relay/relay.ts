import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Environment } from '../../lib/protocol';
import { RunningDev } from '../dev/running-dev';
import { nextMessage } from '../handler-process';
import { type Bench, printTable, ROOT, round, WORK } from '../measure';

/** Writes a second, and the number of writes. */
const RATES = [
  [1, 15],
  [10, 150],
  [100, 1_000],
] as const;
const SAVE_ENVIRONMENT = "require('fs').writeFileSync('environment.json', JSON.stringify(process.env))";
const MAX_WAIT_MS = 60_000;

/**
 * Time from the answer to a write until SQS has the write's message: DynamoDB stream, relay and
 * queue. The local AWS emulator has other delays than AWS, so the figures compare only versions of
 * the relay.
 */
export const relayBench: Bench = {
  description: "from a write's answer to its message in the queue, on the local AWS emulator",
  async run({ quick }) {
    const arrivals = new Map<string, number>();
    const collector = await collect(arrivals);
    const dev = new RunningDev(appFolder(collector.url), ['--seed', `node -e "${SAVE_ENVIRONMENT}"`]);
    let writer: ChildProcess | undefined;
    try {
      await dev.shows(/Watching for changes/);
      writer = await startWriter();
      await lagsOf(writer, arrivals, 'warm', 10, 20);
      const figures: Record<string, { p50: number; p99: number }> = {};
      for (const [perSecond, count] of RATES) {
        const lags = await lagsOf(writer, arrivals, `r${perSecond}`, perSecond, quick ? count / 5 : count);
        figures[`lagMs${perSecond}`] = { p50: round(quantile(lags, 0.5), 0), p99: round(quantile(lags, 0.99), 0) };
      }
      printTable([
        ['writes a second', 'p50 ms', 'p99 ms'],
        ...RATES.map(([perSecond]) => {
          const { p50, p99 } = figures[`lagMs${perSecond}`]!;
          return [perSecond, p50, p99];
        }),
      ]);
      return { figures, aims: [] };
    } finally {
      writer?.kill();
      await dev.stop();
      collector.close();
    }
  },
};

/** A quantile: the value that the given share of the values doesn't exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)]!;
}

/** Lag of each message in milliseconds. @throws Error if a message doesn't arrive */
async function lagsOf(
  writer: ChildProcess,
  arrivals: ReadonlyMap<string, number>,
  prefix: string,
  perSecond: number,
  count: number,
): Promise<number[]> {
  const answered = nextMessage(writer);
  writer.send({ prefix, perSecond, count });
  const { written, error } = (await answered) as { written: Record<string, number>; error?: string };
  if (error !== undefined) throw new Error(error);
  const ids = Object.keys(written);
  for (const until = Date.now() + MAX_WAIT_MS; Date.now() < until; await sleep(100)) {
    if (ids.every((id) => arrivals.has(id))) break;
  }
  const late = ids.filter((id) => !arrivals.has(id));
  if (late.length > 0) throw new Error(`${count} messages must arrive within a minute, got ${count - late.length}`);
  return ids.map((id) => Math.max(0, arrivals.get(id)! - written[id]!));
}

/** A server that the worker tells the time of each arrival. */
function collect(arrivals: Map<string, number>): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part;
    });
    request.on('end', () => {
      for (const [id, sent] of JSON.parse(body) as [string, string][]) arrivals.set(id, Number(sent));
      response.end();
    });
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      done({ url: `http://127.0.0.1:${port}`, close: () => server.close() });
    });
  });
}

const FOLDER = join(WORK, 'relay');

/** Makes a new copy of the app, whose worker knows the collector. */
function appFolder(collector: string): string {
  rmSync(FOLDER, { recursive: true, force: true });
  const handlers = join(FOLDER, 'handlers');
  mkdirSync(FOLDER, { recursive: true });
  cpSync(join(ROOT, 'bench', 'apps', 'relay-handlers'), handlers, { recursive: true });
  const file = join(handlers, 'arrivals.ts');
  writeFileSync(file, readFileSync(file, 'utf8').replace('http://collector', collector));
  const app = `node --import tsx ${join(ROOT, 'bench', 'apps', 'relay.ts')}`;
  writeFileSync(join(FOLDER, 'cdk.json'), JSON.stringify({ app }));
  return FOLDER;
}

async function startWriter(): Promise<ChildProcess> {
  const environment = JSON.parse(readFileSync(join(FOLDER, 'environment.json'), 'utf8')) as Record<string, string>;
  const outputs = JSON.parse(readFileSync(environment['BREAKWATER_OUTPUTS']!, 'utf8')) as {
    BenchRelay: { MapTable: string };
  };
  const child = fork(join(ROOT, 'bench/relay/writer.ts'), {
    execArgv: ['--import', 'tsx'],
    cwd: ROOT,
    env: {
      ...environment,
      [Environment.MAP_TABLE]: outputs.BenchRelay.MapTable,
      [Environment.TIMEOUT_FACTOR]: '10',
    },
  });
  await nextMessage(child);
  return child;
}
