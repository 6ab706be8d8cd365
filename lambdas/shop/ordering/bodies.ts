import { schema } from '../../runtime';
import { MAX_PRICE_DIGITS } from '../money';
import { description, sku } from '../products/fields';
import { isEmail } from './email';
import { isTime } from './instant';
import { ORDER_ID, WEB_PREFIX } from './order';

/** Maximum number of lines of a sale. */
export const MAX_LINES = 2_000;
/** Maximum number of lines of a person's basket. */
export const MAX_BASKET_LINES = 500;
/** Maximum quantity of a line. */
export const MAX_QUANTITY = 100_000;

const quantity = schema.integer({ min: 1, max: MAX_QUANTITY });

/**
 * Body of `POST /checkout`. A body with a price is refused, because prices come from the catalogue.
 */
export const basket = schema.object({
  idempotencyKey: schema.string({ pattern: /^[A-Za-z0-9_-]{8,80}$/, name: "8 to 80 letters, digits, '_' and '-'" }),
  lines: schema.array(schema.object({ sku, quantity }), { min: 1, max: MAX_BASKET_LINES }),
  /** The total that the page showed. It is compared with the computed total, and never charged. */
  total: schema.decimal({ scale: 2, digits: 24 }),
});

export type Basket = schema.Infer<typeof basket>;

const unitPrice = schema.decimal({ scale: 2, digits: MAX_PRICE_DIGITS, zero: false });

const orderNumber = schema.refine(
  schema.string({ pattern: ORDER_ID, name: "1 to 40 letters, digits and '-'" }),
  (id) => !id.startsWith(WEB_PREFIX),
  `must not start with '${WEB_PREFIX}'`,
);

/**
 * Body of `POST /sales` and `POST /refunds`. The point of sale sets prices and times. A refund has
 * its own ID.
 */
export const sale = schema.object({
  orderId: orderNumber,
  /** Absent for a guest. */
  customerId: schema.optional(
    schema.string({ pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, name: "1 to 64 letters, digits and '._-'" }),
  ),
  placedAt: schema.refine(schema.string({ max: 40 }), isTime, 'must be an ISO 8601 time on a day that exists'),
  currency: schema.optional(schema.oneOf('GBP')),
  country: schema.string({ pattern: /^\S.{0,59}$/u, name: 'a text of 1 to 60 characters' }),
  email: schema.optional(schema.refine(schema.string(), isEmail, 'must be an e-mail address')),
  lines: schema.array(schema.object({ sku, description, quantity, unitPrice }), { min: 1, max: MAX_LINES }),
});

export type Sale = schema.Infer<typeof sale>;
