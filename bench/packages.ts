import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { shopHandlers, synth } from './compiled';

/** The deployment package of a shop handler. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly totalKb: number;
  /**
   * Size of the files that a cold start reads. The other chunks are loaded later, when the code
   * needs them.
   */
  readonly entryKb: number;
}

/**
 * Makes the packages of the shop's handlers, like a deployment does. `compile` must be called
 * first.
 * @param lightSdk option of the bundle; the shop turns it on
 */
export async function packages(lightSdk = true): Promise<Package[]> {
  const names = shopHandlers();
  const { assembly } = await synth('bench/apps/handlers', {
    HANDLERS: names.join(','),
    LIGHT_SDK: lightSdk ? '1' : '0',
  });
  const template = JSON.parse(readFileSync(join(assembly, 'Handlers.template.json'), 'utf8')) as {
    Resources: Record<
      string,
      { Type: string; Properties: { Code: { S3Key: string }; Environment?: { Variables: { HANDLER?: string } } } }
    >;
  };
  return Object.values(template.Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Environment?.Variables.HANDLER)
    .map(({ Properties }) => {
      const folder = join(assembly, `asset.${Properties.Code.S3Key.replace(/\.zip$/, '')}`);
      const kb = (file: string) => statSync(join(folder, file)).size / 1024;
      const files = readdirSync(folder);
      return {
        name: Properties.Environment!.Variables.HANDLER!,
        folder,
        totalKb: files.reduce((sum, file) => sum + kb(file), 0),
        entryKb: [...readAtStart(folder)].reduce((sum, file) => sum + kb(file), 0),
      };
    });
}

/** Returns the handler's module and its static imports. Chunks behind `import()` are left out. */
function readAtStart(folder: string): Set<string> {
  const files = new Set(['index.mjs']);
  for (const file of files) {
    const source = readFileSync(join(folder, file), 'utf8');
    for (const [, next] of source.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) files.add(next!);
  }
  return files;
}
