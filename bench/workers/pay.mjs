import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

const { PARTNER: partner } = process.env;

/** The peers' effect: charges an order at the partner, if there is one, and sets it to paid. */
export async function pay(client, { customerId, orderId }) {
  if (partner) await fetch(`${partner}/${orderId}`, { method: 'POST' });
  await client.send(
    new UpdateItemCommand({
      TableName: 'Orders-0',
      Key: { customerId: { S: customerId }, orderId: { S: orderId } },
      UpdateExpression: 'SET #status = :paid',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':paid': { S: 'paid' } },
    }),
  );
}
