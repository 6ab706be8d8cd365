import { join } from 'node:path';
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import {
  Access,
  DeploymentProfile,
  EdgeDistribution,
  HandlerBundle,
  MicroModule,
  QueueWorker,
  Route,
  ShardedTable,
} from '../../lib';

export const app = new App();
const profile = DeploymentProfile.SANDBOX;
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));

// The stack with the data is rarely deployed.
const data = new Stack(app, 'ParcelsData');
const parcels = new ShardedTable(data, 'Parcels', {
  partitionKey: { name: 'parcelId', type: AttributeType.STRING },
  shards: 2,
  profile,
});
const archive = new QueueWorker(data, 'Archive', { handler: code.handler('archive'), profile });
parcels.grantQueryPutData(archive);
parcels.publishTo(archive); // the relay of ParcelsData sends this message

// The stack of a team. Its nested stacks share its keys, its map table and its relay.
const work = new Stack(app, 'ParcelsWork');
const printing = new NestedStack(work, 'Printing');
const labels = new QueueWorker(printing, 'Labels', { handler: code.handler('labels'), profile });
parcels.grantQueryPutData(labels);
parcels.publishTo(labels); // the relay of ParcelsWork sends this one: ParcelsWork needs ParcelsData

const desk = new NestedStack(work, 'Desk');
const reprints = new QueueWorker(desk, 'Reprints', {
  handler: code.handler('reprints'),
  environment: { LABELS_QUEUE: labels.queue.queueUrl },
  profile,
});
parcels.publishTo(reprints); // by the same relay
labels.grantSendMessages(reprints); // the role gets a name, which the policy of the queue states

// The edge needs the module, and the module needs the data.
const web = new Stack(app, 'ParcelsWeb');
const intake = new MicroModule(web, 'Intake', {
  handler: code.handler('intake'),
  routes: [Route.put('/parcels/{parcelId}', { access: Access.ANYONE })],
  environment: { LABELS_QUEUE: labels.queue.queueUrl },
  profile,
});
parcels.grantPutData(intake);
labels.grantSendMessages(intake); // across two top-level stacks
const edge = new EdgeDistribution(web, 'Edge', { profile });
edge.addModule(intake);
