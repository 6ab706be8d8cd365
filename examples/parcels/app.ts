import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { HandlerBundle, QueueWorker, ShardedTable } from '../../lib';

export const stack = new Stack(new App(), 'Parcels');
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const labels = new QueueWorker(stack, 'Labels', { handler: code.handler('labels') });
const parcels = new ShardedTable(stack, 'Parcels', {
  partitionKey: { name: 'parcelId', type: AttributeType.STRING },
  shards: 4,
});
parcels.grantReadData(labels); // permission to read the table and to decrypt its data
parcels.publishTo(labels); // labels receives the messages that are stored with parcels
