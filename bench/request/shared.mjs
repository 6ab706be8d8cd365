import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { JwtVerifier } from 'aws-jwt-verify';
import * as z from 'zod/mini';

const { own } = globalThis;

export const verifier =
  own ?? JwtVerifier.create({ issuer: process.env.ISSUER, audience: null, jwksUri: `${process.env.ISSUER}/keys` });
export const documents = own
  ? { send: (command) => converted(command) }
  : DynamoDBDocumentClient.from(new DynamoDBClient({}));

/**
 * Does the document client's own work: it converts the item and the key that are sent, and the item
 * in the answer.
 */
async function converted({ input }) {
  const { Item } = await own.send({
    input: {
      ...input,
      ...(input.Key && { Key: marshall(input.Key) }),
      ...(input.Item && { Item: marshall(input.Item) }),
    },
  });
  return Item === undefined ? {} : { Item: unmarshall(Item) };
}

export const Order = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        sku: z.string().check(z.minLength(1), z.maxLength(20)),
        quantity: z.int().check(z.gte(1), z.lte(1000)),
      }),
    )
    .check(z.minLength(1), z.maxLength(100)),
});

/**
 * Returns the claims of a person's token, or undefined if the token isn't a person's valid token.
 */
export async function personOf(token) {
  try {
    const claims = await verifier.verify(token ?? '');
    return claims.token_use === 'access' && claims.username ? claims : undefined;
  } catch {
    return undefined;
  }
}

export function hashFits(body, stated) {
  return createHash('sha256').update(body).digest('hex') === stated;
}
