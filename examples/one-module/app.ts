import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Access, Caching, EdgeDistribution, HandlerBundle, Identity, MicroModule, Route } from '../../lib';

// One function behind the edge, with sign-in at an existing issuer. There is no table and no queue.
// Only the web ACL and a key have a fixed cost. npx cdk synth -a 'node --import tsx
// examples/one-module/app.ts'
export const stack = new Stack(new App(), 'OneModule', { env: { region: 'us-east-1' } });
const identity = Identity.oidc({ issuer: 'https://id.example.com', audience: 'greetings' }).bind(stack, 'Identity');

const greetings = new MicroModule(stack, 'Greetings', {
  handler: HandlerBundle.fromDirectory(join(__dirname, 'handlers')).handler('greetings'),
  identity,
  routes: [
    Route.get('/hello/{name}', { access: Access.ANYONE, caching: Caching.shared(Duration.minutes(5)) }),
    Route.get('/me', { access: Access.PERSON }), // the module verifies the token; the edge checks parts of it
  ],
});

new EdgeDistribution(stack, 'Edge', { identity }).addModule(greetings);
