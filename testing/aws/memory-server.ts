import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request to a service in memory. */
export interface ServiceRequest {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** An answer of a service in memory. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * Answers a request. With `hang`, the server never answers. With `lose`, the connection breaks
 * instead of an answer.
 */
export type Service = (request: ServiceRequest) => Promise<ServiceAnswer | 'hang' | 'lose'>;

/**
 * Serves the AWS services in memory on 127.0.0.1. Handlers call the services through a real socket,
 * so that each test includes the SDK's serialisation, retries and errors. The server doesn't keep a
 * process alive.
 */
export class MemoryServer {
  /**
   * @param port preferred port; if it is in use, the server takes another port. Default: any free
   * port
   */
  static async start(service: Service, port = 0): Promise<MemoryServer> {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const { method = 'GET', url = '/', headers } = request;
        service({ method, path: url, headers, body: Buffer.concat(parts) }).then(
          (answer) => {
            if (answer === 'hang') return;
            if (answer === 'lose') request.socket.destroy();
            else response.writeHead(answer.status, answer.headers).end(answer.body);
          },
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
      });
    });
    server.on('connection', (socket: Socket) => socket.unref());
    await listen(server, port).catch(() => listen(server, 0));
    server.unref();
    return new MemoryServer(server, (server.address() as AddressInfo).port);
  }

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  /** Address of all services. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
