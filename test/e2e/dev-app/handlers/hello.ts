import { setTimeout as sleep } from 'node:timers/promises';

const VERSION = 'v1';

export async function handler({ rawPath }: { rawPath: string }) {
  if (rawPath === '/slow') await sleep(1_500);
  if (rawPath === '/fail') throw new Error('it fails here');
  console.log(JSON.stringify({ level: 'info', message: 'greeted', VERSION }));
  return { statusCode: 200, body: VERSION };
}
