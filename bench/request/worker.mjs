import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/**
 * Loads one handler. The benchmark sends messages over IPC with the number of calls. The worker
 * makes these calls and answers with their mean time and memory. The issuer's keys come from
 * memory. In production, they are fetched over TLS only once, so the fetch isn't measured.
 */
const [bundle, keys, mode] = process.argv.slice(2);
https.request = (_url, _options, answered) => {
  const response = Object.assign(Readable.from([Buffer.from(keys)]), { statusCode: 200, headers: {} });
  queueMicrotask(() => answered(response));
  return { on: () => undefined, end: () => undefined, write: () => undefined, destroy: () => undefined };
};
syncBuiltinESMExports();

/**
 * In the mode `own`, these functions replace the SDK client and the verifier, so that only the
 * handler's own work is measured.
 */
if (mode === 'own') {
  const claims = { sub: 'p-1', username: 'anna', token_use: 'access', scope: 'openid' };
  const map = JSON.parse(process.env.MAP_ITEM);
  const item = {
    customerId: 'p-1',
    orderId: '536365',
    status: 'paid',
    placedAt: '2010-12-01T08:26:00.000Z',
    total: '139.12',
  };
  const packed = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }]));
  globalThis.own = {
    verify: async () => claims,
    send: async ({ input }) => ('Key' in input ? { Item: input.TableName === 'map' ? map : packed } : {}),
  };
}

const { handler } = await import(pathToFileURL(bundle).href);
const context = { getRemainingTimeInMillis: () => 10_000, awsRequestId: 'bench', functionName: 'bench' };

process.on('message', async ({ events, times, heap }) => {
  try {
    if (heap) globalThis.gc();
    const heapBefore = process.memoryUsage().heapUsed;
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    let last;
    for (let i = 0; i < times; i++) last = await handler(events[i % events.length], context);
    const wall = (performance.now() - started) * 1_000;
    const { user, system } = process.cpuUsage(cpuBefore);
    const heapKb = (process.memoryUsage().heapUsed - heapBefore) / 1_024 / times;
    process.send({
      wall: wall / times,
      cpu: (user + system) / times,
      heapKb,
      status: last.statusCode,
      body: last.body,
    });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({ ready: true });
