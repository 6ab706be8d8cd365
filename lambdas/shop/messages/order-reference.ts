import { schema } from '../../runtime';

/** What every message of the shop says: which order it is about. A body that says anything else is refused at once. */
export const orderReference = schema.object({
  // The longest is the subject of a token.
  customerId: schema.string({ min: 1, max: 255 }),
  orderId: schema.string({ min: 1, max: 40 }),
});
