import { HttpError, ifAbsent, json, type Operation, type Reply, routes, table, transact } from '../runtime';
import {
  asOrder,
  claimKey,
  listKey,
  type Order,
  type OrderLine,
  placeOrder,
  type Reading,
  readTillOrder,
  readWebOrder,
  webOrderId,
} from './ordering';
import { productKey } from './products';
import { type Issue, render } from './reading';
import { conditionFailed, conflicted } from './writes';

/** Tries to store an order that is being stored by another call at the same moment. */
const ATTEMPTS = 3;

const catalogue = table('Catalogue');
const orders = table('Orders');

/** Takes orders: a person's, with prices from the catalogue, and a till's, which sets prices and times itself. */
export const handler = routes({
  'POST /checkout': ({ caller, body }) => {
    if (caller.kind === 'person') return webCheckout(caller.id, body);
    return tillOrder(body, 'sale');
  },

  'POST /refunds': ({ body }) => tillOrder(body, 'refund'),
});

async function webCheckout(customerId: string, body: unknown): Promise<Reply> {
  const { idempotencyKey, lines, email } = accepted(readWebOrder(body));
  const order = placeOrder(
    {
      customerId,
      orderId: webOrderId(customerId, idempotencyKey),
      kind: 'sale',
      placedAt: new Date().toISOString(),
      currency: 'GBP',
      ...(email === undefined ? {} : { email }),
      lines: await priced(lines),
    },
    { lines, email },
  );
  return store(order, []);
}

async function tillOrder(body: unknown, kind: Order['kind']): Promise<Reply> {
  const draft = accepted(readTillOrder(body, kind === 'sale' ? 'orderId' : 'refundId'));
  const order = placeOrder({ ...draft, kind }, { ...draft, kind });
  const { customerId, orderId } = order;
  return store(order, [
    { in: orders, put: { ...claimKey(orderId), item: 'claim', owner: customerId }, condition: ifAbsent('orderId') },
  ]);
}

/** @throws HttpError that lists everything that is wrong */
function accepted<T>(reading: Reading<T>): T {
  if (reading.value === undefined) {
    throw new HttpError(422, 'invalid_order', 'the order has faults', { issues: reading.issues });
  }
  return reading.value;
}

/** Lines with what the catalogue says of their products. */
async function priced(lines: readonly { sku: string; quantity: number }[]): Promise<OrderLine[]> {
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const products = await catalogue.batchGet(skus.map(productKey));
  const known = new Map(products.flatMap((product) => (product ? [[String(product['sku']), product]] : [])));
  const issues: Issue[] = [];
  const result = lines.flatMap(({ sku, quantity }, i) => {
    const product = known.get(sku);
    if (!product) {
      issues.push({ path: `lines[${i}].sku`, message: 'must be a product of the catalogue', got: render(sku) });
      return [];
    }
    return [{ sku, description: String(product['description']), quantity, unitPrice: String(product['price']) }];
  });
  if (issues.length > 0) throw new HttpError(422, 'unknown_product', 'not all products exist', { issues });
  return result;
}

/**
 * Stores an order once. The message to the payments worker lies in the order itself, so there is no moment in which
 * one exists without the other.
 */
async function store(order: Order, claims: readonly Operation[]): Promise<Reply> {
  const { customerId, orderId, placedAt } = order;
  const operations: Operation[] = [
    {
      in: orders,
      put: { ...order, item: 'order' },
      condition: ifAbsent('orderId'),
      outbox: [{ to: 'Payments', body: { customerId, orderId }, group: customerId }],
    },
    { in: orders, put: { ...listKey(customerId, placedAt, orderId), item: 'entry' } },
    ...claims,
  ];
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await transact(operations);
      return json(201, receipt(order));
    } catch (error) {
      if (conditionFailed(error)) return repeated(order);
      if (!conflicted(error)) throw error;
    }
  }
  throw new HttpError(503, 'busy', 'this order is being placed by another call', { headers: { 'retry-after': '1' } });
}

/** The answer to an order whose id is taken: by itself, or by another one. */
async function repeated(order: Order): Promise<Reply> {
  const stored = asOrder(await orders.get({ customerId: order.customerId, orderId: order.orderId }));
  if (stored?.contentHash === order.contentHash) return json(200, receipt(stored));
  throw new HttpError(409, 'another_order', `'${order.orderId}' is another order already`);
}

const receipt = ({ orderId, kind, status, placedAt, currency, total, charge, lines }: Order) => ({
  orderId,
  kind,
  status,
  placedAt,
  currency,
  total,
  charge,
  lines: lines.length,
});
