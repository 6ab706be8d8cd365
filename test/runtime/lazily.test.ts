import { lazily } from '../../lambdas/runtime/lazily';

test('a value is made once for concurrent calls, and again only after a failure', async () => {
  let made = 0;
  const value = lazily(async () => {
    if (++made === 1) throw new Error('no disk');
    return made;
  });
  expect(await Promise.allSettled([value(), value()])).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(await Promise.all([value(), value()])).toEqual([2, 2]);
  expect(await value()).toBe(2);
});

/** A module that can't be loaded the first time. */
function brokenOnce(path: string): void {
  let broken = true;
  jest.doMock(path, () => {
    if (broken) {
      broken = false;
      throw new Error('no disk');
    }
    return jest.requireActual(path);
  });
}

describe('a failed load is repeated at the next call', () => {
  beforeEach(() => jest.resetModules());
  afterEach(() => jest.dontMock('../../lambdas/runtime/table/sdk'));

  test('by a connection', async () => {
    brokenOnce('../../lambdas/runtime/table/sdk');
    const { Connection } = await import('../../lambdas/runtime');
    const connection = new Connection();
    await expect(connection.load()).rejects.toThrow('no disk');
    const { client } = await connection.load();
    expect(await client.config.maxAttempts()).toBe(1);
    client.destroy();
  });

  test('by the worker’s queue', async () => {
    brokenOnce('../../lambdas/runtime/worker/sdk');
    const { sourceQueue } = await import('../../lambdas/runtime/worker/source-queue');
    const queue = sourceQueue('https://sqs.example/1/Payments');
    await expect(queue.preload!()).rejects.toThrow('no disk');
    expect(await queue.preload!()).toBeDefined();
  });

  test('by the verifier', async () => {
    brokenOnce('aws-jwt-verify/jwt-verifier');
    const { issuerVerifier } = await import('../../lambdas/runtime/http/verifier');
    const verifier = issuerVerifier({
      issuer: 'https://id.example.com',
      kind: 'oidc',
      audience: 'shop',
      servicePrefix: '',
      jwksUri: 'https://id.example.com/certs',
    });
    await expect(verifier.verify('garbage')).rejects.toThrow('no disk');
    await expect(verifier.verify('garbage')).rejects.toMatchObject({ code: 'token_malformed' });
  });
});
