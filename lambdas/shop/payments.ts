import { setTimeout as sleep } from 'node:timers/promises';
import { ifAbsent, ifEquals, PermanentFailure, table, transact, worker } from '../runtime';
import { orderReference } from './messages';
import { asOrder, type OrdersItem, type OrdersKey, paymentKey } from './ordering';
import { type Confirmation, PartnerConflict, type PaymentPartner, StubPartner, settle, tableLedger } from './partner';
import { conditionFailed } from './writes';

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
/** For a real partner, replace this by another implementation of the interface. */
const partner: PaymentPartner = new StubPartner(tableLedger(), (milliseconds) => sleep(milliseconds));

/** Charges orders and pays out refunds, once each. */
export const handler = worker(
  async ({ body: { customerId, orderId } }) => {
    const key = { customerId, orderId };
    const order = asOrder(await orders.get(key));
    if (!order) throw new PermanentFailure('the order of a payment must exist');
    // The payment is already stored: SQS redelivered the message.
    if (order.status !== 'placed') return;
    try {
      const request = { chargeKey: orderId, amount: order.total, currency: order.currency };
      await settle(partner, request, (confirmation) => record(key, confirmation));
    } catch (error) {
      if (!(error instanceof PartnerConflict)) throw error;
      // A retry can't succeed, because the partner has charged another amount. A person must
      // examine the order.
      await markFailed(key);
      throw new PermanentFailure('the partner has charged another amount for this order', { cause: error });
    }
  },
  { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } },
);

/**
 * Stores the payment, the order's new status and the message to the invoices worker in one
 * transaction. A second call changes nothing.
 */
function record(key: OrdersKey, { reference, amount, chargeKey }: Confirmation): Promise<void> {
  return unlessDone(
    transact([
      {
        in: orders,
        put: { ...paymentKey(key.customerId, key.orderId), item: 'payment', reference, amount, chargeKey },
        condition: ifAbsent('orderId'),
      },
      {
        in: orders,
        update: { ...key },
        set: { status: 'paid', payment: { reference, chargeKey } },
        condition: ifEquals({ status: 'placed' }),
        outbox: [{ to: 'Invoices', body: { ...key }, group: key.customerId }],
      },
    ]),
  );
}

const markFailed = (key: OrdersKey): Promise<void> =>
  unlessDone(orders.update({ ...key }, { set: { status: 'failed' } }, { condition: ifEquals({ status: 'placed' }) }));

/** Waits for a write. If its condition doesn't hold, another delivery has already done the step. */
async function unlessDone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}
