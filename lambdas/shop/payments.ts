import { setTimeout as sleep } from 'node:timers/promises';
import { ifAbsent, ifEquals, PermanentFailure, table, transact, worker } from '../runtime';
import { orderReference } from './messages';
import { asOrder, paymentKey } from './ordering';
import { type Confirmation, PartnerConflict, type PaymentPartner, StubPartner, settle, tableLedger } from './partner';
import { conditionFailed } from './writes';

const orders = table('Orders');
/** A real partner is another implementation of the interface. */
const partner: PaymentPartner = new StubPartner(tableLedger(), (milliseconds) => sleep(milliseconds));

/** Lets orders be paid, and refunds be paid out: once each, whatever is repeated or lost on the way. */
export const handler = worker(
  async ({ body: { customerId, orderId } }) => {
    const order = asOrder(await orders.get({ customerId, orderId }));
    if (!order) throw new PermanentFailure(`order '${orderId}' must exist before it is paid`);
    // A message that comes again: what followed from the payment was written with it.
    if (order.status !== 'placed') return;
    try {
      await settle(
        partner,
        { chargeKey: orderId, amount: order.charge, currency: order.currency },
        (confirmation) => record(customerId, orderId, confirmation),
        (milliseconds) => sleep(milliseconds),
      );
    } catch (error) {
      // Asking again won't change what the partner has charged: this one is for a person to look at.
      if (error instanceof PartnerConflict) throw new PermanentFailure(error.message, { cause: error });
      throw error;
    }
  },
  { schema: orderReference, retryDelay: { baseSeconds: 1, capSeconds: 300 } },
);

/** Writes the payment, the order's new status and the message to the invoices worker together; a second time it is there already. */
async function record(customerId: string, orderId: string, confirmation: Confirmation): Promise<void> {
  const { reference, amount } = confirmation;
  try {
    await transact([
      {
        in: orders,
        put: { ...paymentKey(customerId, orderId), item: 'payment', reference, amount },
        condition: ifAbsent('orderId'),
      },
      {
        in: orders,
        update: { customerId, orderId },
        set: { status: 'paid', payment: { reference } },
        condition: ifEquals({ status: 'placed' }),
        outbox: [{ to: 'Invoices', body: { customerId, orderId }, group: customerId }],
      },
    ]);
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}
