import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Ended, ROOT, runNode } from './run';

/** Folder for files that `npm test` writes. */
export const WORK = join(ROOT, '.breakwater', 'test');

/** Synthesizes the shop without the CDK CLI. @param name folder below `WORK` */
export async function synthShop(
  name: string,
  profile: 'production' | 'sandbox',
  env: Record<string, string | undefined> = {},
): Promise<Ended> {
  const outdir = assemblyOf(name);
  rmSync(outdir, { recursive: true, force: true });
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  return runNode(['--import', 'tsx', 'bin/app.ts'], {
    timeout: 180,
    env: {
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, profile }),
      CDK_VALIDATION: 'false',
      CDK_DEFAULT_ACCOUNT: undefined,
      CDK_DEFAULT_REGION: undefined,
      ...env,
    },
  });
}

export function assemblyOf(name: string): string {
  return join(WORK, name);
}

/** Templates of an assembly, including those of nested stacks and stages. */
export function templatesOf(name: string): string[] {
  return filesOf(assemblyOf(name)).filter((file) => file.endsWith('.template.json'));
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The differences between two assemblies, compared byte by byte. Empty if they are equal. */
export function differences(one: string, other: string): string[] {
  const [a, b] = [one, other].map((name) => filesOf(assemblyOf(name)).map((file) => relative(assemblyOf(name), file)));
  const onlyInOne = [
    ...a!.filter((file) => !b!.includes(file)).map((file) => `${file} is only in ${one}`),
    ...b!.filter((file) => !a!.includes(file)).map((file) => `${file} is only in ${other}`),
  ];
  const unequal = a!
    .filter((file) => b!.includes(file))
    .flatMap((file) => {
      const [x, y] = [one, other].map((name) => readFileSync(join(assemblyOf(name), file)));
      if (x!.equals(y!)) return [];
      const at = x!.findIndex((byte, i) => byte !== y![i]);
      const around = (content: Buffer) => content.subarray(Math.max(0, at - 40), at + 60).toString();
      return [`${file} differs at byte ${at}:\n  ${one}: ...${around(x!)}...\n  ${other}: ...${around(y!)}...`];
    });
  return [...onlyInOne, ...unequal];
}
