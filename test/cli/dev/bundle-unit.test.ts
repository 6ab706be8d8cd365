import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { CodeUnits } from '../../../cli/dev/code/code-units';
import { stopEsbuild } from '../../../cli/dev/code/esbuild';

/** The bundled files find esbuild and the lock file of the repository. */
const ROOT = path.join(__dirname, '..', '..', '..', '.breakwater', 'test');

test('a used handler that no file exports any more is refused, and an unused one is not', async () => {
  mkdirSync(ROOT, { recursive: true });
  const directory = mkdtempSync(path.join(ROOT, 'bundle-unit-'));
  const write = (name: string, text: string) => writeFileSync(path.join(directory, `${name}.ts`), text);
  const units = new CodeUnits();
  try {
    for (const name of ['desk', 'ledger', 'spare']) write(name, `export const handler = () => '${name}';`);
    const options = { minify: true, externalModules: [], define: {}, lightSdk: false };
    const handlers = { desk: 'hash-desk', ledger: 'hash-ledger', spare: 'hash-spare' };
    const record = { assets: [], bundles: [{ directory, options, handlers }], sources: [] };
    await units.update(record, new Set(['hash-desk', 'hash-ledger']));
    await units.build();
    expect(['hash-desk', 'hash-ledger', 'hash-spare'].map((hash) => units.has(hash))).toEqual([true, true, false]);

    write('spare', 'export const handlr = 1;');
    await units.build();
    write('desk', "export const handlr = () => 'desk';");
    await expect(units.build()).rejects.toThrow(/desk\.ts must export 'handler', because a function uses it$/);
  } finally {
    await units.dispose();
    await stopEsbuild();
    rmSync(directory, { recursive: true });
  }
});
