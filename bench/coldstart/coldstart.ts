import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { packRoutes, type RouteDeclaration } from '../../lib/protocol';
import { compile } from '../compiled';
import { type Bench, lowerQuartile, printTable, ROOT, round, timed, WORK } from '../measure';
import { packages } from '../packages';
import { peers } from './peers';
import { startStub } from './stub';

/** Name of the shop's worker, bundled without `lightSdk`. By default, `lightSdk` is off. */
const PLAIN = 'payments, plain bundle';
const BUNDLES = join(WORK, 'coldstart');
/** The event for the shop's worker and for Powertools' worker: one message about an order. */
const MESSAGE = {
  Records: [
    {
      messageId: '6f9c2b8a-0000-4000-8000-000000000001',
      receiptHandle: 'receipt',
      body: JSON.stringify({
        id: '6f9c2b8a-0000-4000-8000-000000000002',
        to: 'Payments',
        time: '2026-11-24T00:00:00.000Z',
        body: { customerId: '17850', orderId: '536365' },
      }),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: '1',
        SenderId: 'AROA:relay',
        ApproximateFirstReceiveTimestamp: '1',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:Payments',
      awsRegion: 'us-east-1',
    },
  ],
};

const SEARCH = {
  version: '2.0',
  rawPath: '/search',
  rawQueryString: 'q=white%20mug',
  headers: {},
  isBase64Encoded: false,
  requestContext: { requestId: 'bench', http: { method: 'GET', path: '/search', sourceIp: '192.0.2.1' } },
};

interface Start {
  readonly load: number;
  readonly first: number;
  readonly rssMb: number;
}

interface Candidate {
  readonly bundle: string;
  /** Event for the handler. Without an event, only the load time is measured. */
  readonly event?: object;
  readonly environment?: Record<string, string>;
}

async function bundle(name: string, entry: string, options: BuildOptions): Promise<string> {
  const outfile = join(BUNDLES, `${name}${options.format === 'esm' ? '.mjs' : '.cjs'}`);
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({
    entryPoints: [join(ROOT, 'bench/coldstart', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
    ...(options.format === 'esm' ? { banner: { js: banner } } : {}),
    ...options,
  });
  return outfile;
}

/**
 * Times from the start of the process until the handler is loaded, and until its first answer, on
 * the deployed Node.js version.
 */
export const coldstartBench: Bench = {
  description: 'process start to first answer, compared with an empty handler, a default SDK bundle and Powertools',
  async run({ quick }) {
    const { node, modules, missing } = await peers();
    rmSync(BUNDLES, { recursive: true, force: true });
    mkdirSync(BUNDLES, { recursive: true });
    const better: BuildOptions = { minify: true, mainFields: ['module', 'main'] };
    const candidates = new Map<string, Candidate>();
    const add = (name: string, path: string, event?: object, environment?: Record<string, string>) =>
      candidates.set(name, { bundle: path, event, environment });

    add('empty', await bundle('empty', 'empty.mjs', { format: 'esm' }), MESSAGE);
    await compile();
    for (const { name, folder } of await packages(false)) {
      if (name !== 'payments') continue;
      // The package is copied, because the next synth empties its folder.
      cpSync(folder, join(BUNDLES, 'plain'), { recursive: true });
      add(PLAIN, join(BUNDLES, 'plain', 'index.mjs'), MESSAGE);
    }
    for (const { name, folder } of await packages()) {
      const event = name === 'payments' ? MESSAGE : name === 'search' ? SEARCH : undefined;
      add(`shop/${name}`, join(folder, 'index.mjs'), event, { BREAKWATER_ROUTES: routesOf(name) });
    }
    add('default SDK bundle', await bundle('default-sdk', 'default-sdk.ts', {}), { id: '1' });
    if (modules !== undefined) {
      const powertools = { ...better, nodePaths: [modules] };
      add(
        'Powertools CommonJS',
        await bundle('powertools', 'powertools.mjs', { ...powertools, format: 'cjs' }),
        MESSAGE,
      );
      add('Powertools ESM', await bundle('powertools', 'powertools.mjs', { ...powertools, format: 'esm' }), MESSAGE);
    }

    const { server, url } = await startStub();
    const starts = new Map<string, Start[]>([...candidates.keys()].map((name) => [name, []]));
    try {
      for (let round_ = 0; round_ < (quick ? 5 : 15); round_++) {
        for (const [name, candidate] of candidates) starts.get(name)!.push(await start(node, candidate, url));
      }
    } finally {
      server.close();
    }

    const of = (name: string, value: (one: Start) => number) => lowerQuartile(starts.get(name)!.map(value));
    const load = (name: string) => of(name, (one) => one.load);
    const first = (name: string) => of(name, (one) => one.first);
    printTable([
      ['bundle', 'load ms', 'first answer ms', 'RSS MB'],
      ...[...candidates].map(([name, { event }]) => [
        name,
        load(name).toFixed(1),
        event ? first(name).toFixed(1) : '-',
        of(name, (one) => one.rssMb).toFixed(0),
      ]),
    ]);
    const shop = [...candidates.keys()].filter((name) => name.startsWith('shop/'));
    const slowest = Math.max(...shop.map(load));
    // The compared bundle is the faster of Powertools' two bundles.
    const powertools = [...candidates.keys()].filter((name) => name.startsWith('Powertools'));
    const best = (value: (name: string) => number) => Math.min(...powertools.map(value));
    const figures = {
      ...(powertools.length > 0
        ? {
            loadOverPowertools: round(slowest / best(load)),
            firstAnswerOverPowertools: round(first('shop/payments') / best(first)),
            firstAnswerOverPowertoolsPlain: round(first(PLAIN) / best(first)),
          }
        : {}),
      loadOverDefaultSdkBundle: round(slowest / load('default SDK bundle')),
      slowestLoadMs: round(slowest, 1),
      emptyLoadMs: round(load('empty'), 1),
      emptyFirstAnswerMs: round(first('empty'), 1),
      firstAnswerMs: round(first('shop/payments'), 1),
      firstAnswerPlainMs: round(first(PLAIN), 1),
      searchFirstAnswerMs: round(first('shop/search'), 1),
    };
    return {
      figures,
      missing,
      aims: [
        { figure: 'loadOverPowertools', value: figures.loadOverPowertools, atMost: 0.35 },
        { figure: 'loadOverDefaultSdkBundle', value: figures.loadOverDefaultSdkBundle, atMost: 0.6 },
        { figure: 'firstAnswerOverPowertools', value: figures.firstAnswerOverPowertools, atMost: 0.7 },
      ],
    };
  },
};

/** Matches a route's key in a handler's source, and the options of its entry. */
const ENTRY =
  /'(GET|POST|PUT|PATCH|DELETE) (\/[^']*)':(?: \{)?(?:\s*caller: '(anyone|person)',)?(?:\s*query: \[([^\]]*)\],)?/g;

