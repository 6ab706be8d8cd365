import { parseArgs } from 'node:util';
import { bundleBench } from './bundle';
import { coldstartBench } from './coldstart/coldstart';
import { devBench } from './dev/dev';
import { type Bench, linesOf } from './measure';
import { predictionBench } from './prediction';
import { relayBench } from './relay/relay';
import { requestBench } from './request/request';
import { synthBench } from './synth';
import { workersBench } from './workers/workers';

/**
 * `npm run -s bench` lists the benchmarks. `npm run -s bench -- NAME [--quick]` runs one. The last
 * line of its output is a JSON object. Its property `ok` states whether every aim is met. After a
 * measurement, the exit code is 0. If no measurement was possible, the exit code is 1, and stderr
 * contains the reason.
 */
const BENCHES: Readonly<Record<string, Bench>> = {
  synth: synthBench,
  bundle: bundleBench,
  coldstart: coldstartBench,
  request: requestBench,
  prediction: predictionBench,
  dev: devBench,
  workers: workersBench,
  relay: relayBench,
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      trace: { type: 'string' },
      traces: { type: 'string' },
      lead: { type: 'string' },
    },
  });
  const [name] = positionals;
  if (name === undefined) {
    for (const [known, { description }] of Object.entries(BENCHES)) console.log(`${known.padEnd(12)}${description}`);
    console.log('\nnpm run -s bench -- NAME [--quick]');
    return;
  }
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(`there is no benchmark '${name}'; there are ${Object.keys(BENCHES).join(', ')}`);
  const result = await bench.run(values);
  for (const line of linesOf(name, result)) console.log(line);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
