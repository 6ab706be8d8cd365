import type { Analysis } from '../analysis';
import { count, dollars } from '../format';
import { tuningPlot } from '../plots/tuning-plot';
import { MONTH_DAYS, policyOf } from '../result-text';
import type { TunedPoint, Tuning } from '../tuning';
import { table, tag } from './html';

/** Section on memory: plots, and a table of notable sizes. */
export function tuningSection(tuning: Tuning, analysis: Analysis): string {
  const warm = (policyOf(analysis, 'applied').dollars.provisioned / analysis.judged.days) * MONTH_DAYS;
  const { present } = tuning;
  const marks: [string, TunedPoint][] = [
    ['now', present],
    ['cheapest on demand', tuning.cheapest],
    ['fastest', tuning.fastest],
    ['balanced', tuning.balanced],
    ['lowest cost provisioned', tuning.leanest],
  ];
  const withInit = tuning.points.some(({ initMs }) => initMs !== undefined);
  const rows = marks.map(([mark, point]) => ({
    cells: [
      mark,
      `${point.memoryMb} MB`,
      `${count(point.durationMs)} ms`,
      ...(withInit ? [point.initMs === undefined ? '' : `${count(point.initMs)} ms`] : []),
      dollars(point.usdPerMillion),
      `x ${point.units.toFixed(2)}`,
      `x ${point.provisioned.toFixed(2)} = ${dollars(warm * point.provisioned)}`,
    ],
  }));
  const heads = [
    'memory',
    '#size',
    '#a request',
    ...(withInit ? ['#cold start'] : []),
    '#$ a million requests',
    '#concurrent instances',
    `#warm capacity in ${MONTH_DAYS} days`,
  ];
  const how =
    tuning.source === 'modelled'
      ? 'Modelled for single-threaded work: duration = wait + CPU time x 1,769 / min(memory, 1,769).'
      : 'Measured, from the file. If a size was measured several times, its median counts.';
  return [
    `<h2>Memory ${tag(tuning.source)}</h2>`,
    `<figure tabindex="0">${tuningPlot(tuning)}</figure>`,
    `<section class="card">${table(heads, rows)}<p class="soft">${how} Concurrent instances are proportional to duration (Little's law), ` +
      'and provisioned cost to instances x memory. Both are relative to the present memory size. Dollars are for the predictive floor. ' +
      'Balanced: the lowest sum of relative cost and relative duration.</p></section>',
  ].join('\n');
}
