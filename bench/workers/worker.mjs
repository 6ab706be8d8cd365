import { pathToFileURL } from 'node:url';

/**
 * Loads one handler. The bench sends events over IPC. The worker runs them, one after the other or
 * all at once, and answers with the time they took.
 */
const [bundle, milliseconds] = process.argv.slice(2);
const { handler } = await import(pathToFileURL(bundle).href);

async function run(event) {
  const end = Date.now() + Number(milliseconds);
  const context = { getRemainingTimeInMillis: () => end - Date.now(), awsRequestId: 'bench', functionName: 'bench' };
  const { batchItemFailures } = await handler(event, context);
  return batchItemFailures.length;
}

process.on('message', async ({ events, isParallel, heap }) => {
  try {
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    let failed = 0;
    if (isParallel) for (const count of await Promise.all(events.map(run))) failed += count;
    else for (const event of events) failed += await run(event);
    const wall = (performance.now() - started) * 1_000;
    const { user, system } = process.cpuUsage(cpuBefore);
    if (heap) {
      // Objects with finalizers need a second collection.
      globalThis.gc();
      await new Promise((next) => setImmediate(next));
      globalThis.gc();
    }
    process.send({ wall, cpu: user + system, failed, heapMb: process.memoryUsage().heapUsed / 2 ** 20 });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.send({ ready: true });
