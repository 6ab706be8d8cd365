import type { Change } from './assembly';
import type { Row } from './reconcile';
import type { FailedSale, RefusedLine } from './replay';
import { seconds } from './report';

/** Refused lines that are listed one by one. */
const LISTED_REFUSALS = 50;
/** Where running text is broken. */
const WIDTH = 118;
/** What a logical id ends with: the hash of its path. */
const HASH = /[0-9A-F]{8}$/;
/** What a policy's logical id adds to the name of what it belongs to. */
const POLICY = /(?:Function)?(?:Role)?(?:Default)?Policy$/;

/** Changes of one kind on one line each: how many, of what, and their names. */
export function changeLines(changes: readonly Change[]): string[] {
  const kinds = new Map<string, Change[]>();
  for (const change of changes) kinds.set(change.what, [...(kinds.get(change.what) ?? []), change]);
  return [...kinds].map(([what, group]) => {
    const names = [...new Set(group.map(({ logicalId }) => logicalId.replace(HASH, '').replace(POLICY, '')))];
    return `changed ${counted(group)}: ${what} (${names.join(', ')})`;
  });
}

/** `1 user pool client`, `3 queue policies`; policies of several types are just policies. */
function counted(changes: readonly Change[]): string {
  const nouns = [...new Set(changes.map(({ type }) => wordsOf(type)))];
  const lasts = new Set(nouns.map((noun) => noun.split(' ').at(-1)!));
  const noun = nouns.length === 1 ? nouns[0]! : lasts.size === 1 ? [...lasts][0]! : 'resource';
  if (changes.length === 1) return `1 ${noun}`;
  return `${changes.length} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`;
}

/** `AWS::SQS::QueuePolicy` as `queue policy`. */
function wordsOf(type: string): string {
  return type
    .split('::')
    .at(-1)!
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

/** One line for each refused line of the file. */
export function refusalLines(refused: readonly RefusedLine[]): string[] {
  const lines = refused
    .slice(0, LISTED_REFUSALS)
    .map(({ invoice, line, reason }) => `invoice ${invoice}, line ${line}: ${reason}`);
  const more = refused.length - LISTED_REFUSALS;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** An invoice that the shop should have taken. */
export function failureLine({ invoice, reason }: FailedSale): string {
  return `FAILED: invoice ${invoice}: ${reason}`;
}

/** What should be there none of, and isn't, apart from what is counted or differs. */
export function splitRows(rows: readonly Row[]): { readonly counted: Row[]; readonly absent: Row[] } {
  const isAbsent = ({ ok, expected }: Row): boolean => ok && (expected === 'none' || expected === '0');
  return { counted: rows.filter((row) => !isAbsent(row)), absent: rows.filter(isAbsent) };
}

/** Running text of what there is none of. */
export function absentLines(absent: readonly Row[]): string[] {
  if (absent.length === 0) return [];
  const words = `${absent.length} faults looked for, none found: ${absent.map(({ what }) => what).join('; ')}.`.split(
    ' ',
  );
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}

/**
 * The last word on a run.
 * @param ms what the run took
 * @param packagesMs what `npm ci` took before it, if it ran
 */
export function verdict(good: boolean, ms: number, packagesMs?: number): string {
  const time = packagesMs === undefined ? '' : `, after an install of ${seconds(packagesMs)} (npm ci)`;
  return `${good ? 'Everything reconciles' : 'It does NOT reconcile'}; ${seconds(ms)}${time || ' in all'}.`;
}
