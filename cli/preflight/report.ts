import type { Check } from './checks';
import type { IdleCost } from './idle-cost';

const DAYS_SHOWN = 30;

/** Lines of text columns, each as wide as its widest cell. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Parts of the templates without a known price. */
export interface Uncounted {
  readonly provisionedPollers: number;
  /** Resource types whose idle cost isn't known. */
  readonly types: readonly string[];
}

/** The text of a run: the checks, advice, and the cost of an idle day. */
export function report(checks: readonly Check[], costs: readonly IdleCost[], uncounted: Uncounted): string {
  const perDay = costs.reduce((sum, { usdPerDay }) => sum + usdPerDay, 0);
  const dollars = (usd: number) => `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
  const failing = checks.filter(({ result }) => result === 'no');
  return [
    ...columns([['', 'check', 'found'], ...checks.map(({ result, what, found }) => [result, what, found])]),
    '',
    ...checks.filter(({ advice }) => advice !== undefined).map(({ what, advice }) => `${what}: ${advice}`),
    '',
    'A day without a request costs (us-east-1, without free tiers):',
    ...columns([
      ['item', 'quantity', 'a day', 'noted', 'source'],
      ...costs.map(({ item, quantity, usdPerDay, price }) => [
        item,
        String(Math.round(quantity * 100) / 100),
        dollars(usdPerDay),
        price.noted,
        price.source,
      ]),
      ['in all', '', dollars(perDay), '', `${dollars(perDay * DAYS_SHOWN)} in ${DAYS_SHOWN} days`],
    ]),
    ...(uncounted.provisionedPollers > 0
      ? [`${uncounted.provisionedPollers} mappings with provisioned pollers cost more: see Lambda's price list.`]
      : []),
    ...(uncounted.types.length > 0
      ? [`Not counted, because their idle cost is unknown: ${uncounted.types.join(', ')}.`]
      : []),
    '',
    failing.length === 0
      ? 'The stack can be deployed to this account.'
      : `The stack can't be deployed to this account yet: ${failing.map(({ what }) => what).join(', ')}.`,
  ].join('\n');
}
