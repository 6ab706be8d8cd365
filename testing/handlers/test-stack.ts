import type { IConstruct } from 'constructs';
import {
  Environment,
  heldKey,
  itemToEntry,
  type MessageForm,
  type OutboxMessage,
  type QuarantineEntry,
  readMessageForm,
  type ShardMap,
  streamKey,
} from '../../lib/protocol';
import { type AwsCall, MemoryAws } from '../aws/memory-aws';
import type { MemoryQueue } from '../aws/memory-queue';
import { MemoryServer } from '../aws/memory-server';
import type { MemoryTable } from '../dynamodb/memory-table';
import { DeployedApp } from '../template/deployed-app';
import { synthesize } from '../template/synthesize';
import { type DeployedTables, deployApp } from './deploy-app';
import { applyFaults, type Fault } from './faults';
import { installEnvironment } from './function-environment';
import { TestIssuer } from './issuer';
import { relayOutboxes, unsentMessages } from './relay-outboxes';
import { sharedVariables } from './shared-variables';
import { TestDocuments } from './test-documents';
import { TestEdge } from './test-edge';
import { type LoadHandler, TestFunction } from './test-function';
import { TestModule } from './test-module';
import { TestTable } from './test-table';
import { shown, TestWorker, type WaitingMessage } from './test-worker';

