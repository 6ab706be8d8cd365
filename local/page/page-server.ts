import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as path from 'node:path';
import { type HeldPort, portError } from '../cloud';
import type { LocalEvents } from '../events';
import { readQuarantine } from '../quarantine';
import { readQueues } from '../queues';
import { type LiveSnapshot, LiveView } from './live-view';
import { quarantineStock, queueStock, readItems, tableStock, type WatchedStack } from './stock';

/** Props of a `PageServer`. */
export interface PageServerProps {
  readonly port: HeldPort;
  readonly events: LocalEvents;
  /** Address of the local AWS emulator. */
  readonly endpoint: string;
  /** The stacks that are deployed now. */
  readonly stacks: () => readonly WatchedStack[];
}

const STATIC = path.join(__dirname, 'static');
const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
};
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
/** Interval at which an open page gets data. */
const INTERVAL_MS = 1_000;
const ITEMS_SHOWN = 20;

/**
 * A page that shows the state of a running app: modules, queues, dead letters, shards, requests,
 * and the steps of each message. It changes nothing. Queues and tables are read only while a page
 * is open.
 *
 * Other users of this machine and pages of other sites can't read it. The server listens on
 * 127.0.0.1, answers only requests for its own host name, and sends data only to requests with the
 * token. The token is in the fragment of the page's address, which browsers don't send to servers.
 */
export class PageServer {
  /**
   * Starts the server.
   * @throws LocalError if another program has taken the port in the meantime
   */
  public static async start(props: PageServerProps): Promise<PageServer> {
    const page = new PageServer(props);
    await props.port.release();
    await new Promise<void>((resolve, reject) => {
      page.server.once('error', (error) => reject(portError(error, 'the page')));
      page.server.listen(props.port.port, '127.0.0.1', () => resolve());
    });
    return page;
  }

  private readonly token = randomBytes(24).toString('base64url');
  private readonly view = new LiveView();
  private readonly server: Server;
  private readonly unsubscribe: () => void;

  private constructor(private readonly props: PageServerProps) {
    this.unsubscribe = props.events.subscribe((event) => this.view.take(event));
    this.server = createServer((incoming, outgoing) => {
      this.answer(incoming, outgoing).catch((error: Error) => {
        if (outgoing.headersSent) outgoing.destroy();
        else send(outgoing, 500, `The page can't be shown: ${error.message}`);
      });
    });
  }

  /** Address with the token. Everybody with the address can see the page. */
  public get url(): string {
    return `${this.origin}/#${this.token}`;
  }

  public async close(): Promise<void> {
    this.unsubscribe();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get origin(): string {
    return `http://localhost:${this.props.port.port}`;
  }

  private async answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { host, origin } = incoming.headers;
    const isOwn = host === new URL(this.origin).host && (origin === undefined || origin === this.origin);
    if (!isOwn) return send(outgoing, 403, `The page is at ${this.origin}/ only.`);
    if (incoming.method !== 'GET') return send(outgoing, 405, 'The page only reads: use GET.');
    const { pathname, searchParams } = new URL(incoming.url ?? '/', this.origin);
    const file = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
    if (file !== undefined) {
      const [name, type] = file;
      outgoing.writeHead(200, { ...HEADERS, 'content-type': type }).end(await readFile(path.join(STATIC, name)));
      return;
    }
    if (!this.hasToken(incoming)) return send(outgoing, 401, 'Open the address that the terminal shows.');
    if (pathname === '/live') return this.stream(outgoing, searchParams.get('values') === 'yes');
    if (pathname === '/items') return this.items(outgoing, searchParams);
    return send(outgoing, 404, 'There is no such page.');
  }

  private hasToken({ headers }: IncomingMessage): boolean {
    const given = Buffer.from(headers.authorization ?? '');
    const expected = Buffer.from(`Bearer ${this.token}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** Sends a line of JSON a second until the page is closed. */
  private async stream(outgoing: ServerResponse, showValues: boolean): Promise<void> {
    outgoing.writeHead(200, { ...HEADERS, 'content-type': 'application/x-ndjson' });
    const closed = new AbortController();
    outgoing.on('close', () => closed.abort());
    while (!closed.signal.aborted) {
      outgoing.write(`${JSON.stringify(await this.snapshot(showValues))}\n`);
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS).unref());
    }
  }

  /**
   * @param showValues whether the viewer asked for paths and error texts, which may contain
   * personal data
   */
  private async snapshot(showValues: boolean): Promise<object> {
    const stacks = this.props.stacks();
    const now = Date.now();
    const [queues, tables, ...quarantines] = await Promise.all([
      readQueues(this.props.endpoint),
      tableStock(stacks),
      ...stacks.map(({ api, resources }) => readQuarantine(api, resources, now)),
    ]);
    const resources = stacks.flatMap((stack) => stack.resources);
    const all = this.view.snapshot();
    const seen = showValues ? all : withoutValues(all);
    return {
      time: now,
      ...seen,
      queues: [...queueStock(queues, resources, now), ...quarantineStock(quarantines.flat())],
      tables,
    };
  }

  private async items(outgoing: ServerResponse, query: URLSearchParams): Promise<void> {
    const table = query.get('table') ?? '';
    const stack = this.props
      .stacks()
      .find(({ resources }) =>
        resources.some(({ type, physicalId }) => physicalId === table && type.startsWith('AWS::DynamoDB::')),
      );
    if (stack === undefined) return send(outgoing, 404, 'The app has no such table.');
    const items = await readItems(stack.api, table, ITEMS_SHOWN, query.get('values') === 'yes');
    outgoing.writeHead(200, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(items));
  }
}

function withoutValues({ requests, modules, chains }: LiveSnapshot): object {
  return {
    requests: requests.map(({ path: _, reason: __, ...request }) => request),
    modules: modules.map(({ lastError: _, ...module }) => module),
    chains,
  };
}

function send(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
