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

// Orders in eight DynamoDB tables. A worker handles the messages of each customer in order. npx cdk
// synth -a 'node --import tsx examples/sharded-orders/app.ts'
export const stack = new Stack(new App(), 'ShardedOrders', { env: { region: 'us-east-1' } });
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const identity = new UserPoolIdentity(stack, 'Identity', { mfaRequired: true });

const orders = new ShardedTable(stack, 'Orders', {
  partitionKey: { name: 'customerId', type: AttributeType.STRING },
  sortKey: { name: 'orderId', type: AttributeType.STRING },
  shards: 8, // each has its own limits, so a very busy customer affects at most an eighth of the others
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
  kind: QueueKind.FIFO, // orders of one customer are handled one after the other, those of different customers concurrently
  timeout: Duration.seconds(20),
  maxConcurrency: 10,
});

orders.grantReadWriteData(checkout);
orders.grantReadWriteData(shipping);
orders.publishTo(shipping); // the order and its message are stored in one write

new EdgeDistribution(stack, 'Edge', { identity }).addModule(checkout);
