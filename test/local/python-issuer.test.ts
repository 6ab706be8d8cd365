import { spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { resolve } from 'node:path';

const SITE = resolve(__dirname, '..', '..', 'local', 'cloud', 'python');

/** Whether a Python function that asks for an address calls the emulator. */
async function callsEmulator(address: string, variables: Record<string, string>): Promise<boolean> {
  let called = false;
  const server = createServer((socket) => {
    called = true;
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = `import urllib.request\ntry:\n  urllib.request.urlopen('${address}', timeout=5)\nexcept OSError:\n  pass`;
  const env = { PATH: process.env['PATH'], PYTHONPATH: SITE, PYTHONDONTWRITEBYTECODE: '1', AWS_ENDPOINT_URL: endpoint };
  const python = spawn('python3', ['-c', code], { env: { ...env, ...variables }, stdio: 'ignore' });
  await new Promise((done) => python.once('exit', done));
  await new Promise((done) => server.close(done));
  return called;
}

const KEYS = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc/.well-known/jwks.json';
const FUNCTION = { AWS_LAMBDA_FUNCTION_NAME: 'pages' };

test("a Python function gets a user pool's keys from the emulator", async () => {
  expect(await callsEmulator(KEYS, FUNCTION)).toBe(true);
}, 60_000);

test('it asks every other host itself', async () => {
  expect(await callsEmulator('https://cognito-idp.us-east-1.amazonaws.com.invalid/', FUNCTION)).toBe(false);
}, 60_000);
