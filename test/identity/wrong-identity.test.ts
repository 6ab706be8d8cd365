import { App, Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Breakwater, EdgeDistribution, Handler, Identity, type IIdentity, MicroModule, Route } from '../../lib';

const stack = new Stack(new App(), 'Shop', { env: { region: 'us-east-1' } });
const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => 1;'), 'index.handler');

test.each<[string, unknown, string]>([
  ['Class', Identity, 'a function'],
  ['Text', 'userPool', "'userPool'"],
])('Breakwater names an identity that is none: %s', (id, identity, got) => {
  expect(() => new Breakwater(stack, id, { identity: identity as Identity })).toThrow(
    `Shop/${id}: identity must be an Identity, got ${got}; use Identity.userPool() or Identity.oidc()`,
  );
});

test.each<[string, unknown]>([
  ['class', Identity],
  ['choice', Identity.userPool()],
])('a module and an edge need an identity, not its %s', (name, value) => {
  const identity = value as IIdentity;
  const routes = [Route.get('/search', { access: Access.ANYONE })];
  const message = 'identity must be an IIdentity, got';
  expect(() => new MicroModule(stack, `Module-${name}`, { handler, routes, identity })).toThrow(message);
  expect(() => new EdgeDistribution(stack, `Edge-${name}`, { identity })).toThrow(message);
});
