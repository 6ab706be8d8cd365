import { createHash } from 'node:crypto';
import { formatMoney, money } from '../money';
import type { OrdersKey } from './keys';

/**
 * Progress of an order. Each step is done once, by one worker. An order that is `failed` must be
 * examined by a person.
 */
export type OrderStatus = 'placed' | 'paid' | 'invoiced' | 'complete' | 'failed';

export interface OrderLine {
  readonly sku: string;
  readonly description: string;
  /** At least 1, also in a refund. */
  readonly quantity: number;
  /** Decimal string in the order's currency. */
  readonly unitPrice: string;
}

/** An order, or a refund, as stored in the orders table. */
export interface Order {
  /** Partition key of the customer: see `customers.ts`. */
  readonly customerId: string;
  readonly orderId: string;
  readonly kind: 'sale' | 'refund';
  readonly status: OrderStatus;
  /** ISO 8601, as in the request. */
  readonly placedAt: string;
  readonly country?: string;
  readonly currency: 'GBP';
  /**
   * E-mail address that the point of sale sent. The address of a person who signs in is stored only
   * in the user pool.
   */
  readonly email?: string;
  readonly lines: readonly OrderLine[];
  /** Exact sum of the lines. Negative for a refund. */
  readonly total: string;
  /** Key of the claim item for the order's number, if the order comes from the point of sale. */
  readonly claim?: OrdersKey;
  readonly payment?: { readonly reference: string; readonly chargeKey: string };
  readonly invoice?: { readonly key: string };
  readonly mail?: { readonly outcome: MailOutcome; readonly key?: string };
}

/** An item of the orders table. The attribute `item` states its kind. */
export type OrdersItem =
  | (Order & { readonly item: 'order' })
  | (OrdersKey & { readonly item: 'payment' } & NonNullable<Order['payment']> & { readonly amount: string })
  | (OrdersKey & { readonly item: 'entry' })
  | (OrdersKey & { readonly item: 'claim'; readonly owner: string });

/** Result of sending the mail. `refused` means that SES refused the address. */
export type MailOutcome = 'sent' | 'no address' | 'refused';

/** Returns an item of the orders table as an order. Undefined if it is another kind of item. */
export function asOrder(item: { readonly item?: unknown } | undefined): Order | undefined {
  return item?.item === 'order' ? (item as unknown as Order) : undefined;
}

/** The part of an order that is known from the request. */
export type OrderDraft = Omit<Order, 'status' | 'total' | 'payment' | 'invoice' | 'mail'>;

/** 1 to 40 letters, digits and hyphens. */
export const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/;

/** Prefix of the IDs of web orders. The point of sale can't use it. */
export const WEB_PREFIX = 'W-';

/**
 * ID of a person's order. The same idempotency key of the same person gives the same ID, so a
 * repeated request finds its order.
 */
export function webOrderId(customerId: string, idempotencyKey: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([customerId, idempotencyKey]))
    .digest('hex');
  return `${WEB_PREFIX}${hash.slice(0, 20)}`;
}

/** Makes an order from a draft: adds the status and the total. */
export function placeOrder(draft: OrderDraft): Order {
  const sum = draft.lines.reduce((total, line) => total + money(line.unitPrice) * BigInt(line.quantity), 0n);
  return { ...draft, status: 'placed', total: formatMoney(draft.kind === 'refund' ? -sum : sum) };
}

/**
 * Whether two orders with the same ID come from the same request, sent twice. For a web order only
 * products and quantities are compared, because time and prices are determined again for each
 * request.
 */
export function isSameRequest(one: Order, other: Order): boolean {
  return statedBy(one) === statedBy(other);
}

function statedBy({ orderId, kind, placedAt, country, email, lines }: Order): string {
  if (orderId.startsWith(WEB_PREFIX)) return JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]));
  const stated = lines.map(({ sku, description, quantity, unitPrice }) => [sku, description, quantity, unitPrice]);
  return JSON.stringify([kind, placedAt, country, email, stated]);
}

/** Lines with their amounts, for customers. */
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
