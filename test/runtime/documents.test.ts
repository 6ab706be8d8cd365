import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { DocumentError, documents } from '../../lambdas/runtime';

/** S3 in memory behind a real socket, so that the SDK's serialisation and errors are part of each test. */
class S3Stub {
  readonly objects = new Map<string, { readonly body: Buffer; readonly type: string | undefined }>();
  readonly calls: string[] = [];
  /** Error code by which the next calls are rejected. */
  rejectWith: string | undefined;
  private server: Server | undefined;

  async start(): Promise<S3Client> {
    const server = createServer(async (request, response) => {
      const url = decodeURIComponent(new URL(request.url ?? '/', 'http://s3').pathname);
      this.calls.push(`${request.method} ${url}`);
      const body = await bodyOf(request);
      const reject = (status: number, code: string) => {
        response.writeHead(status, { 'content-type': 'application/xml' });
        response.end(`<Error><Code>${code}</Code><Message>about ${url}</Message></Error>`);
      };
      if (this.rejectWith !== undefined) return reject(403, this.rejectWith);
      const object = this.objects.get(url);
      if (request.method === 'PUT') this.objects.set(url, { body, type: request.headers['content-type'] });
      if (request.method === 'DELETE') this.objects.delete(url);
      if (request.method === 'GET' && object === undefined) return reject(404, 'NoSuchKey');
      response.writeHead(request.method === 'DELETE' ? 204 : 200);
      response.end(request.method === 'GET' ? object?.body : undefined);
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new S3Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      forcePathStyle: true,
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const environment = { BREAKWATER_DOCUMENTS: JSON.stringify({ Invoices: 'bucket-1', Mail: 'bucket-2' }) };

describe('documents', () => {
  const stub = new S3Stub();
  let client: S3Client;
  const store = (name = 'Invoices') => documents(name, { client, environment });

  beforeAll(async () => {
    client = await stub.start();
  });
  beforeEach(() => {
    stub.objects.clear();
    stub.calls.length = 0;
    stub.rejectWith = undefined;
  });
  afterAll(() => {
    client.destroy();
    stub.stop();
  });

  test('stores, reads and deletes in the bucket of the named store', async () => {
    const bytes = new Uint8Array([0, 255, 7]);
    await store().put('a/ü 1.pdf', bytes, { contentType: 'application/pdf' });
    expect([...stub.objects]).toEqual([['/bucket-1/a/ü 1.pdf', { body: Buffer.from(bytes), type: 'application/pdf' }]]);
    expect(await store().get('a/ü 1.pdf')).toEqual(bytes);
    await store().delete('a/ü 1.pdf');
    expect(stub.objects.size).toBe(0);
  });

  test('stores text as UTF-8', async () => {
    await store('Mail').put('m', 'grüß');
    expect(stub.objects.get('/bucket-2/m')?.body.toString('utf8')).toBe('grüß');
  });

  test('has undefined for a missing document', async () => {
    await expect(store().get('missing')).resolves.toBeUndefined();
  });

  test('fails with the code of S3, and repeats neither the key nor what S3 says', async () => {
    stub.rejectWith = 'AccessDenied';
    const error = await store()
      .get('anne@example.com')
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DocumentError);
    expect(error).toMatchObject({ name: 'DocumentError', store: 'Invoices', operation: 'get', code: 'AccessDenied' });
    expect((error as Error).message).toBe("get of a document in 'Invoices' failed: AccessDenied");
    expect(error).toMatchObject({ status: 403 });
  });

  test.each([
    ['empty', '', '0 bytes'],
    ['too long', 'ü'.repeat(513), '1026 bytes'],
    ['no proper Unicode', 'a\ud800', 'half a character'],
    ['no text', 7 as unknown as string, 'number'],
  ])('refuses a key that is %s, and sends nothing', async (_, key, got) => {
    await expect(store().put(key, 'x')).rejects.toThrow(
      `key of a document in 'Invoices' must be 1 to 1024 bytes of UTF-8, got ${got}`,
    );
    expect(stub.calls).toEqual([]);
  });

  test.each([['Payments'], ['constructor']])('refuses a store that was not granted: %s', async (name) => {
    await expect(store(name).get('x')).rejects.toThrow(
      `documents('${name}') must be granted to the function, granted are Invoices, Mail; use DocumentStore.grantRead`,
    );
    expect(stub.calls).toEqual([]);
  });

  test('ends a call whose signal is aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(store().get('x', { signal })).rejects.toMatchObject({ name: 'DocumentError', code: 'AbortError' });
  });
});
