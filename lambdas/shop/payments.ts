import { setTimeout as sleep } from 'node:timers/promises';
import { ifAbsent, ifEquals, once, PermanentFailure, table, worker } from '../runtime';
import { orderReference } from './messages';
import { type OrdersItem, paymentKey } from './ordering';
import { PartnerConflict, type PaymentPartner, StubPartner, settle, tableLedger } from './partner';

const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');
/** For a real partner, replace this by another implementation of the interface. */
const partner: PaymentPartner = new StubPartner(tableLedger(), (milliseconds) => sleep(milliseconds));

/**
 * Charges orders and pays out refunds. The partner moves money once for each key, so a payment that
 * ended half-way is requested again.
 */
const pay = once(
  orders,
  'payment',
  { when: { item: 'order', status: 'placed' }, halfWay: 'again' },
  async ({ customerId, orderId, total, currency }) => {
    const key = { customerId, orderId };
    const { reference, amount, chargeKey } = await settle(partner, {
      chargeKey: orderId,
      amount: total,
      currency,
    }).catch(async (error: unknown) => {
      if (!(error instanceof PartnerConflict)) throw error;
      // A retry can't succeed. A person must examine the order.
      await orders.update(key, { set: { status: 'failed' } }, { condition: ifEquals({ status: 'placed' }) });
      throw new PermanentFailure('the partner has charged another amount for this order', { cause: error });
    });
    const payment = { ...paymentKey(customerId, orderId), item: 'payment', reference, amount, chargeKey };
    return {
      set: { status: 'paid', payment: { reference, chargeKey } },
      also: [{ in: orders, put: payment, condition: ifAbsent('orderId') }],
      outbox: [{ to: 'Invoices', body: key, group: customerId }],
    };
  },
);

export const handler = worker(pay, { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } });
