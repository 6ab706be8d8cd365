import { createServer } from 'node:net';
import { claimPort, freePort } from '../../local/cloud';

test('a free port can be claimed', async () => {
  const port = await freePort();
  expect(await claimPort(port, '--port')).toBe(port);
});

test('fails when the port is in use', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await expect(claimPort(port, '--port')).rejects.toThrow(`--port: port ${port} is in use`);
  await new Promise((resolve) => server.close(resolve));
});

test('fails when it is no port', async () => {
  await expect(claimPort(70_000, '--port')).rejects.toThrow(/from 1 to 65535, got 70000/);
});
