import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HeldPort } from '../cloud';
import { portError } from '../cloud';

/** A request that a proxy has answered. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly time: number;
  readonly ms: number;
}

export interface LocalProxyProps {
  readonly port: HeldPort;
  /** Address of the local AWS emulator. This process trusts its certificate. */
  readonly endpoint: string;
  /** Host name that is set in requests. The emulator finds the function or API by it. */
  readonly host: string;
  /** Use of the address, for error messages. */
  readonly what: string;
  readonly onRequest?: (request: ProxiedRequest) => void;
}

/** A running proxy. */
export interface LocalProxy {
  /** `http://localhost:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
/** Headers that apply to one connection only. */
const OF_THE_CONNECTION = /^(connection|keep-alive|transfer-encoding|host)$/;

/**
 * Serves one host name of the emulator on plain `http://localhost`.
 * @throws LocalError if another program has taken the port in the meantime
 */
export async function serveProxy(props: LocalProxyProps): Promise<LocalProxy> {
  const server = createServer((incoming, outgoing) => pass(props, incoming, outgoing));
  await props.port.release();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portError(error, props.what)));
    server.listen(props.port.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://localhost:${props.port.port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/**
 * The reason to refuse a request; undefined if it is accepted. Pages of other sites must not reach
 * the app. Without this check, such a page could use a host name that resolves to this machine (DNS
 * rebinding), or a script that sends requests here.
 */
export function refusal(host: string | undefined, origin: string | undefined): string | undefined {
  if (host === undefined || !LOCAL.test(host)) return `the host must be localhost, got '${host ?? ''}'`;
  if (origin === undefined) return undefined;
  const from = URL.canParse(origin) ? new URL(origin).host : origin;
  return LOCAL.test(from) ? undefined : `the origin must be a page of localhost, got '${origin}'`;
}

function pass(props: LocalProxyProps, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const time = Date.now();
  const [path = '/'] = (incoming.url ?? '/').split('?');
  outgoing.on('finish', () => {
    const { statusCode: status } = outgoing;
    props.onRequest?.({ method: incoming.method ?? 'GET', path, status, time, ms: Date.now() - time });
  });
  const refused = refusal(incoming.headers.host, incoming.headers.origin);
  if (refused !== undefined) {
    outgoing.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end(`${refused}\n`);
    return;
  }
  const { hostname, port } = new URL(props.endpoint);
  const forward = httpsRequest(
    {
      host: hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...withoutConnection(incoming.headers), host: props.host },
      servername: 'localhost',
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers));
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    },
  );
  forward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
  incoming.pipe(forward);
}

function withoutConnection<T>(headers: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !OF_THE_CONNECTION.test(name));
  return Object.fromEntries(kept) as Record<string, T>;
}
