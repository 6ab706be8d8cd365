import { toLocal } from '../../local/entrances';
import type { LocalPerson } from '../../local/identity';
import { seconds } from '../../local/report';
import type { RunningApp } from '../../local/running-app';

/** Outputs that the CDK makes for references of other stacks. */
const REFERENCE = /^(Publish|Exports)Output(FnGetAtt|Ref)/;

/** The lines with the app's addresses and how to use them. */
export function summaryOf(
  { addresses, stacks, signInUrl }: Pick<RunningApp, 'addresses' | 'stacks' | 'signInUrl'>,
  person: LocalPerson | undefined,
  ms: number,
): string[] {
  const rows: string[][] = addresses.map(({ name, kind, url }) => [url, `${name} (${kind})`]);
  if (signInUrl !== undefined) rows.push([signInUrl, 'sign-in pages (of the emulator; those of AWS look different)']);
  const outputs = stacks.flatMap(({ name, outputs }) =>
    Object.entries(outputs)
      .filter(([key]) => !REFERENCE.test(key))
      .map(([key, value]) => [`${name}.${key}`, toLocal(value, addresses)]),
  );
  return [
    '',
    ...aligned(rows),
    ...(person === undefined ? [] : ['', `Username  ${person.username}`, `Password  ${person.password}`]),
    ...(outputs.length === 0
      ? []
      : ['', 'Outputs, with local addresses:', ...aligned(outputs).map((line) => `  ${line}`)]),
    '',
    `Deployed ${stacks.map(({ name }) => name).join(', ')} in ${seconds(ms)}.`,
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(0, ...rows.map(([first = '']) => first.length));
  return rows.map(([first = '', ...rest]) => `${first.padEnd(width)}  ${rest.join('  ')}`.trimEnd());
}
