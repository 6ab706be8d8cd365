import { logger, metrics, schema, worker } from '../../../lambdas/runtime';
import { refund } from '../partners';

const Refund = schema.object({ orderId: schema.string(), amount: schema.string() });
const shop = metrics('Shop', { dimensions: { partner: 'acme' } });

export const handler = worker(
  async ({ body: { orderId, amount }, signal }) => {
    const started = performance.now();
    await refund(orderId, amount, signal);
    shop.add('PartnerTime', performance.now() - started, 'Milliseconds');
    shop.count('Refunds');
    logger.info('order refunded', { orderId });
  },
  { schema: Refund },
);
