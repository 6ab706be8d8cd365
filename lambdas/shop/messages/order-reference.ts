import { schema } from '../../runtime';

/** Body of every message of the shop: a reference to an order. Workers refuse other bodies. */
export const orderReference = schema.object({
  // The longest ID is `person#` followed by the subject of a token, which has at most 255
  // characters.
  customerId: schema.string({ min: 1, max: 300 }),
  orderId: schema.string({ min: 1, max: 40 }),
});
