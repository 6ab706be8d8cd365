import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Access, Breakwater, DeploymentProfile, HandlerBundle, Identity, Route } from '../../lib';

export const stack = new Stack(new App(), 'Guestbook', { env: { region: 'us-east-1' } });
const code = HandlerBundle.fromDirectory(join(__dirname, 'handlers'));
const guestbook = new Breakwater(stack, 'Guestbook', {
  identity: Identity.userPool(), // people sign in on the pool's own pages
  profile: DeploymentProfile.SANDBOX, // `cdk destroy` removes everything
});
// Registers a page that signs people in. After the sign-in, the pool redirects to this page.
guestbook.identity?.addSignIn('Page', { callbackUrls: ['http://localhost:3000/'] });

const entries = guestbook.addTable('Entries', {
  partitionKey: { name: 'author', type: AttributeType.STRING },
  sortKey: { name: 'entryId', type: AttributeType.STRING },
  shards: 2,
});
const thanks = guestbook.addWorker('Thanks', { handler: code.handler('thanks') });
const pages = guestbook.addModule('Pages', {
  handler: code.handler('pages'),
  routes: [Route.get('/entries', { access: Access.PERSON }), Route.post('/entries', { access: Access.PERSON })],
});

entries.grantReadWriteData(pages);
entries.grantReadData(thanks);
entries.publishTo(thanks);
