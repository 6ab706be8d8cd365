import { join } from 'node:path';
import { Duration, type Stack } from 'aws-cdk-lib';
import { app } from '../../../examples/split-stacks/app';
import { DeploymentProfile, HandlerBundle, QueueKind, QueueWorker, type ShardedTable } from '../../../lib';

// The example of split stacks, and a worker with ordered messages and a step that a person may have to decide about.
const data = app.node.findChild('ParcelsData') as Stack;
const parcels = data.node.findChild('Parcels') as ShardedTable;
const stamps = new QueueWorker(data, 'Stamps', {
  handler: HandlerBundle.fromDirectory(join(__dirname, 'handlers')).handler('stamps'),
  kind: QueueKind.FIFO,
  // A claim of a step ends 5 seconds after this time.
  timeout: Duration.seconds(5),
  profile: DeploymentProfile.SANDBOX,
});
parcels.grantQueryPutData(stamps);
parcels.publishTo(stamps);
