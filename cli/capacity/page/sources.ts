import { count } from '../format';
import { corrected, pricesUsed, type Report } from '../report';
import { safe, table, tag } from './html';

/** The origin of each figure: measured, modelled or simulated. */
export function sources({ analysis, options }: Report): string {
  const { cleaning, points, step } = analysis;
  const wrong = corrected(cleaning);
  const units =
    options.unit === 'requests'
      ? "Requests were converted to instances by Little's law, requests x duration, plus " +
        `${options.burst} standard deviations of a Poisson number for bursts, and at least one for every 10 requests a second.`
      : 'Values are the maximum of concurrent executions in their minute' +
        (options.requestsPerDay === undefined
          ? '. The average isn’t known, so dollars include only provisioned instances.'
          : `. The average was computed from ${count(options.requestsPerDay)} requests a day, as the same share in each minute.`);
  const facts: [Parameters<typeof tag>[0], string][] = [
    [
      'measured',
      `History: ${count(points)} points of ${step} min. Dropped or corrected: ${wrong.join(', ') || 'none'}; ` +
        `${count(cleaning.missing)} minutes missing. ${units}`,
    ],
    [
      'simulated',
      'Floors and forecasts: the policy was replayed minute by minute, with past data only. It was refitted every day, ' +
        `and decided ${options.lead} minutes ahead. The other policies use past data too. Only the oracle knows the future.`,
    ],
    [
      'modelled',
      `Dollars: ${options.memoryMb} MB at the prices below, without free tiers. Not counted: provisioned capacity is ` +
        'billed in steps of 5 minutes, and initialisations of cold starts are billed.',
    ],
    ...(options.initMs === undefined
      ? []
      : [
          [
            'simulated',
            `Waiting: the maximum number of requests with a cold start x ${options.initMs} ms of initialisation. It wasn't measured.`,
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
