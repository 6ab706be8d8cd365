import type { Analysis } from '../analysis';
import type { PolicyId } from '../contenders';
import { dollars, percent } from '../format';
import { kindOf, type Numbered, numberedPolicies, tradeOffPlot } from '../plots/trade-off-plot';
import { MONTH_DAYS, reactiveOf } from '../result-text';
import { safe, table } from './html';

/**
 * Widths of the plot in pixels. The page contains a plot of each width, and the style sheet shows
 * the one that fits the screen. So a narrow screen doesn't shrink the plot's text.
 */
const WIDE = 680;
const NARROW = 400;

/** Plot of dollars and cold share: numbered dots, with a legend of the numbers beside the plot. */
export function tradeOff(analysis: Analysis): string {
  const points = numberedPolicies(analysis.policies, analysis.judged.days);
  const compared: PolicyId[] = ['applied', reactiveOf(analysis).id];
  return [
    '<figure tabindex="0"><h3>Cold starts and dollars: lower and farther left is better</h3><div class="trade-off">',
    `<div class="wide">${tradeOffPlot(points, compared, WIDE)}</div><div class="narrow">${tradeOffPlot(points, compared, NARROW)}</div>`,
    key(points),
    '</div></figure>',
  ].join('\n');
}

function key(points: readonly Numbered[]): string {
  const rows = points.map((point) => ({
    ...(point.policy.id === 'applied' ? { kind: 'ours' } : {}),
    cells: [
      { html: `<i class="number ${kindOf(point)}">${point.number}</i>${safe(point.policy.name)}` },
      percent(point.policy.score.cold),
      dollars(point.usdPerMonth),
    ],
  }));
  return table(['policy', '#cold', `#in ${MONTH_DAYS} days`], rows);
}
