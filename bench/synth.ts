import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compile, emptyCache, type Synth, shopHandlers, synth } from './compiled';
import { type Bench, median, printTable, ROOT, round, timed, WORK } from './measure';

/**
 * Runs the command `cdk synth`. Validation is turned off, because it takes equally long for every
 * app.
 */
async function cdkSynth(app: string): Promise<Synth> {
  const assembly = join(WORK, 'assemblies', `cli-${basename(app, '.ts')}`);
  const cli = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const args = ['synth', '--no-validation', '--quiet', '--output', assembly, '--app', `node --import tsx ${app}`];
  const { seconds } = await timed(process.execPath, [cli, ...args], { env: { CDK_DISABLE_CLI_TELEMETRY: '1' } });
  return { seconds, rssMb: 0, assembly };
}

/**
 * Wall time and memory of a synth. Two rows measure the complete command with CLI and compiler, for
 * the shop and for an empty stack. The other rows measure only the compiled apps, to show the
 * library's own share.
 */
export const synthBench: Bench = {
  description: 'wall time and memory of a synth, compared with NodejsFunction and an empty stack',
  async run({ quick }) {
    await compile();
    const entries = [
      ...shopHandlers().map((name) => join(ROOT, 'lambdas/shop', `${name}.ts`)),
      ...readdirSync(join(ROOT, 'lambdas/system'))
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => join(ROOT, 'lambdas/system', name)),
    ].join(',');
    const variants: Record<string, () => Promise<Synth>> = {
      cdkSynthEmpty: () => cdkSynth('bench/apps/empty.ts'),
      cdkSynthShop: () => cdkSynth('bin/app.ts'),
      empty: () => synth('bench/apps/empty'),
      shop: () => synth('bin/app'),
      shopCold: () => {
        emptyCache();
        return synth('bin/app');
      },
      nodejsFunction: () => synth('bench/apps/nodejs-functions', { ENTRIES: entries }),
      modules10: () => synth('bench/apps/modules', { MODULES: '10' }),
      ...(quick
        ? {}
        : {
            modules50: () => synth('bench/apps/modules', { MODULES: '50' }),
            modules100: () => synth('bench/apps/modules', { MODULES: '100' }),
          }),
    };
    await synth('bin/app'); // The first run fills the cache of bundles.
    // This run fills the cache of the repository's folder, which isn't the cache of the compiled
    // apps.
    await cdkSynth('bin/app.ts');
    const rounds = quick ? 3 : 5;
    const runs = new Map<string, Synth[]>(Object.keys(variants).map((name) => [name, []]));
    // Each round runs all apps, so a slow phase of the machine affects all of them.
    for (let i = 0; i < rounds; i++) {
      for (const [name, run] of Object.entries(variants)) {
        if (quick && i > 0 && name === 'nodejsFunction') continue;
        runs.get(name)!.push(await run());
      }
    }
    const seconds = (name: string) => median(runs.get(name)!.map((one) => one.seconds));
    const rss = (name: string) => median(runs.get(name)!.map((one) => one.rssMb));
    printTable([
      ['app', 'wall s', 'over empty', 'RSS MB'],
      ...Object.keys(variants).map((name) => [
        name,
        seconds(name).toFixed(2),
        (seconds(name) / seconds(name.startsWith('cdkSynth') ? 'cdkSynthEmpty' : 'empty')).toFixed(2),
        rss(name) === 0 ? '-' : rss(name).toFixed(0),
      ]),
    ]);
    const figures = {
      shopOverEmpty: round(seconds('cdkSynthShop') / seconds('cdkSynthEmpty')),
      appOverEmptyApp: round(seconds('shop') / seconds('empty')),
      nodejsFunctionOverShop: round(seconds('nodejsFunction') / seconds('shop')),
      nodejsFunctionOverShopCold: round(seconds('nodejsFunction') / seconds('shopCold')),
      rssMb: round(rss('shop'), 0),
      functions: entries.split(',').length,
      ...Object.fromEntries(Object.keys(variants).map((name) => [`${name}Seconds`, round(seconds(name))])),
    };
    return {
      figures,
      aims: [
        { figure: 'shopOverEmpty', value: figures.shopOverEmpty, atMost: 1.5 },
        { figure: 'nodejsFunctionOverShop', value: figures.nodejsFunctionOverShop, atLeast: 5 },
        { figure: 'nodejsFunctionOverShopCold', value: figures.nodejsFunctionOverShopCold, atLeast: 4 },
      ],
    };
  },
};
