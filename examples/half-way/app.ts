import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { HandlerBundle, QueueWorker, ShardedTable } from '../../lib';

// Three steps of an order, each with another kind of partner. docs/once.md explains them.
export const stack = new Stack(new App(), 'HalfWay');
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const orders = new ShardedTable(stack, 'Orders', {
  partitionKey: { name: 'customerId', type: AttributeType.STRING },
  sortKey: { name: 'orderId', type: AttributeType.STRING },
});
for (const [name, handler] of Object.entries({ Payments: 'payments', Parcels: 'parcels', Letters: 'letters' })) {
  const worker = new QueueWorker(stack, name, { handler: code.handler(handler) });
  orders.grantQueryPutData(worker);
  orders.publishTo(worker);
}
