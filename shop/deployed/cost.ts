import { PRICES, type Price } from '../../lib/limits';
import type { ReplayResult } from '../replay';

/** Number of workers that handle an order: payments, invoices, mail. */
const STEPS_PER_ORDER = 3;
/** Requests for each message: send, receive and delete. */
const SQS_REQUESTS_PER_MESSAGE = 3;
/**
 * Duration of an invocation in seconds, and memory of a function in GB: estimates that are rather
 * too high than too low.
 */
const SECONDS_PER_INVOCATION = 0.5;
const GIGABYTES = 0.5;
/**
 * Write units for an order: the order with its outbox, four steps, the ledger. Write units for a
 * product: the product and its index entries.
 */
const WRITES_PER_ORDER = 12;
const WRITES_PER_PRODUCT = 8;
/** Writes by the workers, and reads by the reconciliation. */
const DOCUMENT_REQUESTS_PER_ORDER = 4;
const MILLION = 1_000_000;

/** Prices of requests in us-east-1, November 2026, in dollars a million. */
const PER_MILLION = {
  'edge requests': { usd: 1.0, source: 'https://aws.amazon.com/cloudfront/pricing/' },
  'web ACL requests': { usd: 0.6, source: 'https://aws.amazon.com/waf/pricing/' },
  'table writes': { usd: 0.625, source: 'https://aws.amazon.com/dynamodb/pricing/on-demand/' },
  'document requests': { usd: 5.0, source: 'https://aws.amazon.com/s3/pricing/' },
  'key requests': { usd: 3.0, source: 'https://aws.amazon.com/kms/pricing/' },
} as const;

/** One item of a run's cost. */
export interface RunCost {
  readonly item: string;
  readonly quantity: number;
  readonly usd: number;
}

/**
 * Estimates the cost of a run's requests. AWS's bill shows the exact cost a day later.
 * @param edgeRequests requests that were sent to the distribution
 */
export function costOfRun(edgeRequests: number, { products, sales, refunds }: ReplayResult): RunCost[] {
  const orders = sales + refunds;
  const messages = orders * STEPS_PER_ORDER;
  // Each message needs one invocation of its worker, and at most one of the relay.
  const invocations = edgeRequests + 2 * messages;
  const million = (item: string, quantity: number, price: Pick<Price, 'usd'>): RunCost => ({
    item,
    quantity,
    usd: (quantity * price.usd) / MILLION,
  });
  const gigabyteSeconds = invocations * SECONDS_PER_INVOCATION * GIGABYTES;
  return [
    million('edge requests', edgeRequests, PER_MILLION['edge requests']),
    million('web ACL requests', edgeRequests, PER_MILLION['web ACL requests']),
    million('invocations', invocations, PRICES.LAMBDA_REQUEST_MILLION),
    {
      item: 'GB-seconds of functions',
      quantity: Math.round(gigabyteSeconds),
      usd: gigabyteSeconds * PRICES.ON_DEMAND_DURATION_GB_SECOND.usd,
    },
    million('table writes', orders * WRITES_PER_ORDER + products * WRITES_PER_PRODUCT, PER_MILLION['table writes']),
    million('queue requests', messages * SQS_REQUESTS_PER_MESSAGE, PRICES.SQS_REQUEST_MILLION),
    million('document requests', orders * DOCUMENT_REQUESTS_PER_ORDER, PER_MILLION['document requests']),
    million('key requests', invocations, PER_MILLION['key requests']),
  ];
}
