import { NotDone } from '../../lambdas/runtime';
import type { Order } from './order';

const PARTNERS = 'https://partners.example';

/** Charges an order. The partner charges once for each key. */
export const charge = async (order: Order, signal: AbortSignal): Promise<string> =>
  post(`/charges/${order.orderId}`, { amount: order.total }, signal);

/** Pays an order back. The partner pays once for each key. */
export const refund = async (orderId: string, amount: string, signal: AbortSignal): Promise<string> =>
  post(`/refunds/${orderId}`, { amount }, signal);

/** Books a parcel. The courier has no keys, but lists parcels by the order's ID. */
export const bookParcel = async (order: Order, signal: AbortSignal): Promise<string> =>
  post('/parcels', { reference: order.orderId }, signal);

/** The parcel that was booked for an order, if any. */
export async function findParcel({ orderId }: Order, signal: AbortSignal): Promise<string | undefined> {
  const answer = await fetch(`${PARTNERS}/parcels?reference=${encodeURIComponent(orderId)}`, { signal });
  if (!answer.ok) throw new Error(`the courier must list parcels, got ${answer.status}`);
  const [parcel] = (await answer.json()) as string[];
  return parcel;
}

/** Prints and posts a letter. The printer has no keys, and can't be asked. */
export const printLetter = async (text: string, signal: AbortSignal): Promise<string> =>
  post('/letters', { text }, signal);

/** @throws NotDone if the partner refuses the call. With any other error it may have done it. */
async function post(path: string, body: object, signal: AbortSignal): Promise<string> {
  const answer = await fetch(`${PARTNERS}${path}`, { method: 'POST', body: JSON.stringify(body), signal });
  if (answer.status >= 400 && answer.status < 500) throw new NotDone(`the partner refused the call: ${answer.status}`);
  if (!answer.ok) throw new Error(`the partner must take the call, got ${answer.status}`);
  return answer.text();
}
