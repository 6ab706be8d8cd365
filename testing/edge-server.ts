import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { EdgeSimulator } from './edge-simulator';
import type { EdgeRequest } from './model';

/** More than any origin takes; beyond it the connection isn't worth its memory. */
const MAX_BODY = 20 * 1024 * 1024;

export interface EdgeServerProps {
  /** Port of 127.0.0.1, 0 for any free one, for plain HTTP, which counts as secure here: browsers take `http://localhost` for a secure context. */
  readonly port: number;
  /**
   * A second port, with TLS.
   * @default plain HTTP only
   */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string };
}

/** A running edge. */
export interface EdgeServer {
  readonly url: string;
  /** Address with TLS, if there is one. */
  readonly secureUrl?: string;
  /** Ends every connection and frees the ports. */
  close(): Promise<void>;
}

/**
 * Serves a simulated distribution on this machine, for nobody else.
 * @throws Error of Node with the code `EADDRINUSE` and the port, if somebody listens there; nothing listens then
 */
export async function serveEdge(simulator: EdgeSimulator, props: EdgeServerProps): Promise<EdgeServer> {
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
  simulator: EdgeSimulator,
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
  // A browser that trusted the certificate would refuse every plain page of this machine from then on.
  if (tls) delete headers['strict-transport-security'];
  // The length of what a HEAD would have got stays; else it is that of the body as it is now.
  const stated = request.method === 'HEAD' ? length : String(response.body.length);
  outgoing.writeHead(response.status, {
    ...headers,
    ...(stated !== undefined && response.status !== 304 ? { 'content-length': stated } : {}),
    ...(response.cookies.length > 0 ? { 'set-cookie': [...response.cookies] } : {}),
  });
  outgoing.end(response.body);
}

/** Whether a request's target is a path that makes an address. */
function isTarget(target: string): boolean {
  return target.startsWith('/') && URL.canParse(target, 'http://localhost');
}

/** Headers as they came: Node's own map leaves out all but the first of some that came twice, and a function must see those. */
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
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
