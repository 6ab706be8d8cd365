import type { Analysis, PolicyResult } from '../analysis';
import { count, dollars, duration, percent, ratio } from '../format';
import type { Report } from '../report';
import { MONTH_DAYS, onDemandPerMonth, reactiveOf } from '../verdict-text';
import { safe, table, tag } from './html';

/** Every policy with what it left cold and what it costs. */
export function policyTable(analysis: Analysis): string {
  const { policies, judged, price } = analysis;
  const withRequests = policies.some(({ onDemandRequests }) => onDemandRequests !== undefined);
  const withWaiting = policies.some(({ waitingSeconds }) => waitingSeconds !== undefined);
  const onDemand = onDemandPerMonth(analysis);
  const isWhole = onDemand !== undefined;
  const nothingWarm = [
    { html: 'nothing kept warm<small>on demand: a cold start for each new instance</small>' },
    ...Array<string>(4 + (withRequests ? 1 : 0) + (withWaiting ? 1 : 0)).fill(''),
    dollars(onDemand ?? 0),
    dollars(0),
  ];
  const heads = [
    'policy',
    '#demand cold',
    ...(withRequests ? ['#requests on demand a day'] : []),
    '#cold requests a day, at most',
    ...(withWaiting ? ['#waited by all a day (simulated)'] : []),
    '#provision',
    '#money',
    `#${isWhole ? 'bill' : 'bill for what is kept warm'} in ${MONTH_DAYS} days`,
    '#of it warm capacity',
  ];
  const monthly = (usd: number) => dollars((usd / judged.days) * MONTH_DAYS);
  const cells = (policy: PolicyResult) => [
    { html: `${safe(policy.name)}<small>${safe(policy.explanation)}</small>` },
    percent(policy.score.cold),
    ...(withRequests ? [count((policy.onDemandRequests ?? 0) / judged.days)] : []),
    count(policy.coldRequests / judged.days),
    ...(withWaiting ? [duration((policy.waitingSeconds ?? 0) / judged.days)] : []),
    ratio(policy.score.cost),
    ratio(policy.score.money),
    monthly(policy.dollars.total),
    monthly(policy.dollars.provisioned),
  ];
  return (
    '<section class="card">' +
    table(heads, [
      ...policies.map((policy) => ({ ...(policy.id === 'applied' ? { kind: 'ours' } : {}), cells: cells(policy) })),
      ...(isWhole ? [{ cells: nothingWarm }] : []),
    ]) +
    '<p class="soft">Demand cold: beyond what was warm, so served on demand. A cold request waits until an instance has started; what ' +
    'starts serves the rest of its minute, so that there is at most one for each unit-minute beyond the provision. Provision ' +
    'and money are times what the oracle provisions; money is provision and cold requests together, one of them as ' +
    `${price} idle unit-minutes.</p></section>`
  );
}

/** The judged days, folded away: half a year has many. */
export function dayTable(analysis: Analysis): string {
  const theirs = reactiveOf(analysis).name;
  const rows = analysis.byDay.map((day) => ({
    cells: [
      day.day,
      count(day.mean),
      count(day.peak),
      `${count(day.floorLeast)} - ${count(day.floorMost)}`,
      percent(day.ours.cold),
      percent(day.reactive.cold),
      dollars(day.ours.usd),
      dollars(day.reactive.usd),
      ratio(day.ours.money),
      ratio(day.reactive.money),
      day.isMeasured ? { html: day.won ? 'won' : 'not won', kind: day.won ? 'won' : 'lost' } : 'not measured',
    ],
  }));
  const heads = [
    'day',
    '#mean demand',
    '#peak',
    '#floor',
    '#cold, ours',
    '#reactive',
    analysis.onDemand === undefined ? '#kept warm $, ours' : '#$, ours',
    '#reactive',
    '#money, ours',
    '#reactive',
    '',
  ];
  const summary = `All ${rows.length} days as a table (reactive: ${safe(theirs)})`;
  return `<details><summary>${summary}</summary><section class="card">${table(heads, rows)}</section></details>`;
}

/** One bigger function against more of them. */
export function methodTable({ methods }: Report): string {
  const rows = methods.map(({ direction, method, limit, reliability, cost, basis }) => ({
    ...(method.includes('predictive') ? { kind: 'ours' } : {}),
    cells: [
      { html: `${safe(method)}<small>${direction}</small>` },
      limit,
      reliability,
      { html: `${safe(cost)} ${tag(basis)}` },
    ],
  }));
  return `<section class="card">${table(['method', 'limit', 'reliability', 'cost'], rows)}</section>`;
}
