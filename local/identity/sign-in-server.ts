import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Paths of the hosted sign-in. The server forwards only these paths to the emulator. */
const SIGN_IN_PATHS = /^\/(oauth2\/(authorize|token|revoke|userInfo)|login|logout)$/;

export interface SignInServerProps {
  /** Port of 127.0.0.1; 0 for any free port. */
  readonly port: number;
  /** Address of the local AWS emulator. */
  readonly endpoint: string;
  /** Host name of the sign-in on AWS. */
  readonly host: string;
  /** Local origins of the distribution. Scripts of these origins may read the answers (CORS). */
  readonly origins: readonly string[];
}

/** A running sign-in server. */
export interface SignInServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the user pool's hosted sign-in on plain `http://localhost`, where a browser needs no certificate. */
export async function serveSignIn(props: SignInServerProps): Promise<SignInServer> {
  const server = createServer((incoming, outgoing) => {
    const here = `http://localhost:${(server.address() as AddressInfo).port}`;
    pass(props, here, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(props.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function pass(props: SignInServerProps, here: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const cors = corsHeaders(props.origins, incoming.headers.origin);
  const target = incoming.url ?? '/';
  if (!target.startsWith('/') || !URL.canParse(target, here)) {
    outgoing.writeHead(400, { connection: 'close' }).end();
    return;
  }
  const { pathname, search } = new URL(target, here);
  if (!SIGN_IN_PATHS.test(pathname)) {
    outgoing.writeHead(404, cors).end();
    return;
  }
  if (incoming.method === 'OPTIONS') {
    outgoing.writeHead(204, cors).end();
    return;
  }
  const { hostname, port } = new URL(props.endpoint);
  const { origin: _origin, referer: _referer, connection: _connection, ...headers } = incoming.headers;
  const forward = httpsRequest(
    {
      host: hostname,
      port,
      method: incoming.method,
      // The forwarded path is the normalized one that was checked, because the emulator might
      // resolve `/x/../login` differently.
      path: `${pathname}${search}`,
      headers: { ...headers, host: props.host },
      servername: 'localhost',
    },
    (answer) => {
      const kept = Object.entries(answer.headers).filter(
        ([name]) => !/^(access-control-|connection$|keep-alive$|transfer-encoding$)/.test(name),
      );
      outgoing.writeHead(answer.statusCode ?? 502, {
        ...Object.fromEntries(kept.map(([name, value]) => [name, value ?? ''])),
        ...(answer.headers.location ? { location: toLocalAddress(answer.headers.location, here, props) } : {}),
        ...cors,
      });
      answer.on('error', () => outgoing.destroy());
      answer.pipe(outgoing);
    },
  );
  forward.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502, cors).end()));
  incoming.pipe(forward);
}

/**
 * Replaces the host of a redirect by this server's address, if the redirect stays within the
 * sign-in.
 */
function toLocalAddress(location: string, here: string, props: SignInServerProps): string {
  return location.replace(`https://${props.host}`, here).replace(props.endpoint, here);
}

function corsHeaders(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origin === undefined || !origins.includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type',
    vary: 'Origin',
  };
}
