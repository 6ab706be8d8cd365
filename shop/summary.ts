import { seconds } from '../local/report';
import type { Row } from './reconcile';
import type { FailedSale, RefusedLine } from './replay';

/** Maximum number of refused lines in the list. */
const LISTED_REFUSALS = 50;
/** Width of running text. */
const WIDTH = 118;
/** Texts about the refused lines of the file, one for each line. */
export function refusalLines(refused: readonly RefusedLine[]): string[] {
  const lines = refused
    .slice(0, LISTED_REFUSALS)
    .map(({ invoice, line, reason }) => `invoice ${invoice}, line ${line}: ${reason}`);
  const more = refused.length - LISTED_REFUSALS;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** Text about an invoice that the shop should have accepted. */
export function failureLine({ invoice, reason }: FailedSale): string {
  return `FAILED: invoice ${invoice}: ${reason}`;
}

/** Separates rows for the table from rows about faults that weren't found. */
export function splitRows(rows: readonly Row[]): { readonly counted: Row[]; readonly absent: Row[] } {
  const isAbsent = ({ ok, expected }: Row): boolean => ok && (expected === 'none' || expected === '0');
  return { counted: rows.filter((row) => !isAbsent(row)), absent: rows.filter(isAbsent) };
}

/** Names the faults that weren't found, as running text. */
export function absentLines(absent: readonly Row[]): string[] {
  if (absent.length === 0) return [];
  const words =
    `${absent.length} kinds of faults checked, none found: ${absent.map(({ what }) => what).join('; ')}.`.split(' ');
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}

/**
 * The last line of a run.
 * @param ms duration of the run
 * @param packagesMs duration of `npm ci` before the run; undefined if it wasn't needed
 */
export function lastLine(good: boolean, ms: number, packagesMs?: number): string {
  const time = packagesMs === undefined ? '' : `, after an install of ${seconds(packagesMs)} (npm ci)`;
  return `${good ? 'Everything reconciles' : 'It does NOT reconcile'}; ${seconds(ms)}${time || ' in total'}.`;
}
