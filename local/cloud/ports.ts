import { createServer } from 'node:net';
import { LocalError } from '../local-error';

/** A port of 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return probe(0);
}

/**
 * Makes sure that a port which was asked for is free.
 * @throws LocalError if it is in use
 */
export async function claimPort(port: number, what: string): Promise<number> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new LocalError(`${what}: a port must be a whole number from 1 to 65535, got ${port}`);
  }
  try {
    return await probe(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new LocalError(`${what}: port ${port} is in use; end what uses it or name another`);
    if (code === 'EACCES')
      throw new LocalError(`${what}: this user may not listen on port ${port}; name one above 1023`);
    throw error;
  }
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