/** Options of `testModule` and `testWorker`. */
export interface TestFunctionOptions {
  /**
   * Environment variables. They replace the stack's variables with the same names, or are added. By
   * default, none.
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Options of `relay` and `relayAll`. */
export interface RelayOptions {
  /**
   * Number of simultaneous deliveries of each message. SQS may deliver a message more than once, so
   * a worker must work correctly with 2.
   * @default 1
   */
  readonly copies?: number;
}

/**
 * Maximum number of rounds of `relayAll`. It is needed, because workers may send each other
 * messages without end.
 */
const MAX_ROUNDS = 1_100;

/**
 * The open test stack. There can be only one, because `process.env` and the address of AWS apply to
 * the whole process.
 */
let open: TestStack | undefined;
/**
 * Port of the last test stack. The next test stack uses the same port, because the AWS clients of
 * handlers keep their endpoint.
 */
let lastPort = 0;
let count = 0;

/**
 * Makes an app, synthesizes it, and makes its tables, queues and document stores in memory. Nothing
 * is deployed, and no network or AWS account is used.
 *
 * @param make makes the app and returns one of its constructs, such as the stack
 * @throws Error if another test stack is open in this process
 *
 * @example
 * const shop = await testStack(() => new ParcelStack(new App(), 'P'));
 * const orders = await shop.testModule('P/Orders', () => import('../handlers/orders'));
 * const answer = await orders.post('/orders', { sku: 'A' }, { caller: person({ id: 'anna' }) });
 * await shop.close();
 */
export async function testStack(make: () => IConstruct | Promise<IConstruct>): Promise<TestStack> {
  if (open !== undefined) {
    throw new Error(
      'a process can have only one open test stack, got a second one: call close() of the first one in afterAll()',
    );
  }
  const app = await synthesize(make);
  const aws = new MemoryAws();
  const server = await MemoryServer.start((request) => aws.answer(request), lastPort);
  try {
    lastPort = server.port;
    count++;
    const deployed = new DeployedApp(app, server.endpoint, count === 1 ? '' : `-${count}`);
    open = new TestStack(deployed, aws, server, await deployApp(deployed, aws));
    return open;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** An app whose handlers tests can call. `testStack()` makes it. */
export class TestStack {
  private readonly workers = new Set<TestWorker>();
  private readonly faults: Fault[] = [];
  private readonly undo: readonly (() => void)[];

  /** @internal */
  constructor(
    private readonly app: DeployedApp,
    private readonly aws: MemoryAws,
    private readonly server: MemoryServer,
    private readonly tables: DeployedTables,
  ) {
    applyFaults(aws.database, this.faults);
    this.undo = [
      installEnvironment(sharedVariables(server.endpoint, tables.mapTables)),
      TestIssuer.redirectKeysTo(server.port),
    ];
  }

  /**
   * Loads the handler of a micro-module with the routes, access, variables and grants of the stack.
   * @param path of the construct: `P/Orders`
   * @param load loads the module: `() => import('../handlers/orders')`
   * @throws Error if there is no such module, or if a route has no handler, or a handler has no
   * route
   */
  async testModule(path: string, load: LoadHandler, options: TestFunctionOptions = {}): Promise<TestModule> {
    const declared = this.app.function(path, Environment.ROUTES, 'micro-module');
    const target = await TestFunction.load(declared, load, this.aws, options.environment ?? {});
    return new TestModule(target, this.aws, TestEdge.of(this.app, path));
  }

  /**
   * Loads the handler of a queue worker with the queue, variables and grants of the stack.
   * @param path of the construct: `P/Labels`
   * @param load loads the module: `() => import('../handlers/labels')`
   * @throws Error if there is no such worker
   */
  async testWorker(path: string, load: LoadHandler, options: TestFunctionOptions = {}): Promise<TestWorker> {
    const declared = this.app.function(path, Environment.QUEUE_URL, 'queue worker');
    const target = await TestFunction.load(declared, load, this.aws, options.environment ?? {});
    const [mapping] = this.app.resources('AWS::Lambda::EventSourceMapping', path);
    const batchSize = Number(mapping?.properties['BatchSize'] ?? 10);
    const name = declared.environment[Environment.NAME] ?? '';
    const held = () => this.heldBy(declared.environment[Environment.QUARANTINE_TABLE], name);
    const form = formOf(declared.environment);
    const worker = new TestWorker({ target, queue: this.queueOf(path), batchSize, targetName: name, form, held });
    this.workers.add(worker);
    return worker;
  }

  /**
   * Returns a sharded table.
   * @param name the table's name in handlers, or the path of its construct
   * @throws Error if there is no such table, or if several tables have this name
   */
  table(name: string): TestTable {
    const found = [...this.tables.maps].filter(([path, map]) => path === name || map.table === name);
    const [only, ...more] = found;
    if (only === undefined || more.length > 0) {
      const known = [...this.tables.maps].map(([path, map]) => `'${map.table}' (${path})`).join(', ') || 'none';
      throw new Error(`the name of a table must be one of ${known}, or a path; got '${name}'`);
    }
    return this.tableOf(only[1]);
  }

  /**
   * Returns a document store by its name in handlers. Throws an error if no function has a grant on
   * it.
   */
  documents(name: string): TestDocuments {
    const stores = this.app
      .pathsWith(Environment.DOCUMENTS)
      .map((path) => this.app.function(path, Environment.DOCUMENTS, 'function').environment[Environment.DOCUMENTS]);
    const buckets = Object.assign({}, ...stores.map((store) => JSON.parse(store ?? '{}'))) as Record<string, string>;
    const bucket = this.aws.buckets.get(buckets[name] ?? '');
    if (bucket === undefined) {
      const known = Object.keys(buckets).join(', ') || 'none';
      throw new Error(`the name of a document store must be one of ${known}; got '${name}'`);
    }
    return new TestDocuments(bucket);
  }

  /** Messages in outboxes that `relay` hasn't sent yet. */
  outbox(): readonly OutboxMessage[] {
    return unsentMessages(this.physicalTables);
  }

  /** Waiting messages in the queue of a worker. The worker's handler needn't be loaded. */
  waiting(path: string): readonly WaitingMessage[] {
    const { environment } = this.app.function(path, Environment.QUEUE_URL, 'queue worker');
    return this.queueOf(path).waiting.map((message) => shown(message, formOf(environment)));
  }

  /**
   * Sends the messages of new outboxes to their queues, with the code of the deployed relay. Then
   * it delivers each waiting message once to its worker, if the worker's handler is loaded.
   * @throws Error with the relay's reason, if a message can't be sent
   */
  async relay({ copies = 1 }: RelayOptions = {}): Promise<void> {
    await this.sendOutboxes();
    for (const worker of this.workers) await worker.deliverWaiting(copies);
  }

  /**
   * Repeats `relay` until all outboxes and all queues of loaded workers are empty. Messages that
   * fail each time are given up.
   */
  async relayAll(options: RelayOptions = {}): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      await this.relay(options);
      await this.sendOutboxes();
      if ([...this.workers].every(({ waiting }) => waiting.length === 0)) return;
    }
    throw new Error(`all messages must be handled within ${MAX_ROUNDS} rounds: do workers send each other messages?`);
  }

  /**
   * Sets a callback that runs before each call to AWS. The call waits until the callback's promise
   * is fulfilled. So tests can control the order of concurrent calls. `reset` removes the callback.
   */
  beforeCall(look: (call: AwsCall) => void | Promise<void>): void {
    this.aws.beforeCall = look;
  }

  /**
   * Empties tables, queues and document stores, and removes faults and results. Handlers remain
   * loaded.
   */
  reset(): void {
    for (const map of this.tables.maps.values()) this.tableOf(map).clear();
    for (const queue of this.aws.queues.values()) queue.clear();
    for (const name of this.tables.quarantines) this.aws.database.table(name).clear();
    for (const bucket of this.aws.buckets.values()) new TestDocuments(bucket).clear();
    for (const worker of this.workers) worker.results.length = 0;
    this.faults.length = 0;
    this.aws.beforeCall = () => undefined;
  }

  /** Stops the services and restores `process.env`. After that, another test stack can be made. */
  async close(): Promise<void> {
    if (open !== this) return;
    open = undefined;
    for (const undo of this.undo) undo();
    await this.server.close();
  }

  private async sendOutboxes(): Promise<void> {
    const unsent: QuarantineEntry[] = [];
    await relayOutboxes(this.physicalTables, {
      entryOf: (table) => this.tables.entries.get(streamKey(table)),
      quarantine: (entry) => unsent.push(entry),
      send: async (url, sendings) => {
        const queue = this.aws.queues.get(url)!;
        for (const { body, group, deduplication } of sendings)
          queue.send({ body, group, deduplicationId: deduplication });
        return [];
      },
    });
    const [first] = unsent;
    if (first !== undefined) {
      throw new Error(`the relay must find a queue for each message: ${first.error ?? first.state}: ${first.content}`);
    }
  }

  private get physicalTables(): MemoryTable[] {
    return [...this.tables.maps.values()].flatMap(({ shards }) => shards.map((name) => this.aws.database.table(name)));
  }

  private tableOf(map: ShardMap): TestTable {
    const shards = map.shards.map((name) => this.aws.database.table(name));
    return new TestTable(map, shards, (fault) => this.faults.push(fault));
  }

  private heldBy(table: string | undefined, target: string): QuarantineEntry[] {
    const items = table === undefined ? [] : this.aws.database.items(table);
    return items.map(itemToEntry).filter(({ pk }) => pk === heldKey(target));
  }

  private queueOf(path: string): MemoryQueue {
    const declared = this.app.function(path, Environment.QUEUE_URL, 'queue worker');
    return this.aws.queues.get(declared.environment[Environment.QUEUE_URL] ?? '')!;
  }
}

function formOf(environment: Readonly<Record<string, string | undefined>>): MessageForm {
  return readMessageForm(environment[Environment.MESSAGE_FORM]);
}
