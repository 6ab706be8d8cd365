import { type BacktestOptions, backtest } from '../../forecast/backtest';
import type { AnnouncedEvent } from '../../forecast/events';
import { heldFloors } from '../../forecast/held-floors';
import { ACTING_TARGET, targetTracking } from '../../forecast/policies';
import { type Score, score } from '../../forecast/score';
import { round } from '../measure';
import { type ShopTraffic, type ShopTrafficOptions, shopTraffic } from './shop-traffic';

/** Scores on the shop's own traffic with and without leading indicators and announcements. */
export interface IndicatorComparison {
  /** A table. The first row contains the column heads. */
  readonly rows: (string | number)[][];
  /**
   * Cost ratios, and cold starts during campaigns, by set of inputs and lead time. Each is divided
   * by the value without indicators and announcements. So a value below 1 is an improvement.
   */
  readonly figures: Record<string, number>;
}

export interface IndicatorOptions extends ShopTrafficOptions {
  /** Lead times in minutes. By default 2, 5 and 15. */
  readonly leads?: readonly number[];
}

const LEADS = [2, 5, 15];

/**
 * Duration of a campaign's announcement in minutes. The announced factor is the peak of visits, as
 * a multiple of usual visits. After that time, the forecast sees the campaign's demand in its data.
 */
const ANNOUNCED_MINUTES = 40;

/**
 * Minutes at a campaign's start that are scored separately. Later demand of a campaign isn't a
 * surprise for the forecast.
 */
const CAMPAIGN_MINUTES = 60;

/**
 * Replays the forecast of checkouts with each set of additional inputs. The score covers the floors
 * as applied, with target tracking for demand above them.
 */
export function compareIndicators(options: IndicatorOptions = {}): IndicatorComparison {
  const traffic = shopTraffic(options);
  const indicators = [traffic.search, traffic.basket];
  const events = announcements(traffic);
  const known: Record<string, Pick<BacktestOptions, 'indicators' | 'events'>> = {
    alone: {},
    withIndicators: { indicators },
    announced: { events },
    announcedWithIndicators: { indicators, events },
  };
  const rows: IndicatorComparison['rows'] = [
    [
      'lead',
      'checkout floors from',
      'cold %',
      'provisioning ratio',
      'cost ratio',
      'over alone',
      'cold % in campaigns',
      'idle in campaigns',
    ],
  ];
  const figures: IndicatorComparison['figures'] = {};
  for (const lead of options.leads ?? LEADS) {
    const outcomes = Object.entries(known).map(([name, more]) => ({ name, ...outcome(traffic, { lead, ...more }) }));
    const [alone] = outcomes;
    for (const { name, all, campaigns } of outcomes) {
      rows.push([
        lead,
        LABELS[name]!,
        (all.cold * 100).toFixed(2),
        all.provisioningRatio.toFixed(3),
        all.costRatio.toFixed(3),
        (all.costRatio / alone!.all.costRatio).toFixed(3),
        (campaigns.cold * 100).toFixed(2),
        (campaigns.provisioningRatio - 1 + campaigns.cold).toFixed(2),
      ]);
      if (name === 'alone') continue;
      figures[`${name}Over${lead}`] = round(all.costRatio / alone!.all.costRatio);
      figures[`${name}CampaignColdOver${lead}`] = round(campaigns.coldUnits / alone!.campaigns.coldUnits);
    }
  }
  return { rows, figures };
}

const LABELS: Readonly<Record<string, string>> = {
  alone: 'checkouts alone',
  withIndicators: '+ searches, baskets',
  announced: '+ announced campaigns',
  announcedWithIndicators: '+ both',
};

function outcome(traffic: ShopTraffic, options: BacktestOptions): { all: Score; campaigns: Score } {
  const { demand, from, floors } = backtest(traffic.checkout, options);
  const provision = targetTracking(demand, {
    lead: options.lead,
    target: ACTING_TARGET,
    floor: heldFloors(floors, options.lead),
  });
  const { start } = traffic.checkout;
  const judged = traffic.campaigns.filter((campaign) => campaign.from - start >= from);
  const parts = judged.map((campaign) => {
    const first = campaign.from - start;
    return { first, end: Math.min(demand.length, first + CAMPAIGN_MINUTES) };
  });
  const only = (values: Float64Array) =>
    Float64Array.from(parts.flatMap(({ first, end }) => [...values.subarray(first, end)]));
  return { all: score(demand, provision, from), campaigns: score(only(demand), only(provision), 0) };
}

/**
 * The campaigns as a person would announce them: a multiple of usual demand, rounded to halves, for
 * the first 40 minutes.
 */
function announcements({ campaigns }: ShopTraffic): AnnouncedEvent[] {
  return campaigns.map(({ from, factor }) => ({
    from,
    until: from + ANNOUNCED_MINUTES,
    factor: Math.round(factor * 2) / 2,
  }));
}
