import { DAYS_PER_MONTH, IDLE_POLLS_PER_DAY, PRICES, type Price } from '../../lib/limits';
import type { Needs } from './needs';

/** One line of what a day without a single request costs. */
export interface IdleCost {
  readonly item: string;
  readonly quantity: number;
  readonly usdPerDay: number;
  readonly price: Price;
}

const SECONDS_PER_DAY = 86_400;
const MINUTES_PER_DAY = 1_440;
/** Floor, Acting, Degraded, Forecast and Demand. */
const METRICS_PER_FORECAST = 5;
const MILLION = 1_000_000;

/** What templates cost in a day while nobody uses them, in us-east-1, dearest first; what is free while idle is left out. */
export function idleCosts(needs: Needs): IdleCost[] {
  const monthly = (item: string, quantity: number, price: Price): IdleCost => ({
    item,
    quantity,
    usdPerDay: (quantity * price.usd) / DAYS_PER_MONTH,
    price,
  });
  const polls = (item: string, quantity: number, price: Price): IdleCost => ({
    item,
    quantity,
    usdPerDay: (quantity * IDLE_POLLS_PER_DAY * price.usd) / MILLION,
    price,
  });
  return [
    monthly('customer-managed keys', needs.keys, PRICES.KMS_KEY_MONTH),
    monthly('web ACLs', needs.webAcls, PRICES.WEB_ACL_MONTH),
    monthly('web ACL rules', needs.webAclRules, PRICES.WEB_ACL_RULE_MONTH),
    {
      item: 'provisioned concurrency (GB)',
      quantity: needs.provisionedGigabytes,
      usdPerDay: needs.provisionedGigabytes * SECONDS_PER_DAY * PRICES.PROVISIONED_CONCURRENCY_GB_SECOND.usd,
      price: PRICES.PROVISIONED_CONCURRENCY_GB_SECOND,
    },
    polls('queues that Lambda polls', needs.polledQueues, PRICES.SQS_REQUEST_MILLION),
    polls('FIFO queues that Lambda polls', needs.polledFifoQueues, PRICES.SQS_FIFO_REQUEST_MILLION),
    {
      item: 'metrics that forecasts read',
      quantity: needs.forecastMetrics,
      usdPerDay: (needs.forecastMetrics * MINUTES_PER_DAY * PRICES.METRIC_REQUESTED_THOUSAND.usd) / 1_000,
      price: PRICES.METRIC_REQUESTED_THOUSAND,
    },
    monthly('metrics that forecasts write', METRICS_PER_FORECAST * needs.forecasts, PRICES.CUSTOM_METRIC_MONTH),
    monthly('metrics that alarms read', needs.alarmMetrics, PRICES.ALARM_MONTH),
    monthly('dashboards', needs.dashboards, PRICES.DASHBOARD_MONTH),
  ]
    .filter(({ quantity }) => quantity > 0)
    .sort((a, b) => b.usdPerDay - a.usdPerDay);
}
