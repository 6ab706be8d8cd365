import { createConnection } from 'node:net';
import { type SignInServer, serveSignIn } from '../../local/identity';

let server: SignInServer;
beforeEach(async () => {
  // No server listens at the endpoint, so a request that is passed on gets 502.
  server = await serveSignIn({ port: 0, endpoint: 'https://127.0.0.1:1', host: 'pool.example', origins: [] });
});
afterEach(() => server.close());

function statusOf(target: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer.split(' ')[1]));
  });
}

test.each(['//', 'http://', 'https://elsewhere.example/login', 'x', '*'])(
  'fails with 400 for the target %s, and goes on',
  async (target) => {
    expect(await statusOf(target)).toBe('400');
    expect(await statusOf('/login')).toBe('502');
  },
);

test.each(['/', '/health', '/oauth2/authorize/x', '/login/../health'])('%s is not for this address', async (target) => {
  expect(await statusOf(target)).toBe('404');
});
