import { join } from 'node:path';
import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import {
  Access,
  EdgeDistribution,
  HandlerBundle,
  MicroModule,
  QueueKind,
  QueueWorker,
  Route,
  ShardedTable,
  UserPoolIdentity,
} from '../../lib';

// Orders over eight tables, and what follows from an order kept in order for each customer.
// npx cdk synth -a 'node --import tsx examples/sharded-orders/app.ts'
const stack = new Stack(new App(), 'ShardedOrders', { env: { region: 'us-east-1' } });
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const identity = new UserPoolIdentity(stack, 'Identity', { mfaRequired: true });

const orders = new ShardedTable(stack, 'Orders', {
  partitionKey: { name: 'customerId', type: AttributeType.STRING },
  sortKey: { name: 'orderId', type: AttributeType.STRING },
  shards: 8, // each with its own limits: a hot customer slows an eighth of the others at most
  timeToLiveAttribute: 'expires',
});

const checkout = new MicroModule(stack, 'Checkout', {
  handler: code.handler('checkout'),
  identity,
  routes: [
    Route.put('/orders/{orderId}', { access: Access.PERSON, maxBody: Size.kibibytes(32) }),
    Route.get('/orders/{orderId}', { access: Access.PERSON }),
  ],
});

const shipping = new QueueWorker(stack, 'Shipping', {
  handler: code.handler('shipping'),
  kind: QueueKind.FIFO, // one customer's orders one after the other, different customers side by side
  timeout: Duration.seconds(20),
  maxConcurrency: 10,
});

orders.grantReadWriteData(checkout);
orders.grantReadWriteData(shipping);
orders.publishTo(shipping); // the order and its message are one write

new EdgeDistribution(stack, 'Edge', { identity }).addModule(checkout);
