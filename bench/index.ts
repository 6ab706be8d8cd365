import { parseArgs } from 'node:util';
import { bundleBench } from './bundle';
import { coldstartBench } from './coldstart/coldstart';
import { type Bench, holds } from './measure';
import { predictionBench } from './prediction';
import { synthBench } from './synth';

/** `npm run -s bench` lists the benchmarks; `npm run -s bench -- NAME [--quick]` runs one. Its last line is one JSON object. */
const BENCHES: Readonly<Record<string, Bench>> = {
  synth: synthBench,
  bundle: bundleBench,
  coldstart: coldstartBench,
  prediction: predictionBench,
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
    for (const [known, { says }] of Object.entries(BENCHES)) console.log(`${known.padEnd(12)}${says}`);
    console.log('\nnpm run -s bench -- NAME [--quick]');
    return;
  }
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(`there is no benchmark '${name}'; there are ${Object.keys(BENCHES).join(', ')}`);
  const { figures, aims, missing = [] } = await bench.run(values);
  if (aims.length > 0) console.log();
  for (const aim of aims) {
    const wanted = aim.atMost === undefined ? `at least ${aim.atLeast}` : `at most ${aim.atMost}`;
    console.log(`${holds(aim) ? 'ok    ' : 'MISSED'}  ${aim.figure} = ${aim.value ?? 'not measured'} (aim: ${wanted})`);
  }
  const ok = aims.every(holds);
  console.log(JSON.stringify({ bench: name, ok, figures, ...(missing.length > 0 ? { missing } : {}) }));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
