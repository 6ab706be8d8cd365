import type { Analysis, PolicyResult } from '../analysis';
import { count, dollars, duration, percent, ratio } from '../format';
import { KEPT_MINUTES } from '../nothing-warm';
import type { Report } from '../report';
import { MONTH_DAYS, onDemandPerMonth, reactiveOf } from '../result-text';
import { safe, table, tag } from './html';

/** Every policy with its cold starts and its costs. */
export function policyTable(analysis: Analysis): string {
  const { policies, judged, price } = analysis;
  const withRequests = policies.some(({ onDemandRequests }) => onDemandRequests !== undefined);
  const withWaiting = policies.some(({ waitingSeconds }) => waitingSeconds !== undefined);
  const onDemand = onDemandPerMonth(analysis);
  const isWhole = onDemand !== undefined;
  const nothingWarm = [
    { html: `nothing kept warm<small>on demand; an idle instance stays ${KEPT_MINUTES} minutes</small>` },
    '',
    ...(withRequests ? [''] : []),
    count(analysis.nothingWarm.coldRequests / judged.days),
    ...(withWaiting ? [''] : []),
    '',
    '',
    onDemand === undefined ? '' : dollars(onDemand),
    dollars(0),
  ];
  const heads = [
    'policy',
    '#demand cold',
    ...(withRequests ? ['#requests on demand a day'] : []),
    '#cold starts a day, at most',
    ...(withWaiting ? ['#waiting time of all requests a day (simulated)'] : []),
    '#provisioning ratio',
    '#cost ratio',
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
    ratio(policy.score.provisioningRatio),
    ratio(policy.score.costRatio),
    monthly(policy.dollars.total),
    monthly(policy.dollars.provisioned),
  ];
  return (
    '<section class="card">' +
    table(heads, [
      ...policies.map((policy) => ({ ...(policy.id === 'applied' ? { kind: 'ours' } : {}), cells: cells(policy) })),
      { cells: nothingWarm },
    ]) +
    '<p class="soft">Demand cold: share of demand beyond the provisioned instances, served on demand. A started instance serves the rest of ' +
    'its minute, so there is at most one cold start for each instance-minute beyond the provisioned instances. Provisioning ratio: ' +
    'instances, relative to the oracle. Cost ratio: instances and cold starts, relative to the oracle, with one cold start ' +
    `counted as ${price} idle instance-minutes.</p></section>`
  );
}

/** The judged days, collapsed, because there may be many. */
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
      ratio(day.ours.costRatio),
      ratio(day.reactive.costRatio),
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
    analysis.nothingWarm.dollars === undefined ? '#kept warm $, ours' : '#$, ours',
    '#reactive',
    '#cost ratio, ours',
    '#reactive',
    '',
  ];
  const summary = `All ${rows.length} days as a table (reactive: ${safe(theirs)})`;
  return `<details><summary>${summary}</summary><section class="card">${table(heads, rows)}</section></details>`;
}

/** Compares vertical with horizontal scaling. */
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
