import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Access, Breakwater, DeploymentProfile, Handler, Identity, Route } from '../../lib';

// The same app as app.py. `npm run languages` compares their templates.
const stack = new Stack(new App(), 'Notes', { env: { region: 'us-east-1' } });
const notes = new Breakwater(stack, 'Notes', {
  identity: Identity.userPool(),
  profile: DeploymentProfile.SANDBOX,
});
const code = Code.fromAsset(join(__dirname, 'handlers'), { exclude: ['__pycache__'] });
const module = notes.addModule('Pages', {
  handler: Handler.fromCode(code, 'pages.handler', { runtime: Runtime.PYTHON_3_13, verifiesTokens: true }),
  routes: [
    Route.get('/hello/{name}', { access: Access.ANYONE }),
    Route.post('/notes', { access: Access.PERSON }), // pages.py verifies the token
  ],
});
const table = notes.addTable('Written', { partitionKey: { name: 'author', type: AttributeType.STRING }, shards: 1 });
table.grantReadWriteData(module);