/**
 * Reads the routes from a handler's source, in the form in which its micro-module would declare
 * them.
 */
function routesOf(name: string): string {
  const source = readFileSync(join(ROOT, 'lambdas/shop', `${name}.ts`), 'utf8');
  const routes = [...source.matchAll(ENTRY)].map(
    ([, method, path, caller = 'anyone', query = '']): RouteDeclaration => {
      const names = [...query.matchAll(/'(\w+)'/g)].map(([, name]) => [name, { maxLength: 100 }]);
      return {
        method: method as RouteDeclaration['method'],
        path: path ?? '/',
        access: [caller === 'person' ? 'person' : 'anyone'],
        query: Object.fromEntries(names),
        ...(method === 'GET' || method === 'DELETE' ? {} : { maxBody: 65_536, contentType: 'application/json' }),
      };
    },
  );
  return packRoutes(routes);
}

async function start(node: string, { bundle: path, event, environment }: Candidate, url: string): Promise<Start> {
  const args = [
    join(ROOT, 'bench/coldstart/runner.mjs'),
    path,
    ...(event === undefined ? [] : [JSON.stringify(event)]),
  ];
  const { stdout } = await timed(node, args, {
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
      BREAKWATER_NAME: 'bench',
      BREAKWATER_IDENTITY: JSON.stringify({
        issuer: 'https://id.example.com',
        kind: 'cognito',
        servicePrefix: 'bench/',
      }),
      BREAKWATER_MAP_TABLE: 'map',
      BREAKWATER_QUEUE_URL: `${url}/111122223333/Payments`,
      BREAKWATER_DOCUMENTS: JSON.stringify({ InvoiceDocuments: 'invoices', MailOutbox: 'mail' }),
      NODE_OPTIONS: undefined,
      ...environment,
    },
  });
  const { load, first, rssMb, answer } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Start & {
    answer?: { batchItemFailures?: unknown[]; statusCode?: number };
  };
  const refused = (answer?.batchItemFailures?.length ?? 0) > 0 || (answer?.statusCode ?? 200) !== 200;
  if (refused) throw new Error(`${path} must do its work, got ${stdout.slice(-2000)}`);
  return { load, first, rssMb };
}
