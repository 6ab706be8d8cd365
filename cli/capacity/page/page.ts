import { MINUTES_PER_DAY } from '../../../forecast/minutes';
import type { Analysis, PolicyResult } from '../analysis';
import { clockOf, type Stretch } from '../clock';
import { count, dollars, percent, ratio } from '../format';
import { daysPlot } from '../plots/days-plot';
import { loadPlot } from '../plots/load-plot';
import type { Report } from '../report';
import { MONTH_DAYS, onDemandPerMonth, perMonth, policyOf, reactiveOf } from '../result-text';
import { safe, tag } from './html';
import { tuningSection } from './memory';
import { sources } from './sources';
import { STYLE } from './style';
import { dayTable, methodTable, policyTable } from './tables';
import { tradeOff } from './trade-off';

/** The report as one page without external files. */
export function page(report: Report): string {
  const { name, analysis, text, options } = report;
  const clock = clockOf(options.timeZone);
  const { traces, judged } = analysis;
  const reactiveName = reactiveOf(analysis).name;
  const plot = (title: string, stretch: Stretch, caption: string) =>
    `<figure tabindex="0"><h3>${safe(title)}</h3>${legend(reactiveName)}${loadPlot({
      stretch,
      clock,
      traces,
      judgedFrom: judged.from,
      label: title,
      reactiveName: 'reactive',
    })}<figcaption>${safe(caption)}</figcaption></figure>`;
  const end = traces.demand.length;
  const busiest = clock.date(traces.start + analysis.busiestDay.from);
  const dated = (index: number) => `${clock.date(traces.start + index)} ${clock.day(traces.start + index).slice(0, 4)}`;
  const title = `${report.label ? ` (${report.label})` : ''}, ${dated(0)} to ${dated(end - 1)}, ${options.timeZone}`;
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<title>${safe(`${text.headline}: capacity for ${name}`)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>Predictive scaling for <b>${safe(name)}</b>${safe(title)}</h1>`,
    resultCard(report),
    tiles(analysis),
    plot(
      `The busiest day, ${busiest}`,
      analysis.busiestDay,
      'The bars below show cold starts of each policy. A full bar is a fifth of the demand or more. Point at the plot for numbers.',
    ),
    `<h2>What each policy costs ${tag('simulated')}</h2>`,
    tradeOff(analysis),
    policyTable(analysis),
    `<h2>History, forecast and floor</h2>`,
    plot('The last three days', { from: Math.max(0, end - 3 * MINUTES_PER_DAY), to: end }, ''),
    plot(
      'The whole history',
      { from: 0, to: end },
      'Each point covers several minutes. Lines show their mean, the grey area their minimum and maximum.',
    ),
    `<h2>Day by day ${tag('simulated')}</h2>`,
    `<figure tabindex="0"><h3>Cost ratio of each day: with the forecast (orange, pale if it cost more) and ${safe(reactiveName)} (grey)</h3>`,
    `${daysPlot(analysis.byDay, reactiveName)}</figure>`,
    dayTable(analysis),
    `<h2>Vertical or horizontal scaling?</h2>`,
    methodTable(report),
    report.tuning ? tuningSection(report.tuning, analysis) : '',
    `<h2>Where the figures come from</h2>`,
    sources(report),
    '</main></body></html>\n',
  ].join('\n');
}

function legend(reactiveName: string): string {
  return (
    '<div class="legend"><span><i style="border-color:var(--ink);border-width:2px"></i>demand</span>' +
    '<span><i class="area" style="background:var(--sea);opacity:.3"></i>forecast, median to 99 %</span>' +
    '<span><i style="border-color:var(--coral)"></i>floor</span>' +
    `<span><i style="border-color:var(--grey);border-top-style:dashed;border-width:2px"></i>${safe(reactiveName)}</span></div>`
  );
}

function resultCard({ analysis, text, remarks }: Report): string {
  const { act, reasons, failed } = analysis.result;
  const aside = text.better === undefined ? '' : `<p>${unbroken(text.better)}</p>`;
  return [
    `<section class="card result${act ? ' act' : ''}">`,
    `<strong class="headline">${act ? '&#10003;' : '&#10007;'} ${safe(text.headline)}</strong>`,
    `<p>${unbroken(text.why)}</p><p>${unbroken(text.certainty)}</p>${aside}<p>${unbroken(text.meaning)}</p>`,
    `<p class="soft">Backtest over all judged days: forecast floor with target tracking above it</p>`,
    `<ul>${reasons.map((fact) => `<li${failed.includes(fact) ? ' class="failed"' : ''}>${unbroken(fact)}</li>`).join('')}</ul>`,
    ...(remarks.length === 0
      ? []
      : [
          '<p class="soft">Remarks on the file</p>',
          `<ul>${remarks.map((remark) => `<li>${unbroken(remark)}</li>`).join('')}</ul>`,
        ]),
    '</section>',
  ].join('\n');
}

/** Keeps each number and its per cent sign on one line. */
function unbroken(text: string): string {
  return safe(text).replace(/(\d) %/g, '$1&nbsp;%');
}

function tiles(analysis: Analysis): string {
  const ours = policyOf(analysis, 'applied');
  const theirs = reactiveOf(analysis);
  const tile = (what: string, value: string, beside: string) =>
    `<div class="tile"><span>${safe(what)}</span><b>${safe(value)}</b><span>${unbroken(beside)}</span></div>`;
  const onDemand = onDemandPerMonth(analysis);
  const daily = ({ coldRequests }: PolicyResult) => count(coldRequests / analysis.judged.days);
  return `<div class="tiles">${[
    tile(
      'cold starts a day, at most',
      daily(ours),
      `${theirs.name}: ${daily(theirs)}; of demand ${percent(ours.score.cold)} instead of ${percent(theirs.score.cold)}`,
    ),
    tile(
      `${onDemand === undefined ? 'kept warm, ' : ''}dollars in ${MONTH_DAYS} days`,
      dollars(perMonth(ours, analysis)),
      `${theirs.name}: ${dollars(perMonth(theirs, analysis))}${onDemand === undefined ? '' : `; nothing kept warm: ${dollars(onDemand)}`}`,
    ),
    tile(
      'cost ratio',
      ratio(ours.score.costRatio),
      `${theirs.name}: ${ratio(theirs.score.costRatio)}; 1 is the oracle`,
    ),
    tile('days won', `${analysis.result.daysWon} of ${analysis.result.daysContested}`, `against ${theirs.name}`),
  ].join('')}</div>`;
}
