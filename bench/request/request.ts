import { type ChildProcess, fork } from 'node:child_process';
import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { initialSlots, packRoutes } from '../../lib/protocol';
import { peers } from '../coldstart/peers';
import { bundleHandler, nextMessage } from '../handler-process';
import { type Bench, lowerQuartile, printTable, ROOT, round, WORK } from '../measure';

const FOLDER = join(ROOT, 'bench/request');
const BUNDLES = join(WORK, 'request');
const ISSUER = 'https://id.example.com/pool';

/**
 * Source files of the handlers by name: ours, two peers, and a handler written by hand with the
 * plain SDK client.
 */
const CANDIDATES = { ours: 'ours.ts', hono: 'hono.mjs', powertools: 'powertools.mjs', byHand: 'by-hand.mjs' } as const;
type Candidate = keyof typeof CANDIDATES;
type Method = 'GET' | 'POST';

/**
 * Scope of a measurement. `whole` includes the verification of a token and a call to the stub of
 * DynamoDB. `own` replaces the SDK and the verifier, so that only the library's own work is
 * measured.
 */
type Mode = 'whole' | 'own';

interface Sample {
  readonly wall: number;
  readonly cpu: number;
  readonly heapKb: number;
  readonly status: number;
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEYS = JSON.stringify({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }],
});
const BODY = JSON.stringify({
  lines: Array.from({ length: 5 }, (_, i) => ({ sku: `8512${i}A`, quantity: i + 1 })),
});

/**
 * CPU and wall time of one warm request, compared with peers that do the same work. All handlers
 * verify the token and the body's hash, parse the body, check it against a schema, make one table
 * call, and write one log line.
 */
export const requestBench: Bench = {
  description: 'one warm GET and POST, compared with hono, Powertools and a handler written by hand',
  async run({ quick }) {
    const { node, modules, missing } = await peers();
    const names = (Object.keys(CANDIDATES) as Candidate[]).filter((name) => modules !== undefined || name === 'ours');
    rmSync(BUNDLES, { recursive: true, force: true });
    mkdirSync(BUNDLES, { recursive: true });
    const stub = fork(join(FOLDER, 'stub-process.ts'), { execArgv: ['--import', 'tsx'], cwd: ROOT });
    const workers = new Map<string, ChildProcess>();
    try {
      const { url } = (await nextMessage(stub)) as { url: string };
      for (const name of names) {
        const bundle = await bundleHandler(join(FOLDER, CANDIDATES[name]), join(BUNDLES, name), modules);
        for (const mode of ['whole', 'own'] as const)
          workers.set(`${name} ${mode}`, await worker(node, bundle, mode, url));
      }
      const samples = await measure(names, workers, quick ? 15 : 40, quick ? 60 : 100);
      const heap = await ask(workers.get('ours whole'), 'GET', 50, true);
      return report(names, samples, heap.heapKb, missing);
    } finally {
      for (const process of [...workers.values(), stub]) process.kill();
    }
  },
};

/** Measures all handlers in turn, in many short rounds. */
async function measure(
  names: readonly Candidate[],
  workers: ReadonlyMap<string, ChildProcess>,
  rounds: number,
  times: number,
) {
  const samples = new Map<string, Sample[]>();
  for (let turn = -2; turn < rounds; turn++) {
    for (const mode of ['whole', 'own'] as const) {
      for (const method of ['GET', 'POST'] as const) {
        for (const name of names) {
          const sample = await ask(workers.get(`${name} ${mode}`), method, turn < 0 ? 300 : times);
          if (sample.status !== (method === 'GET' ? 200 : 201)) {
            throw new Error(`${name} answered ${method} with ${sample.status}`);
          }
          const key = keyOf(name, mode, method);
          if (turn >= 0) samples.set(key, [...(samples.get(key) ?? []), sample]);
        }
      }
    }
  }
  return samples;
}

