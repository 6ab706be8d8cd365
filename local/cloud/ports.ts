import { type AddressInfo, createServer, type Server } from 'node:net';
import { LocalError } from '../local-error';

/** A reserved port of 127.0.0.1. This process occupies it until a server listens on it. */
export class HeldPort {
  /**
   * Takes a port. Ports that are held at the same time differ.
   * @param what use of the port, for error messages
   * @param port number of the port; 0 takes a free port
   * @throws LocalError if the port is in use or forbidden
   */
  public static async hold(what: string, port = 0): Promise<HeldPort> {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new LocalError(`${what}: a port must be a whole number from 1 to 65535, got ${port}`);
    }
    // The connection of a client that connects too early is closed, so that the client doesn't
    // wait.
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(portError(error, what)));
      server.listen(port, '127.0.0.1', resolve);
    });
    // A held port must not keep the process alive.
    server.unref();
    return new HeldPort((server.address() as AddressInfo).port, server);
  }

  private constructor(
    public readonly port: number,
    private readonly server: Server,
  ) {}

  /** Frees the port. Does nothing if the port is free already. */
  public async release(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Turns an error of `listen` into a LocalError. Other errors are returned unchanged. */
export function portError(error: unknown, what: string): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return new LocalError(
      `${what}: port ${port} is in use; end the program that uses it, or choose another port with --port`,
    );
  }
  if (code === 'EACCES') {
    return new LocalError(`${what}: this user may not listen on port ${port}; choose one above 1023 with --port`);
  }
  return error;
}
