import { readFile } from 'node:fs/promises';
import type { ReplayedShop } from '../running-shop';
import { compare, type Found, type Row } from './compare';
import { expectedOf } from './expected';
import { readStores } from './stores';

export type { Found, FoundLine, FoundOrder, Row } from './compare';
export { compare } from './compare';
export { type Expected, type ExpectedLine, type ExpectedOrder, expectedOf } from './expected';
export { mapTableOf } from './stores';

/** Orders and products that aren't in the file. */
export interface Strangers {
  readonly orders: ReadonlySet<string>;
  readonly products: ReadonlySet<string>;
}

const NONE: Strangers = { orders: new Set(), products: new Set() };

/**
 * Reads the orders and products that are in the stores before the replay, but aren't in the file.
 */
export async function strangersIn(context: ReplayedShop): Promise<Strangers> {
  const expected = expectedOf(await readFile(context.ordersFile, 'utf8'));
  const orders = new Set(expected.orders.map(({ orderId }) => orderId));
  const products = new Set(expected.products);
  const found = await readStores(context);
  return {
    orders: new Set(found.orders.map(({ orderId }) => orderId).filter((id) => !orders.has(id))),
    products: new Set(found.products.filter((sku) => !products.has(sku))),
  };
}

/**
 * Compares the content of the stores exactly with the file.
 * @param refused lines that the shop refused in the replay. `record` is the number of a line's
 * record in the file. The header is record 1.
 * @param strangers orders and products that are left out, because they existed before the replay
 * @returns a row for each comparison. If all are `ok`, no data is missing, duplicate or different.
 */
export async function reconcile(
  context: ReplayedShop,
  refused: readonly { readonly record: number }[],
  strangers: Strangers = NONE,
): Promise<Row[]> {
  const expected = expectedOf(await readFile(context.ordersFile, 'utf8'));
  context.progress('reconciling: reading every store');
  const stores = withoutStrangers(await readStores(context), strangers);
  return compare(expected, { ...stores, refused: [...new Set(refused.map(({ record }) => record))] });
}

type Stores = Omit<Found, 'refused'>;

function withoutStrangers(stores: Stores, { orders, products }: Strangers): Stores {
  const isOurs = ({ orderId }: { readonly orderId: string }): boolean => !orders.has(orderId);
  return {
    ...stores,
    orders: stores.orders.filter(isOurs),
    payments: stores.payments.filter(isOurs),
    charges: stores.charges.filter(({ chargeKey }) => !orders.has(chargeKey)),
    invoices: stores.invoices.filter(isOurs),
    mails: stores.mails.filter(isOurs),
    products: stores.products.filter((sku) => !products.has(sku)),
  };
}
