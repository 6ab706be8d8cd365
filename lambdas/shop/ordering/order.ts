import { createHash } from 'node:crypto';
import { formatMoney, money } from '../money';
import type { OrdersKey } from './keys';

/**
 * How far an order has come. One worker takes each step, once. `failed` needs a person to look at
 * it.
 */
export type OrderStatus = 'placed' | 'paid' | 'invoiced' | 'complete' | 'failed';

export interface OrderLine {
  readonly sku: string;
  readonly description: string;
  /** At least 1, in a refund too. */
  readonly quantity: number;
  /** Decimal string in the order's currency. */
  readonly unitPrice: string;
}

/** An order, or a refund, as stored in the orders table. */
export interface Order {
  /** Partition key of its customer: see `customers.ts`. */
  readonly customerId: string;
  readonly orderId: string;
  readonly kind: 'sale' | 'refund';
  readonly status: OrderStatus;
  /** ISO 8601, as its sender wrote it. */
  readonly placedAt: string;
  readonly country?: string;
  readonly currency: 'GBP';
  /**
   * Address that the point of sale stated. A person's address is in the user pool and never here.
   */
  readonly email?: string;
  readonly lines: readonly OrderLine[];
  /** Exact sum of the lines, negative for a refund. */
  readonly total: string;
  /** Claim of its number, for an order of the point of sale. */
  readonly claim?: OrdersKey;
  readonly payment?: { readonly reference: string; readonly chargeKey: string };
  readonly invoice?: { readonly key: string };
  readonly mail?: { readonly outcome: MailOutcome; readonly key?: string };
}

/** An item of the orders table. Its attribute `item` states its kind. */
export type OrdersItem =
  | (Order & { readonly item: 'order' })
  | (OrdersKey & { readonly item: 'payment' } & NonNullable<Order['payment']> & { readonly amount: string })
  | (OrdersKey & { readonly item: 'entry' })
  | (OrdersKey & { readonly item: 'claim'; readonly owner: string });

/** `refused`: SES doesn't take the address. */
export type MailOutcome = 'sent' | 'no address' | 'refused';

/** Reads an item of the orders table as an order; undefined if it is another kind of item. */
export function asOrder(item: { readonly item?: unknown } | undefined): Order | undefined {
  return item?.item === 'order' ? (item as unknown as Order) : undefined;
}

/** The part of an order that its sender decides. */
export type OrderDraft = Omit<Order, 'status' | 'total' | 'payment' | 'invoice' | 'mail'>;

/** 1 to 40 letters, digits and hyphens. */
export const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/;

/** Ids of orders placed on the web start with this. The point of sale can't use it. */
export const WEB_PREFIX = 'W-';

/**
 * Id of a person's order. The same key of the same person gives the same id, so a repeated request
 * finds its order.
 */
export function webOrderId(customerId: string, idempotencyKey: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([customerId, idempotencyKey]))
    .digest('hex');
  return `${WEB_PREFIX}${hash.slice(0, 20)}`;
}

/** Makes the order that a draft describes. */
export function placeOrder(draft: OrderDraft): Order {
  const sum = draft.lines.reduce((total, line) => total + money(line.unitPrice) * BigInt(line.quantity), 0n);
  return { ...draft, status: 'placed', total: formatMoney(draft.kind === 'refund' ? -sum : sum) };
}

/**
 * Whether two orders under one id are the same request sent twice. Of a web order only products and
 * quantities count: its clock and its prices are read anew for each request.
 */
export function isSameRequest(one: Order, other: Order): boolean {
  return statedBy(one) === statedBy(other);
}

function statedBy({ orderId, kind, placedAt, country, email, lines }: Order): string {
  if (orderId.startsWith(WEB_PREFIX)) return JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]));
  const stated = lines.map(({ sku, description, quantity, unitPrice }) => [sku, description, quantity, unitPrice]);
  return JSON.stringify([kind, placedAt, country, email, stated]);
}

/** Lines with their amounts, as a customer sees them. */
export function lineViews(lines: readonly OrderLine[]): object[] {
  return lines.map(({ sku, description, quantity, unitPrice }) => ({
    sku,
    description,
    quantity,
    unitPrice,
    amount: formatMoney(money(unitPrice) * BigInt(quantity)),
  }));
}

/** An order as its customer sees it. */
export function orderView(order: Order): Record<string, unknown> {
  const { orderId, kind, status, placedAt, currency, country, total, lines } = order;
  return {
    orderId,
    kind,
    status,
    placedAt,
    currency,
    country,
    total,
    lines: lineViews(lines),
    invoice: order.invoice ? `/orders/${encodeURIComponent(orderId)}/invoice` : undefined,
    mail: order.mail?.outcome,
  };
}
