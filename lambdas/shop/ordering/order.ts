import { createHash } from 'node:crypto';
import { formatMoney, money, roundToPence } from '../money';

/** How far an order has come; each step is taken by one worker, once. */
export type OrderStatus = 'placed' | 'paid' | 'invoiced' | 'complete';

export interface OrderLine {
  readonly sku: string;
  readonly description: string;
  /** At least 1, in a refund too: what makes it a refund is the order's kind. */
  readonly quantity: number;
  /** Decimal string in the order's currency. */
  readonly unitPrice: string;
}

/** An order, or the refund of one, as it lies in the orders table. */
export interface Order {
  /** A customer's number, the subject of a person's token, or `guest#<orderId>`. */
  readonly customerId: string;
  readonly orderId: string;
  readonly kind: 'sale' | 'refund';
  readonly status: OrderStatus;
  /** ISO 8601; local time where a till says so. */
  readonly placedAt: string;
  readonly country?: string;
  readonly currency: 'GBP';
  /** Where the invoice is mailed to. */
  readonly email?: string;
  readonly lines: readonly OrderLine[];
  /** Exact sum of the lines, negative for a refund. */
  readonly total: string;
  /** The total in whole pence: what the payment partner moves. */
  readonly charge: string;
  /** Tells the same order sent again from another one under its id. */
  readonly contentHash: string;
  readonly payment?: { readonly reference: string };
  readonly invoice?: { readonly key: string };
  readonly mail?: { readonly outcome: 'sent' | 'no address' };
}

/** The order that an item of the orders table is, if it is one. */
export function asOrder(item: Readonly<Record<string, unknown>> | undefined): Order | undefined {
  return item?.['item'] === 'order' ? (item as unknown as Order) : undefined;
}

/** What a request asks to be stored; the rest follows from it. */
export type OrderDraft = Pick<
  Order,
  'customerId' | 'orderId' | 'kind' | 'placedAt' | 'country' | 'email' | 'currency' | 'lines'
>;

const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/;

/** Whether a text can be the id of an order, of a till or of the web: 1 to 40 letters, digits and `-`. */
export const isOrderId = (value: unknown): value is string => typeof value === 'string' && ORDER_ID.test(value);

/** Prefix of the ids of orders placed on the web; a till can't use it. */
export const WEB_PREFIX = 'W-';

/** Id of a person's order: the same for the same key of the same person, so that a repeated request finds it. */
export function webOrderId(customerId: string, idempotencyKey: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([customerId, idempotencyKey]))
    .digest('hex');
  return `${WEB_PREFIX}${hash.slice(0, 20)}`;
}

/** A guest is a customer of one order. */
export const guestId = (orderId: string): string => `guest#${orderId}`;

export const isGuest = (customerId: string): boolean => customerId.startsWith('guest#');

/** Sum of the lines, exact. */
export function totalOf(lines: readonly OrderLine[]): bigint {
  return lines.reduce((sum, line) => sum + money(line.unitPrice) * BigInt(line.quantity), 0n);
}

/**
 * The order that a draft becomes. Whatever a repeated request says anew by itself (the clock of a web order, prices
 * that changed meanwhile) is no part of `content`, which decides whether two requests are the same.
 */
export function placeOrder(draft: OrderDraft, content: unknown): Order {
  const sum = totalOf(draft.lines);
  const total = draft.kind === 'refund' ? -sum : sum;
  return {
    ...draft,
    status: 'placed',
    total: formatMoney(total),
    charge: formatMoney(roundToPence(total)),
    contentHash: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
  };
}

/** An order as its customer sees it. */
export function orderView(order: Order): Record<string, unknown> {
  const { orderId, kind, status, placedAt, currency, country, total, charge, lines } = order;
  return {
    orderId,
    kind,
    status,
    placedAt,
    currency,
    country,
    total,
    charge,
    lines: lines.map((line) => ({
      sku: line.sku,
      description: line.description,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      amount: formatMoney(money(line.unitPrice) * BigInt(line.quantity)),
    })),
    invoice: order.invoice ? `/orders/${encodeURIComponent(orderId)}/invoice` : undefined,
    mail: order.mail?.outcome,
  };
}
