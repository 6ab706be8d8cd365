import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificateFiles } from '../cloud';
import type { FakeScaling } from './fake-scaling';
import { ScalingError } from './scaling-error';
import { requireSigned } from './signed';

const PREFIX = 'AnyScaleFrontendService.';
const CONTENT_TYPE = 'application/x-amz-json-1.1';
/** Maximum characters of a request body. */
const MAX_BODY = 65_536;
/** Interval at which scheduled actions are checked. */
const DUE_CHECK_MS = 1_000;

export interface ServeScalingProps {
  readonly fake: FakeScaling;
  readonly region: string;
  /**
   * The certificate that functions of the local AWS emulator trust.
   * @default - plain HTTP
   */
  readonly certificate?: CertificateFiles;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Receives a line for each request. */
  readonly log?: (line: string) => void;
}

/** A running server with the fake of Application Auto Scaling. */
export interface ScalingServer {
  /**
   * `https://127.0.0.1:<port>`, without a trailing slash: the value of
   * `AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING`.
   */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the fake on a free port of 127.0.0.1, with the service's protocol: signed JSON 1.1
 * requests with the operation in `X-Amz-Target`.
 */
export async function serveScaling(props: ServeScalingProps): Promise<ScalingServer> {
  const respond = (incoming: IncomingMessage, outgoing: ServerResponse) => void answer(props, incoming, outgoing);
  const { certificate: files } = props;
  const server =
    files === undefined
      ? createServer(respond)
      : createTlsServer({ cert: readFileSync(files.certificate), key: readFileSync(files.key) }, respond);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const timer = setInterval(() => void props.fake.runDueActions(), DUE_CHECK_MS);
  timer.unref();
  return {
    url: `${files === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(props: ServeScalingProps, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const target = String(incoming.headers['x-amz-target'] ?? '');
  let caller = 'nobody';
  let [status, body]: [number, object] = [200, {}];
  try {
    const text = await readBody(incoming);
    caller = requireSigned(incoming.headers, props.region, props.now());
    if (incoming.method !== 'POST' || !target.startsWith(PREFIX)) {
      throw new ScalingError('UnknownOperationException', `'${target}' is not an operation of this service`);
    }
    body = await props.fake.call(target.slice(PREFIX.length), parse(text));
  } catch (error) {
    const known = error instanceof ScalingError;
    status = known ? 400 : 500;
    body = { __type: known ? error.code : 'InternalServiceException', message: (error as Error).message };
  }
  const reason = status === 200 ? '' : ` ${JSON.stringify(body)}`;
  props.log?.(`fake scaling: ${target || 'a request without a target'} of ${caller}: ${status}${reason}`);
  outgoing.writeHead(status, { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': randomUUID() });
  outgoing.end(JSON.stringify(body));
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    text += chunk;
    if (text.length > MAX_BODY) throw new ScalingError('SerializationException', 'the request is too large');
  }
  return text;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Invalid JSON is reported by the error below.
  }
  throw new ScalingError('SerializationException', 'the request must be a JSON object');
}