function report(
  names: readonly Candidate[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  heapKb: number,
  missing: readonly string[],
) {
  const of = (name: Candidate, mode: Mode, method: Method, kind: 'wall' | 'cpu') =>
    lowerQuartile((samples.get(keyOf(name, mode, method)) ?? []).map((sample) => sample[kind]));
  const columns = (['whole', 'own'] as const).flatMap((mode) =>
    (['GET', 'POST'] as const).flatMap((method) =>
      (['cpu', 'wall'] as const).map((kind) => ({ mode, method, kind }) as const),
    ),
  );
  printTable([
    ['microseconds a request', ...columns.map(({ mode, method, kind }) => `${mode} ${method} ${kind}`)],
    ...names.map((name) => [name, ...columns.map(({ mode, method, kind }) => of(name, mode, method, kind).toFixed(0))]),
  ]);
  const over = (others: readonly Candidate[], mode: Mode, method: Method, kind: 'wall' | 'cpu' = 'cpu') => {
    const present = others.filter((name) => names.includes(name)).map((name) => of(name, mode, method, kind));
    return present.length === 0 ? undefined : round(of('ours', mode, method, kind) / Math.min(...present));
  };
  const rivals: readonly Candidate[] = ['hono', 'powertools'];
  const figures = {
    getOverPeer: over(rivals, 'whole', 'GET'),
    postOverPeer: over(rivals, 'whole', 'POST'),
    getOwnOverPeer: over(rivals, 'own', 'GET'),
    postOwnOverPeer: over(rivals, 'own', 'POST'),
    getOverFloor: over(['byHand'], 'whole', 'GET'),
    postOverFloor: over(['byHand'], 'whole', 'POST'),
    getOverPeerWall: over(rivals, 'whole', 'GET', 'wall'),
    postOverPeerWall: over(rivals, 'whole', 'POST', 'wall'),
    getOverFloorWall: over(['byHand'], 'whole', 'GET', 'wall'),
    postOverFloorWall: over(['byHand'], 'whole', 'POST', 'wall'),
    heapKb: round(heapKb, 0),
  };
  const aim = (figure: keyof typeof figures, atMost: number) => ({ figure, value: figures[figure], atMost });
  return {
    figures,
    missing,
    aims: [
      aim('getOverPeer', 0.85),
      aim('postOverPeer', 0.85),
      aim('getOwnOverPeer', 0.65),
      aim('postOwnOverPeer', 0.65),
      aim('getOverFloor', 1),
      aim('postOverFloor', 1),
    ],
  };
}

function keyOf(name: Candidate, mode: Mode, method: Method): string {
  return `${name} ${mode} ${method}`;
}

async function worker(node: string, bundle: string, mode: Mode, url: string): Promise<ChildProcess> {
  const child = fork(join(FOLDER, 'worker.mjs'), [bundle, KEYS, mode], {
    execPath: node,
    execArgv: ['--expose-gc', '--max-semi-space-size=128'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
      ISSUER,
      MAP_ITEM: JSON.stringify({
        table: { S: 'Orders' },
        epoch: { N: '1' },
        shards: { L: [{ S: 'shard0' }] },
        slots: { S: initialSlots(1) },
        partitionKey: { S: 'customerId' },
        sortKey: { S: 'orderId' },
      }),
      BREAKWATER_NAME: 'bench',
      BREAKWATER_MAP_TABLE: 'map',
      BREAKWATER_IDENTITY: JSON.stringify({ issuer: ISSUER, kind: 'cognito', servicePrefix: 'bench/' }),
      BREAKWATER_ROUTES: packRoutes([
        { method: 'GET', path: '/orders/{orderId}', access: ['person'] },
        { method: 'POST', path: '/orders', access: ['person'], maxBody: 65_536, contentType: 'application/json' },
      ]),
    },
  });
  await nextMessage(child);
  return child;
}

async function ask(child: ChildProcess | undefined, method: Method, times: number, heap = false): Promise<Sample> {
  if (child === undefined) throw new Error('there is no such worker');
  const answered = nextMessage(child);
  child.send({ events: [eventOf(method)], times, heap });
  const sample = (await answered) as Sample & { error?: string };
  if (sample.error !== undefined) throw new Error(sample.error);
  return sample;
}

/** The event with which a function URL passes on a signed request of CloudFront. */
function eventOf(method: Method): object {
  const body = method === 'POST' ? BODY : undefined;
  const rawPath = method === 'POST' ? '/orders' : '/orders/536365';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: '',
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip, br',
      host: 'abc.lambda-url.us-east-1.on.aws',
      'user-agent': 'Amazon CloudFront',
      via: '2.0 abc.cloudfront.net (CloudFront)',
      'x-amz-cf-id': 'abc',
      'x-amz-date': '20261130T150000Z',
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      authorization: 'AWS4-HMAC-SHA256 Credential=abc',
      'x-breakwater-token': TOKEN,
      ...(body === undefined
        ? {}
        : {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(body)),
            'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
          }),
    },
    requestContext: {
      accountId: '111122223333',
      apiId: 'abc',
      domainName: 'abc.lambda-url.us-east-1.on.aws',
      requestId: randomUUID(),
      stage: '$default',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'Amazon CloudFront' },
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

function token(): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: ISSUER,
    sub: 'p-1',
    username: 'anna',
    token_use: 'access',
    scope: 'openid',
    exp: now + 3_600,
    iat: now,
  };
  const text = `${encode({ alg: 'RS256', kid: 'k1' })}.${encode(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

const TOKEN = token();
