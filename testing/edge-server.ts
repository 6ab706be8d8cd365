import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { EdgeSimulator } from './edge-simulator';
import type { EdgeRequest } from './model';

/**
 * Maximum size of a body. It is larger than any origin's limit. A request with a larger body gets
 * 413, and the server doesn't keep the body in memory.
 */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** Props of `serveEdge`. */
export interface EdgeServerProps {
  /**
   * Port on 127.0.0.1 for plain HTTP; 0 for any free port. The simulator treats these requests like
   * HTTPS requests, because browsers treat `http://localhost` as a secure context.
   */
  readonly port: number;
  /**
   * Port and certificate for TLS, in addition to plain HTTP.
   * @default plain HTTP only
   */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string };
}

/** A running edge server. */
export interface EdgeServer {
  readonly url: string;
  /** Address with TLS, if there is one. */
  readonly secureUrl?: string;
  /** Closes all connections and frees the ports. */
  close(): Promise<void>;
}

/**
 * Serves a simulated distribution on 127.0.0.1.
 * @throws Error of Node.js with the code `EADDRINUSE` and the port, if a port is in use. In this
 * case, no port remains open.
 */
export async function serveEdge(simulator: Pick<EdgeSimulator, 'handle'>, props: EdgeServerProps): Promise<EdgeServer> {
  const onRequest =
    (tls: boolean) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      answer(simulator, request, response, tls).catch(() => response.destroy());
    };
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise<void>((resolve) => server.close(() => resolve()));
      }),
    );
  };
  const serve = async (server: Server, port: number): Promise<number> => {
    await listen(server, port);
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  try {
    const url = `http://localhost:${await serve(createServer(onRequest(false)), props.port)}`;
    if (props.tls === undefined) return { url, close };
    const { certificate: cert, key, port } = props.tls;
    return {
      url,
      secureUrl: `https://localhost:${await serve(createTlsServer({ cert, key }, onRequest(true)), port)}`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

async function answer(
  simulator: Pick<EdgeSimulator, 'handle'>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  tls: boolean,
): Promise<void> {
  const body = await readBody(incoming);
  if (body === undefined) {
    outgoing.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const target = incoming.url ?? '/';
  if (!isTarget(target)) {
    outgoing.writeHead(400, { connection: 'close' }).end();
    return;
  }
  const at = target.indexOf('?');
  const request: EdgeRequest = {
    method: incoming.method ?? 'GET',
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? '' : target.slice(at + 1),
    ...headersOf(incoming.rawHeaders),
    body,
    ip: incoming.socket.remoteAddress ?? '127.0.0.1',
    secure: true,
  };
  const response = await simulator.handle(request);
  const { 'content-length': length, ...others } = response.headers;
  const headers = { ...others };
  // With this header, a browser would refuse plain HTTP on all ports of localhost for years.
  if (tls) delete headers['strict-transport-security'];
  // An answer to HEAD states the length of the body that GET would return. Other answers state the
  // length of their own body.
  const stated = request.method === 'HEAD' ? length : String(response.body.length);
  outgoing.writeHead(response.status, {
    ...headers,
    ...(stated !== undefined && response.status !== 304 ? { 'content-length': stated } : {}),
    ...(response.cookies.length > 0 ? { 'set-cookie': [...response.cookies] } : {}),
  });
  outgoing.end(response.body);
}

/** Whether a request's target is a path, and valid in a URL. */
function isTarget(target: string): boolean {
  return target.startsWith('/') && URL.canParse(target, 'http://localhost');
}

/**
 * Returns all values of all headers. Node's own map of headers drops repeated values of some
 * headers, but functions must get them.
 */
function headersOf(raw: readonly string[]): Pick<EdgeRequest, 'headers' | 'headerValues'> {
  const all = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    all.set(name, [...(all.get(name) ?? []), raw[i + 1]!]);
  }
  const headers = [...all].map(([name, values]) => [name, values.join(name === 'cookie' ? '; ' : ', ')]);
  return {
    headers: Object.fromEntries(headers),
    headerValues: Object.fromEntries([...all].filter(([name, values]) => name !== 'cookie' && values.length > 1)),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
