import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Environment } from '../../lib/protocol';
import type { Peers } from '../coldstart/peers';
import { bundleHandler, nextMessage } from '../handler-process';
import { ROOT, WORK } from '../measure';
import { MAP_TABLE, QUARANTINE } from './tables';

export const FOLDER = join(ROOT, 'bench/workers');

/**
 * Modes of `once()`: where the mark lies, or how the step goes on after a crash. In the modes
 * `constant` and `marker`, the mark is in the effect's item. The result of `constant` is a value,
 * so the item isn't read. The effect of `marker` is a function of the item.
 */
export const MODES = ['constant', 'marker', 'outbox', 'transaction', 'again', 'ask', 'hold'] as const;
/** Name of a candidate: a mode of `once()`, or a peer. */
export type Candidate = (typeof MODES)[number] | 'byhand' | 'powertools';

const SOURCES: Readonly<Record<string, string>> = { byhand: 'by-hand.mjs', powertools: 'powertools.mjs' };
const INVOCATION_MS = 30_000;

/** Time, and failed messages, of one `run()` of a handler's process. */
export interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly failed: number;
  readonly heapMb: number;
}

export interface Events {
  readonly events: readonly object[];
  /** Whether the events are run at the same time. */
  readonly isParallel?: boolean;
  /** Whether to collect garbage before the heap is measured. */
  readonly heap?: boolean;
}

const running = new Set<ChildProcess>();
const bundles = new Map<string, Promise<string>>();

/** A process with one handler. Its account has its own tables. */
export class HandlerProcess {
  /**
   * @param account access key of the calls: letters and digits
   * @param invocationMs duration after which Lambda would stop an invocation
   */
  static async start(
    candidate: Candidate,
    { node, modules }: Peers,
    url: string,
    account: string = candidate,
    { invocationMs = INVOCATION_MS, partner }: { invocationMs?: number; partner?: string } = {},
  ): Promise<HandlerProcess> {
    const source = SOURCES[candidate] ?? 'ours.ts';
    // The bundle is built only once, because a second build would replace chunks that a running
    // process may still load.
    const bundling = bundles.get(source) ?? bundleHandler(join(FOLDER, source), join(WORK, 'workers', source), modules);
    bundles.set(source, bundling);
    const bundle = await bundling;
    const child = fork(join(FOLDER, 'worker.mjs'), [bundle, String(invocationMs)], {
      execPath: node,
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...environmentOf(url, account),
        MODE: candidate,
        ...(partner === undefined ? {} : { PARTNER: partner }),
        [Environment.NAME]: 'Payments',
        [Environment.MAP_TABLE]: MAP_TABLE,
        [Environment.QUARANTINE_TABLE]: QUARANTINE,
        [Environment.GIVE_UP_AFTER]: '21600',
        [Environment.QUEUE_URL]: `${url}/111122223333/Payments`,
      },
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    await nextMessage(child);
    return new HandlerProcess(child);
  }

  /**
   * Ends all processes, including those that still run after a failure of another part of the
   * benchmark.
   */
  static killAll(): void {
    for (const child of running) child.kill('SIGKILL');
  }

  private constructor(private readonly child: ChildProcess) {}

  async run(events: Events): Promise<Sample> {
    const answered = nextMessage(this.child);
    this.child.send(events);
    const sample = (await answered) as Sample & { error?: string };
    if (sample.error !== undefined) throw new Error(sample.error);
    return sample;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** A client of an account, with which the bench fills its tables. */
export function clientOf(url: string, account: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: account, secretAccessKey: 'bench' },
  });
}

function environmentOf(url: string, account: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    AWS_LAMBDA_FUNCTION_TIMEOUT: '30',
  };
}
