import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import type { Credentials } from '../../testing';

/** By default every so many-th call of a service is throttled. */
const THROTTLED = 5;
/** The first answer of each kind is late by this time. */
const LATE_MS = 400;
/** Entries of a page. */
const ITEMS_A_PAGE = 500;
const OBJECTS_A_PAGE = 50;
const RESOURCES_A_PAGE = 40;

/** A fault of one call. `lost`: the call takes effect, and its answer doesn't arrive. */
export type CallFault = 'throttled' | 'lost' | undefined;

export interface RoughCloudProps {
  /** Address of the emulator. */
  readonly endpoint: string;
  /**
   * Credentials of the caller. The emulator checks signatures, and calls with a shorter page are signed again.
   * @default - calls are passed on as they are, with whole pages
   */
  readonly credentials?: () => Credentials;
  /**
   * The fault of a service's call, by the number of the call.
   * @default - every fifth call is throttled
   */
  readonly faultOf?: (call: number, service: string) => CallFault;
}

/** A running proxy. */
export interface RoughCloud {
  readonly url: string;
  /** How many calls were throttled, were late, got a page of several, and lost their answer. */
  readonly counts: { throttled: number; late: number; pages: number; lost: number };
  close(): Promise<void>;
}

/** Serves the emulator as busy AWS services answer: some calls are throttled, some are late, and lists come in short pages. */
export async function serveRoughCloud({
  endpoint,
  credentials,
  faultOf = (call) => (call % THROTTLED === 0 ? 'throttled' : undefined),
}: RoughCloudProps): Promise<RoughCloud> {
  const counts = { throttled: 0, late: 0, pages: 0, lost: 0 };
  const calls = new Map<string, number>();
  const seen = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: Error) => outgoing.destroy(error));
  });

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await incoming.toArray());
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)/.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    const number = (calls.get(service) ?? 0) + 1;
    calls.set(service, number);
    const fault = service === '' ? undefined : faultOf(number, service);
    if (fault === 'throttled') {
      counts.throttled++;
      return throttle(incoming, outgoing, service);
    }
    const kind = `${service} ${String(incoming.headers['x-amz-target'] ?? incoming.method)}`;
    if (!seen.has(kind)) {
      seen.add(kind);
      counts.late++;
      await sleep(LATE_MS);
    }
    const call = { path: incoming.url ?? '/', text: body.toString() };
    const { path, text, from }: SentCall = credentials === undefined ? call : shortened(incoming, call.text);
    const headers =
      credentials === undefined
        ? sentHeaders(incoming)
        : await signedAgain(incoming, path, text, service, credentials());
    const reply = await pass(endpoint, incoming.method ?? 'GET', path, headers, text);
    if (fault === 'lost') {
      counts.lost++;
      outgoing.destroy();
      return;
    }
    const cut = from === undefined ? reply.body : resourcesFrom(from, reply.body);
    if (/NextToken|LastEvaluatedKey|<IsTruncated>true/.test(cut)) counts.pages++;
    const { 'content-length': _, 'transfer-encoding': __, ...others } = reply.headers;
    outgoing.writeHead(reply.status, others).end(from === undefined ? reply.bytes : cut);
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts, close };
}

/** The refusal of a service that gets too many calls, in its own protocol. */
function throttle({ headers }: IncomingMessage, outgoing: ServerResponse, service: string): void {
  if (service === 's3') outgoing.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
  else if (headers['x-amz-target'] !== undefined || service === 'lambda') {
    const type = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': 'ThrottlingException' };
    outgoing.writeHead(400, type).end('{"__type":"ThrottlingException","message":"Rate exceeded"}');
  } else {
    const error = '<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>';
    outgoing.writeHead(400, { 'content-type': 'text/xml' }).end(`<ErrorResponse>${error}</ErrorResponse>`);
  }
}

/** A call as it is passed on. `from` is where a page of stack resources begins. */
interface SentCall {
  readonly path: string;
  readonly text: string;
  readonly from?: number;
}

/** The call with a limit to its page. */
function shortened(incoming: IncomingMessage, body: string): SentCall {
  const path = incoming.url ?? '/';
  if (/\.(Scan|Query)$/.test(String(incoming.headers['x-amz-target']))) {
    return { path, text: JSON.stringify({ Limit: ITEMS_A_PAGE, ...(JSON.parse(body) as object) }) };
  }
  if (path.includes('list-type=2')) return { path: `${path}&max-keys=${OBJECTS_A_PAGE}`, text: body };
  const form = new URLSearchParams(body);
  if (form.get('Action') !== 'ListStackResources') return { path, text: body };
  const from = Number(form.get('NextToken') ?? 0);
  form.delete('NextToken');
  return { path, text: form.toString(), from };
}

/** A page of an answer that has all resources. */
function resourcesFrom(from: number, xml: string): string {
  const all = xml.match(/<member>[\s\S]*?<\/member>/g) ?? [];
  const next = from + RESOURCES_A_PAGE;
  const page = all.slice(from, next).join('');
  const token = next < all.length ? `<NextToken>${next}</NextToken>` : '';
  return xml
    .replace(/<NextToken>.*?<\/NextToken>|<NextToken\s*\/>/g, '')
    .replace(
      /<StackResourceSummaries>[\s\S]*<\/StackResourceSummaries>/,
      `<StackResourceSummaries>${page}</StackResourceSummaries>${token}`,
    );
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly bytes: Buffer;
  readonly body: string;
}

/** Headers of a call that is passed on unchanged, without those of the connection. */
function sentHeaders({ headers }: IncomingMessage): Record<string, string> {
  const { connection: _, 'transfer-encoding': __, 'content-length': ___, expect: ____, ...others } = headers;
  return Object.fromEntries(Object.entries(others).map(([name, value]) => [name, String(value)]));
}

/** Headers of a call with a signature of its changed form. */
async function signedAgain(
  { headers: sent, method = 'GET' }: IncomingMessage,
  path: string,
  body: string,
  service: string,
  credentials: Credentials,
): Promise<Record<string, string>> {
  const kept = Object.entries(sent).flatMap(([name, value]) =>
    /^(x-amz-target|content-type|accept|host)$/.test(name) ? [[name, String(value)] as const] : [],
  );
  const { host = '', ...headers }: Record<string, string> = Object.fromEntries(kept);
  if (service === '') return { ...headers, host };
  const url = `http://${host}${path}`;
  const signer = new AwsV4Signer({
    ...credentials,
    url,
    method,
    headers,
    service,
    region: 'us-east-1',
    ...(body && { body }),
  });
  return { host, ...Object.fromEntries((await signer.sign()).headers) };
}

function pass(
  endpoint: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  text: string,
): Promise<Reply> {
  const { protocol, hostname, port } = new URL(endpoint);
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = send(
      {
        hostname,
        port,
        path,
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(text) },
      },
      (reply) => {
        reply
          .toArray()
          .then((chunks) => {
            const bytes = Buffer.concat(chunks as Buffer[]);
            resolve({ status: reply.statusCode ?? 502, headers: reply.headers, bytes, body: bytes.toString() });
          })
          .catch(reject);
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
