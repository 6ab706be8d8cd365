import { HttpError, type Issue, ifAbsent, json, type Operation, type Reply, routes, table, transact } from '../runtime';
import { money } from './money';
import {
  accountId,
  asOrder,
  type Basket,
  basket,
  claimKey,
  guestId,
  isSameRequest,
  lineViews,
  listKey,
  type Order,
  type OrderLine,
  type OrdersItem,
  personId,
  placeOrder,
  type Sale,
  sale,
  webOrderId,
} from './ordering';
import { type ProductItem, productKey } from './products';
import { conditionFailed, conflicted } from './writes';

/** Maximum number of attempts to store an order while another call writes the same order. */
const MAX_ATTEMPTS = 3;
/**
 * Maximum bytes of an order as JSON. The stored item is always smaller than this JSON, and
 * DynamoDB's limit for an item is 400 KB.
 */
const MAX_ORDER_BYTES = 300 * 1024;

const catalogue = table<ProductItem, 'pk' | 'sk'>('Catalogue');
const orders = table<OrdersItem, 'customerId' | 'orderId'>('Orders');

/**
 * Accepts orders. A person's order gets the catalogue's prices. The point of sale sets prices and
 * times itself.
 */
export const handler = routes({
  'POST /checkout': {
    caller: 'person',
    body: basket,
    handle: ({ caller, body }) => placeBasket(personId(caller.id), body),
  },
  'POST /sales': { body: sale, handle: ({ body }) => recordSale(body, 'sale') },
  'POST /refunds': { body: sale, handle: ({ body }) => recordSale(body, 'refund') },
});

async function placeBasket(customerId: string, { idempotencyKey, lines, total }: Basket): Promise<Reply> {
  const order = placeOrder({
    customerId,
    orderId: webOrderId(customerId, idempotencyKey),
    kind: 'sale',
    placedAt: new Date().toISOString(),
    currency: 'GBP',
    lines: await priced(lines),
  });
  if (money(order.total) === money(total)) return store(order, []);
  // The request may be a repeated one: the order is stored already, and prices have changed since
  // then.
  const stored = await storedOrder(order);
  return stored ? repeated(stored, order) : priceChanged(order);
}

function recordSale(body: Sale, kind: Order['kind']): Promise<Reply> {
  const { orderId, customerId, placedAt, country, email, lines } = body;
  const claim = claimKey(orderId);
  const order = placeOrder({
    customerId: customerId === undefined ? guestId(orderId) : accountId(customerId),
    orderId,
    kind,
    placedAt,
    country,
    currency: 'GBP',
    ...(email === undefined ? {} : { email }),
    lines,
    claim,
  });
  return store(order, [
    { in: orders, put: { ...claim, item: 'claim', owner: order.customerId }, condition: ifAbsent('orderId') },
  ]);
}

/**
 * Adds the catalogue's descriptions and prices to lines. The reads are strongly consistent, so that
 * no old price is charged.
 */
async function priced(lines: Basket['lines']): Promise<OrderLine[]> {
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const products = await catalogue.batchGet(skus.map(productKey));
  const known = new Map(products.flatMap((product) => (product ? [[product.sku, product]] : [])));
  const issues: Issue[] = [];
  const result = lines.flatMap(({ sku, quantity }, i) => {
    const product = known.get(sku);
    if (product) {
      return [{ sku, description: product.description, quantity, unitPrice: product.price }];
    }
    issues.push({ path: `lines[${i}].sku`, message: 'must be a product of the catalogue', got: JSON.stringify(sku) });
    return [];
  });
  if (issues.length > 0) throw new HttpError(422, 'unknown_product', 'not all products exist', { issues });
  return result;
}

/**
 * Stores an order once. The message to the payments worker is in the order's item, so neither
 * exists without the other.
 * @throws HttpError 413 if the order is too large for DynamoDB
 */
async function store(order: Order, claims: readonly Operation[]): Promise<Reply> {
  const bytes = Buffer.byteLength(JSON.stringify(order));
  if (bytes > MAX_ORDER_BYTES) {
    const message = `an order must have at most ${MAX_ORDER_BYTES} bytes as JSON with its descriptions, got ${bytes}`;
    throw new HttpError(413, 'order_too_large', message);
  }
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
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      await transact(operations);
      return json(201, receipt(order));
    } catch (error) {
      if (conditionFailed(error)) return repeated(await storedOrder(order), order);
      if (!conflicted(error)) throw error;
    }
  }
  throw new HttpError(503, 'busy', 'another call is placing this order', { headers: { 'retry-after': '1' } });
}

const storedOrder = async ({ customerId, orderId }: Order): Promise<Order | undefined> =>
  asOrder(await orders.get({ customerId, orderId }));

/** Answers a request whose order ID exists already, for the same order or for another one. */
function repeated(stored: Order | undefined, order: Order): Reply {
  if (stored && isSameRequest(stored, order)) return json(200, receipt(stored));
  throw new HttpError(409, 'another_order', 'another order has this id or idempotency key');
}

/**
 * Answers that the catalogue has other prices than the page showed, so that the page asks the
 * person again. Nothing was stored.
 */
function priceChanged({ total, currency, lines }: Order): Reply {
  const error = { code: 'price_changed', message: 'prices have changed: show the new total and ask again' };
  return json(409, { error, total, currency, lines: lineViews(lines) });
}

const receipt = ({ orderId, kind, status, placedAt, currency, total, lines }: Order) => ({
  orderId,
  kind,
  status,
  placedAt,
  currency,
  total,
  lines: lines.length,
});
