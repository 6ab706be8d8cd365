import { App, NestedStack, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AliasedFunction, Breakwater, Handler, ShardedTable } from '../../lib';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const partitionKey = { name: 'id', type: AttributeType.STRING };

/** Logical ids of the resources of a stack with a tag. */
function tagged(stack: Stack, key: string): string[] {
  const resources = Template.fromStack(stack).toJSON()['Resources'] as Record<
    string,
    { Properties?: { Tags?: unknown } }
  >;
  return Object.keys(resources).filter((id) =>
    JSON.stringify(resources[id]?.Properties?.Tags ?? []).includes(`"${key}"`),
  );
}

test('Tags.of(breakwater) reaches what its stack has once, and nothing else outside of it', () => {
  const stack = new Stack(new App(), 'Shop', { env: { account: '111111111111', region: 'us-east-1' } });
  const shop = new Breakwater(stack, 'Shop');
  shop.addTable('Orders', { partitionKey }).publishTo(shop.addWorker('Mail', { handler }));
  new AliasedFunction(stack, 'Foreign', { handler });
  Tags.of(shop).add('team', 'shop');
  const found = tagged(stack, 'team');
  for (const part of [
    /^BreakwaterKeyringpersonal/,
    /^BreakwaterMapTable[0-9A-F]{8}$/,
    /^BreakwaterRelayFunction/,
    /^ShopOrders/,
  ]) {
    expect(found).toContainEqual(expect.stringMatching(part));
  }
  expect(found).not.toContainEqual(expect.stringMatching(/^Foreign/));
});

test('of a Breakwater in a nested stack too, whose shared parts are in the parent', () => {
  const parent = new Stack(new App(), 'Parent', { env: { account: '111111111111', region: 'us-east-1' } });
  const shop = new Breakwater(new NestedStack(parent, 'Shop'), 'Shop');
  Tags.of(shop).add('team', 'shop');
  shop.addTable('Orders', { partitionKey });
  expect(tagged(parent, 'team')).toContainEqual(expect.stringMatching(/^BreakwaterKeyringpersonal/));
});

test('the default child of a table of one shard is that shard', () => {
  const stack = new Stack(new App(), 'Shop');
  const table = new ShardedTable(stack, 'Orders', { partitionKey });
  expect(table.node.defaultChild).toBe(table.shards[0]?.node.defaultChild);
});
