import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { HandlerBundle, QueueWorker, ShardedTable } from '../../lib';

/** A table, its relay, and a worker that reports when SQS got each message. */
const stack = new Stack(new App(), 'BenchRelay', { env: { region: 'us-east-1' } });
const code = HandlerBundle.fromDirectory(join(process.cwd(), 'handlers'));
const orders = new ShardedTable(stack, 'Orders', {
  partitionKey: { name: 'orderId', type: AttributeType.STRING },
});
orders.publishTo(new QueueWorker(stack, 'Arrivals', { handler: code.handler('arrivals') }));
new CfnOutput(stack, 'MapTable', { value: ShardedTable.mapTableOf(stack).tableName });
