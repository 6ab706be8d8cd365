import { schema } from '../../runtime';

/**
 * Body of every message of the shop: the order that it is about. The worker refuses any other body
 * at once.
 */
export const orderReference = schema.object({
  // `person#` and the subject of a token, which has at most 255 characters.
  customerId: schema.string({ min: 1, max: 300 }),
  orderId: schema.string({ min: 1, max: 40 }),
});
