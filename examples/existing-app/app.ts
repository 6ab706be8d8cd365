import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { ShardedTable } from '../../lib';

export const stack = new Stack(new App(), 'ExistingApp');
// A CDK function that the app already has.
const report = new NodejsFunction(stack, 'Report', {
  entry: join(__dirname, 'handlers', 'report.ts'),
  runtime: Runtime.NODEJS_24_X,
});

const parcels = new ShardedTable(stack, 'Parcels', {
  partitionKey: { name: 'parcelId', type: AttributeType.STRING },
});
parcels.grantReadData(report);
