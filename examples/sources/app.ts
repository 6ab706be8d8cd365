import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  AliasedFunction,
  DeploymentProfile,
  DocumentStore,
  HandlerBundle,
  QueueWorker,
  ShardedTable,
  WorkerSource,
} from '../../lib';

// Work from other systems: one worker for each form of messages. docs/sources.md explains them.
export const stack = new Stack(new App(), 'Sources');
const profile = DeploymentProfile.SANDBOX;
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const arrivals = new ShardedTable(stack, 'Arrivals', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  profile,
});

function workerFor(id: string, source: WorkerSource): QueueWorker {
  const worker = new QueueWorker(stack, id, { handler: code.handler('arrivals'), profile });
  worker.addSource(source);
  arrivals.grantPutData(worker);
  return worker;
}

const partner = new Topic(stack, 'Partner', { enforceSSL: true });
workerFor('Announcements', WorkerSource.fromTopic(partner));

const uploads = new DocumentStore(stack, 'Uploads', { profile });
workerFor('Uploaded', WorkerSource.fromBucket(uploads.bucket, { prefix: 'in/', suffix: '.csv' }));

workerFor('Stopped', WorkerSource.fromEventPattern({ source: ['example.tills'], detailType: ['Till stopped'] }));

const till = new AliasedFunction(stack, 'Till', { handler: code.handler('till'), profile });
const sales = workerFor('Sales', WorkerSource.fromSender(till));
till.addEnvironment('SALES_QUEUE', sales.queue.queueUrl);
