import type { PolicyResult } from './analysis';
import { count, dollars, duration, percent, ratio } from './format';
import type { Report } from './report';
import { onDemandPerMonth, perMonth } from './result-text';

/** Columns of text, each as wide as its widest cell. Numbers are aligned to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

const WIDTH = 110;

/**
 * Breaks a text between words into lines of at most `WIDTH` characters. Lines after the first are
 * indented.
 */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines;
}

/** The report for a terminal, result first. */
export function terminalReport(
  { name, options, analysis, text, remarks, tuning }: Report,
  files: readonly string[],
): string {
  const { days, judged, policies, result } = analysis;
  const { coldRequests } = analysis.nothingWarm;
  const onDemand = onDemandPerMonth(analysis);
  const withWaiting = policies.some(({ waitingSeconds }) => waitingSeconds !== undefined);
  const nothingWarm = [
    'nothing kept warm',
    '',
    count(coldRequests / judged.days),
    ...(withWaiting ? [''] : []),
    '',
    '',
    onDemand === undefined ? '' : dollars(onDemand),
  ];
  const cells = (policy: PolicyResult) => [
    policy.name,
    percent(policy.score.cold),
    count(policy.coldRequests / judged.days),
    ...(withWaiting ? [duration((policy.waitingSeconds ?? 0) / judged.days)] : []),
    ratio(policy.score.provisioningRatio),
    ratio(policy.score.costRatio),
    dollars(perMonth(policy, analysis)),
  ];
  const header = [
    'policy',
    'cold',
    'cold starts a day',
    ...(withWaiting ? ['waiting time of all requests a day (simulated)'] : []),
    'provisioning ratio',
    'cost ratio',
    onDemand === undefined ? 'kept warm, $ in 30 days' : '$ in 30 days',
  ];
  return [
    `${text.headline}.`,
    ...[text.why, text.certainty, text.better ?? '', text.meaning].filter(Boolean).flatMap((part) => wrapped(part)),
    '',
    'Backtest over all judged days: forecast floor with target tracking above it',
    ...result.reasons.flatMap((reason) => wrapped(`  - ${reason}`, '    ')),
    '',
    `${name}: ${days.toFixed(1)} days, the last ${judged.days.toFixed(1)} judged, lead ${options.lead} min, ${options.memoryMb} MB`,
    ...columns([header, ...policies.map(cells), nothingWarm]),
    ...wrapped(
      'Cold: share of demand beyond the warm instances, an upper bound of the requests with a cold start. Provisioning ratio: ' +
        'instances, relative to the needed ones. Cost ratio: instances and cold starts, relative to the needed instances, with one cold start ' +
        `counted as ${analysis.price} idle instance-minutes. Dollars: us-east-1, arm64.`,
    ),
    ...(tuning === undefined
      ? []
      : [
          '',
          `memory (${tuning.source}): now ${tuning.present.memoryMb} MB, cheapest ${tuning.cheapest.memoryMb}, fastest ` +
            `${tuning.fastest.memoryMb}, balanced ${tuning.balanced.memoryMb}, lowest cost provisioned ${tuning.leanest.memoryMb}`,
        ]),
    ...(remarks.length === 0 ? [] : ['', ...remarks.flatMap((remark) => wrapped(`note: ${remark}`, '      '))]),
    '',
    ...files,
  ].join('\n');
}
