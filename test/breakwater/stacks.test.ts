import { App, NestedStack, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import {
  Access,
  Breakwater,
  DocumentStore,
  EdgeDistribution,
  Handler,
  Identity,
  type IIdentity,
  MicroModule,
  Operations,
  QueueWorker,
  Route,
  ShardedTable,
} from '../../lib';
import { folder } from '../edge/fixtures';

const site = () => folder({ 'index.html': '<title>Shop</title>' });
const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler', {
  verifiesTokens: true,
});
const ENV = { account: '111111111111', region: 'us-east-1' };
const moduleIn = (scope: Stack, id: string, identity?: IIdentity) =>
  new MicroModule(scope, id, {
    handler,
    identity,
    routes: [Route.get(`/${id.toLowerCase()}`, { access: identity ? Access.PERSON : Access.ANYONE })],
  });
const table = (scope: Stack, id: string) =>
  new ShardedTable(scope, id, { partitionKey: { name: 'id', type: AttributeType.STRING } });
const count = (stack: Stack, type: string) => Object.keys(Template.fromStack(stack).findResources(type)).length;
const stackIn = (region?: string) => new Stack(new App(), 'Shop', region ? { env: { ...ENV, region } } : {});

describe('identity, modules and edge in three stacks', () => {
  function stacks(props: StackProps = { env: ENV }) {
    const app = new App();
    return { app, stack: (id: string) => new Stack(app, id, props) };
  }

  test('work: the client of a site is in the edge’s stack, because it names the edge’s address', () => {
    const { app, stack } = stacks();
    const [people, orders, web] = [stack('People'), stack('Orders'), stack('Web')];
    const identity = Identity.userPool().bind(people, 'Identity');
    const edge = new EdgeDistribution(web, 'Edge', { identity });
    edge.addModule(moduleIn(orders, 'Orders', identity));
    edge.addSite({ source: site(), signIn: true });
    new Operations(web, 'Operations').addModule(moduleIn(orders, 'Search'));
    expect(() => app.synth()).not.toThrow();
    expect([people, web].map((one) => count(one, 'AWS::Cognito::UserPoolClient'))).toEqual([0, 1]);
    expect(orders.dependencies.map(({ node }) => node.path)).toEqual(['People']);
    expect(web.dependencies.map(({ node }) => node.path).sort()).toEqual(['Orders', 'People']);
  });

  test('a pool beside the edge is refused for modules of another stack, with the way out', () => {
    const { stack } = stacks();
    const [web, orders] = [stack('Web'), stack('Orders')];
    const shop = new Breakwater(web, 'Shop', { identity: Identity.userPool() });
    expect(() => shop.edge.addModule(moduleIn(orders, 'Orders', shop.identity))).toThrow(
      "Web/Shop/Edge: module must not make stacks need each other, got 'Web/Shop/Edge', which needs 'Orders/Orders', although 'Orders/Orders' needs 'Web/Shop/Identity': put",
    );
  });

  test('an external issuer is a text, so its construct may be anywhere', () => {
    const { app, stack } = stacks();
    const [web, orders] = [stack('Web'), stack('Orders')];
    const identity = Identity.oidc({ issuer: 'https://id.example.com', audience: 'shop' });
    const shop = new Breakwater(web, 'Shop', { identity });
    shop.edge.addModule(moduleIn(orders, 'Orders', shop.identity));
    expect(() => app.synth()).not.toThrow();
  });

  test('nested stacks may share a Breakwater’s pool and edge, and CloudFormation gets no cycle', () => {
    const web = new Stack(new App(), 'Web', { env: ENV });
    const shop = new Breakwater(web, 'Shop', { identity: Identity.userPool() });
    shop.addSite({ source: site(), signIn: true });
    for (const id of ['One', 'Two']) shop.edge.addModule(moduleIn(new NestedStack(web, id), id, shop.identity));
    // Throws if resources of the parent need each other.
    expect(() => Template.fromStack(web)).not.toThrow();
  });

  test.each([
    ['addModule', (shop: Breakwater, foreign: Stack) => shop.edge.addModule(moduleIn(foreign, 'M'))],
    [
      'grantWrite of documents',
      (shop: Breakwater, foreign: Stack) => void new DocumentStore(shop, 'D').grantWrite(moduleIn(foreign, 'M')),
    ],
    [
      'addOperations',
      (shop: Breakwater, foreign: Stack) => shop.addOperations('Operations').addModule(moduleIn(foreign, 'M')),
    ],
  ])('%s is refused for a part of another Region', (_name, act) => {
    const app = new App();
    const shop = new Breakwater(new Stack(app, 'Web', { env: ENV }), 'Shop');
    const foreign = new Stack(app, 'Far', { env: { ...ENV, region: 'eu-west-1' } });
    expect(() => act(shop, foreign)).toThrow(/must be in one account and Region/);
  });
});

