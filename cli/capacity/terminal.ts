import type { PolicyResult } from './analysis';
import { count, dollars, duration, percent, ratio } from './format';
import type { Report } from './report';
import { onDemandPerMonth, perMonth } from './verdict-text';

/** Lines of text columns, each as wide as its widest cell; numbers stand to the right. */
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

/** Text in lines of at most so many characters, broken between words; the second line and those after it are set in. */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines;
}

/** What a person reads in the terminal: the verdict first. */
export function terminalReport(
  { name, options, analysis, text, remarks, tuning }: Report,
  files: readonly string[],
): string {
  const { days, judged, policies, verdict } = analysis;
  const onDemand = onDemandPerMonth(analysis);
  const withWaiting = policies.some(({ waitingSeconds }) => waitingSeconds !== undefined);
  const nothingWarm = ['nothing kept warm', '', '', ...(withWaiting ? [''] : []), '', '', dollars(onDemand ?? 0)];
  const cells = (policy: PolicyResult) => [
    policy.name,
    percent(policy.score.cold),
    count(policy.coldRequests / judged.days),
    ...(withWaiting ? [duration((policy.waitingSeconds ?? 0) / judged.days)] : []),
    ratio(policy.score.cost),
    ratio(policy.score.money),
    dollars(perMonth(policy, analysis)),
  ];
  const header = [
    'policy',
    'cold',
    'cold requests a day',
    ...(withWaiting ? ['waited by all a day (simulated)'] : []),
    'provision',
    'money',
    onDemand === undefined ? 'kept warm, $ in 30 days' : '$ in 30 days',
  ];
  return [
    `${text.headline}.`,
    ...[text.why, text.better ?? '', text.meaning].filter(Boolean).flatMap((part) => wrapped(part)),
    '',
    'By money and on all judged days, the floor with target tracking above it',
    ...verdict.reasons.flatMap((reason) => wrapped(`  - ${reason}`, '    ')),
    '',
    `${name}: ${days.toFixed(1)} days, the last ${judged.days.toFixed(1)} judged, lead ${options.lead} min, ${options.memoryMb} MB`,
    ...columns([header, ...policies.map(cells), ...(onDemand === undefined ? [] : [nothingWarm])]),
    ...wrapped(
      'cold: share of demand beyond what is warm; cold requests are at most so many. provision, money: times what an oracle ' +
        `provisions; money is provision and cold requests, one of them as ${analysis.price} idle unit-minutes. ` +
        'Dollars: us-east-1, arm64.',
    ),
    ...(tuning === undefined
      ? []
      : [
          '',
          `memory (${tuning.source}): now ${tuning.present.memoryMb} MB, cheapest ${tuning.cheapest.memoryMb}, fastest ` +
            `${tuning.fastest.memoryMb}, balanced ${tuning.balanced.memoryMb}, least provisioned money ${tuning.leanest.memoryMb}`,
        ]),
    ...(remarks.length === 0 ? [] : ['', ...remarks.flatMap((remark) => wrapped(`note: ${remark}`, '      '))]),
    '',
    ...files,
  ].join('\n');
}
