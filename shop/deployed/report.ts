import type { Row } from '../reconcile';
import type { ReplayResult } from '../replay';
import type { RunCost } from './cost';

/** Result of a check. */
export interface CheckResult {
  readonly name: string;
  readonly outcome: 'ok' | 'FAILED' | 'skipped';
  /** The answer, or the reason of a failure. */
  readonly detail: string;
  readonly ms: number;
}

/** The content of the report. */
export interface RunReport {
  readonly version: string;
  readonly stack: string;
  readonly region: string;
  readonly at: Date;
  readonly replay: ReplayResult;
  readonly rows: readonly Row[];
  readonly checks: readonly CheckResult[];
  readonly cost: readonly RunCost[];
  readonly ms: number;
}

/** Whether everything reconciles and no check failed. */
export function isGood({ replay, rows, checks }: RunReport): boolean {
  return (
    replay.failed.length === 0 && rows.every(({ ok }) => ok) && checks.every(({ outcome }) => outcome !== 'FAILED')
  );
}

/**
 * The report as Markdown, to be pasted into an issue. It contains no account, address, person or
 * name of a physical resource.
 */
export function markdownOf(report: RunReport): string {
  const { version, stack, region, at, replay, rows, checks, cost, ms } = report;
  const differing = rows.filter(({ ok }) => !ok);
  const dollars = cost.reduce((sum, { usd }) => sum + usd, 0);
  return [
    `### Breakwater ${version}, stack ${stack} in ${region}, ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `**${isGood(report) ? 'Good' : 'NOT good'}**, ${Math.round(ms / 1000)} s. ` +
      `${replay.products} products, ${replay.sales} sales and ${replay.refunds} refunds of ${replay.lines} lines; ` +
      `${replay.refused.length} lines refused, ${replay.failed.length} invoices failed.`,
    '',
    `${rows.length - differing.length} of ${rows.length} comparisons with the file agree.`,
    ...table(
      ['compared', 'expected', 'found'],
      differing.map(({ what, expected, got }) => [what, expected, got]),
    ),
    '',
    ...table(
      ['check', 'result', 'seen', 'seconds'],
      checks.map(({ name, outcome, detail, ms: took }) => [
        name,
        outcome,
        withoutNames(detail),
        (took / 1000).toFixed(1),
      ]),
    ),
    '',
    `Requests of this run: ${dollars < 0.01 ? 'less than $0.01' : `about $${dollars.toFixed(2)}`} (estimated; the bill shows it a day later).`,
    ...table(
      ['item', 'about', '$'],
      cost.map(({ item, quantity, usd }) => [item, quantity.toLocaleString('en'), usd.toFixed(4)]),
    ),
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return ['', line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/**
 * Removes ARNs, account IDs and addresses. An error of the SDK may contain the caller's ARN, with
 * the account.
 */
function withoutNames(text: string): string {
  return text
    .replaceAll(/arn:[\w-]+:[^\s,]+/g, '(an ARN)')
    .replaceAll(/\b\d{12}\b/g, '(an account)')
    .replaceAll(/https?:\/\/[^\s,]+/g, '(an address)')
    .replaceAll('\n', ' ');
}