test('operations of the worker’s stack watch the relay there, and the table’s stack needs nothing of it', () => {
  const app = new App();
  const [data, work] = [new Stack(app, 'Data', { env: ENV }), new Stack(app, 'Work', { env: ENV })];
  const orders = table(data, 'Orders');
  const mail = new QueueWorker(work, 'Mail', { handler });
  new Operations(data, 'Operations').addTable(orders);
  new Operations(work, 'Operations').addWorker(mail);
  orders.publishTo(mail);
  expect(() => app.synth()).not.toThrow();
  const relayAlarms = (stack: Stack) =>
    Object.keys(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).filter((id) =>
      /Relay|Quarantine/.test(id),
    );
  expect(relayAlarms(work)).toHaveLength(5);
  expect(relayAlarms(data)).toHaveLength(0);
});

describe('a hundred modules', () => {
  test('work in nested stacks behind two edges, with one set of keys and one map table', () => {
    const app = new App();
    const web = new Stack(app, 'Web', { env: ENV });
    const orders = table(web, 'Orders');
    const nested = Array.from({ length: 10 }, (_, i) => new NestedStack(web, `Part${i}`));
    const edges = ['Shop', 'Office'].map((id) => new EdgeDistribution(web, id));
    for (let i = 0; i < 100; i++) {
      const one = moduleIn(nested[i % nested.length]!, `M${i}`);
      orders.grantQueryData(one);
      edges[i % edges.length]!.addModule(one);
    }
    const template = Template.fromStack(web);
    expect(Object.keys(template.findResources('AWS::CloudFront::Function'))).toHaveLength(102);
    // Personal data, control data and logs.
    expect(Object.keys(template.findResources('AWS::KMS::Key'))).toHaveLength(3);
    expect(count(nested[0]!, 'AWS::KMS::Key')).toBe(0);
    expect(count(nested[0]!, 'AWS::Lambda::Url')).toBe(10);
  });

  test('in one stack are refused before the CDK counts, with the way out', () => {
    const app = new App();
    const web = new Stack(app, 'Web', { env: ENV });
    const edge = new EdgeDistribution(web, 'Edge');
    for (let i = 0; i < 50; i++) edge.addModule(moduleIn(web, `M${i}`));
    expect(() => app.synth()).toThrow(
      /Web: stack must have at most 500 resources \(CloudFormation's quota\), got 5\d\d: a module .* needs about 10.* in nested stacks/,
    );
  });

  test('behind one edge are refused, with the limit and the way out', () => {
    const app = new App();
    const web = new Stack(app, 'Web', { env: ENV });
    const nested = [0, 1].map((i) => new NestedStack(web, `Part${i}`));
    const edge = new EdgeDistribution(web, 'Edge');
    for (let i = 0; i < 75; i++) edge.addModule(moduleIn(nested[i % 2]!, `M${i}`));
    expect(() => app.synth()).toThrow(
      /cache behaviours of the distribution must be at most 75, got 76.* a second distribution/,
    );
  });

  test('may exceed the count where the app’s context says so, as the CDK has it', () => {
    const app = new App({ context: { '@aws-cdk/core:stackResourceLimit': 5 } });
    moduleIn(new Stack(app, 'Web', { env: ENV }), 'M');
    expect(() => app.synth()).toThrow(/must have at most 5 resources/);
  });
});

describe('Regions that can’t work', () => {
  test.each(['cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'eusc-de-east-1'])(
    '%s is refused by each part',
    (region) => {
      const message = /: stack must be in a Region of the aws partition/;
      expect(() => table(stackIn(region), 'Orders')).toThrow(message);
      expect(() => moduleIn(stackIn(region), 'M')).toThrow(message);
      expect(() => new DocumentStore(stackIn(region), 'D')).toThrow(message);
      expect(() => new EdgeDistribution(stackIn(region), 'E')).toThrow(message);
    },
  );

  test('a module needs function URLs, which il-central-1 hasn’t; tables and workers don’t', () => {
    const stack = stackIn('il-central-1');
    expect(() => moduleIn(stack, 'M')).toThrow(
      /Shop\/M: stack must be in a Region that has Lambda function URLs, got il-central-1/,
    );
    expect(() => table(stack, 'Orders').publishTo(new QueueWorker(stack, 'Mail', { handler }))).not.toThrow();
  });

  test('a Region that synth doesn’t know passes', () => {
    expect(() => moduleIn(stackIn(), 'M')).not.toThrow();
  });
});
