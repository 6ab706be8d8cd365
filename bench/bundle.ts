import { statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { compile } from './compiled';
import { type Bench, printTable, ROOT, round, WORK } from './measure';
import { packages } from './packages';

/**
 * Size of each handler's package, compared with the same SDK clients in a default bundle of
 * esbuild.
 */
export const bundleBench: Bench = {
  description: 'size of each handler, compared with a default bundle of the same SDK clients',
  async run() {
    await compile();
    const ours = await packages();
    const outfile = join(WORK, 'peer', 'index.js');
    await build({
      entryPoints: [join(ROOT, 'bench/coldstart/default-sdk.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node24',
      logLevel: 'error',
    });
    const peerKb = statSync(outfile).size / 1024;
    printTable([
      ['handler', 'all KB', 'read at start KB'],
      ...ours.map(({ name, totalKb, entryKb }) => [name, totalKb.toFixed(0), entryKb.toFixed(1)]),
      ['SDK clients, defaults', peerKb.toFixed(0), peerKb.toFixed(1)],
    ]);
    return {
      figures: {
        maxHandlerKb: round(Math.max(...ours.map(({ totalKb }) => totalKb)), 1),
        maxEntryKb: round(Math.max(...ours.map(({ entryKb }) => entryKb)), 1),
        peerKb: round(peerKb, 1),
        handlers: Object.fromEntries(ours.map(({ name, totalKb }) => [name, round(totalKb, 1)])),
      },
      aims: [],
    };
  },
};
