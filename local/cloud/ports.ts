import { type AddressInfo, createServer, type Server } from 'node:net';
import { LocalError } from '../local-error';

/** A port of 127.0.0.1 that is kept from others until it is listened on in earnest. */
export class HeldPort {
  /**
   * Takes a port. Ports that are held at the same time never coincide.
   * @param what what it is for, as the person at the keyboard knows it
   * @param port which one; 0 for any that is free
   * @throws LocalError if it is in use or forbidden
   */
  public static async hold(what: string, port = 0): Promise<HeldPort> {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new LocalError(`${what}: a port must be a whole number from 1 to 65535, got ${port}`);
    }
    // Whoever calls too early is sent away, rather than left to wait.
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(portError(error, what)));
      server.listen(port, '127.0.0.1', resolve);
    });
    // Nobody has to wait for a port that is merely held.
    server.unref();
    return new HeldPort((server.address() as AddressInfo).port, server);
  }

  private constructor(
    public readonly port: number,
    private readonly server: Server,
  ) {}

  /** Lets it go, for who listens next. One that was let go is fine. */
  public async release(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Makes a LocalError of the failure to listen on a port, and leaves other errors as they are. */
export function portError(error: unknown, what: string): unknown {
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') {
    return new LocalError(`${what}: port ${port} is in use; end what uses it or name another with --port`);
  }
  if (code === 'EACCES') {
    return new LocalError(`${what}: this user may not listen on port ${port}; name one above 1023 with --port`);
  }
  return error;
}
