import { count } from '../format';
import { mended, pricesUsed, type Report } from '../report';
import { safe, table, tag } from './html';

/** The origin of each figure: measured, modelled or simulated. */
export function sources({ analysis, options }: Report): string {
  const { cleaning, points, step } = analysis;
  const wrong = mended(cleaning);
  const units =
    options.unit === 'requests'
      ? "Requests became units by Little's law, requests x duration, plus " +
        `${options.burst} standard deviations of a Poisson number for bursts, and at least one for every 10 requests a second.`
      : 'Values are taken as the most executions at once of their minute' +
        (options.requestsPerDay === undefined
          ? ', which don’t tell how much runs: dollars are of what is kept warm only.'
          : `, and ${count(options.requestsPerDay)} requests a day say how much of that runs, the same share in each minute.`);
  const facts: [Parameters<typeof tag>[0], string][] = [
    [
      'measured',
      `History: ${count(points)} points of ${step} min. Left out or mended: ${wrong.join(', ') || 'none'}; ` +
        `${count(cleaning.missing)} minutes missing. ${units}`,
    ],
    [
      'simulated',
      'Floors and forecasts: the policy replayed minute by minute, knowing only what was known then; refitted every day, ' +
        `deciding for ${options.lead} minutes ahead. The others know as much; the oracle knows everything.`,
    ],
    [
      'modelled',
      `Dollars: ${options.memoryMb} MB at the prices below, free tiers not taken off. Not counted: that provisioned capacity is ` +
        'billed in stretches of 5 minutes, and that cold initialisations are billed as running.',
    ],
    ...(options.initMs === undefined
      ? []
      : [
          [
            'simulated',
            `Waiting: cold requests, at most, x ${options.initMs} ms of initialisation. Nothing was started for it.`,
          ] satisfies [Parameters<typeof tag>[0], string],
        ]),
  ];
  const prices = pricesUsed().map(({ usd, unit, source, noted }) => ({
    cells: [`$${usd.toFixed(10).replace(/0+$/, '')}`, unit, noted, source],
  }));
  return [
    '<section class="card"><ul>',
    ...facts.map(([basis, fact]) => `<li>${tag(basis)} ${safe(fact)}</li>`),
    `</ul>${table(['price', 'for', '#noted', 'source'], prices)}</section>`,
  ].join('\n');
}
