import { App, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { DocumentStore } from '../../lib/documents';
import { Handler } from '../../lib/functions';
import { type IPublishTarget, ShardedTable } from '../../lib/tables';
import { QueueWorker } from '../../lib/workers';

const HANDLER = Handler.fromCode(Code.fromInline('exports.handler = async () => 1;'), 'index.handler');
const tableOf = (stack: Stack, id: string) =>
  new ShardedTable(stack, id, { partitionKey: { name: 'id', type: AttributeType.STRING } });

test('a function gets tables of one stack; the error names tables, stacks and what to do', () => {
  const app = new App();
  const [shop, archive] = [new Stack(app, 'Shop'), new Stack(app, 'Archive')];
  const worker = new QueueWorker(shop, 'Labels', { handler: HANDLER });
  const [orders, old] = [tableOf(shop, 'Orders'), tableOf(archive, 'Old')];
  orders.grantReadData(worker);
  expect(() => old.grantReadData(worker)).toThrow(
    "Archive/Old: grantee must use the tables of one stack, got Shop/Labels, which also uses Shop/Orders of stack 'Shop' (this table is in 'Archive')",
  );
  expect(() => old.grantReadData(worker)).toThrow(
    'define both tables in one stack or in its nested stacks, or use one function for each',
  );
});

test('a function may use tables of another stack alone, and a bare role those of several', () => {
  const app = new App();
  const [shop, archive] = [new Stack(app, 'Shop'), new Stack(app, 'Archive')];
  const worker = new QueueWorker(shop, 'Labels', { handler: HANDLER });
  const role = new Role(shop, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  for (const table of [tableOf(archive, 'Old'), tableOf(archive, 'Older')]) {
    expect(() => table.grantReadData(worker)).not.toThrow();
    expect(() => table.grantReadData(role)).not.toThrow();
  }
  expect(() => tableOf(shop, 'Orders').grantReadData(role)).not.toThrow();
});

describe('from JavaScript', () => {
  const stack = new Stack(new App(), 'Shop');
  const table = tableOf(stack, 'Orders');
  const documents = new DocumentStore(stack, 'Invoices');
  const worker = new QueueWorker(stack, 'Labels', { handler: HANDLER });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined'],
    ['a stack', stack, 'an instance of Stack'],
    ['a name', 'Labels', "'Labels'"],
  ])('a grant to %s names the grantee', (_, value, got) => {
    const grantee = value as IGrantable;
    const message = `grantee must be a module, worker, function or role, got ${got}`;
    expect(() => table.grantReadData(grantee)).toThrow(`Shop/Orders: ${message}`);
    expect(() => documents.grantWrite(grantee)).toThrow(`Shop/Invoices: ${message}`);
    expect(() => worker.grantSendMessages(grantee)).toThrow(`Shop/Labels: ${message}`);
  });

  test.each<[unknown, string]>([
    ['Labels', "'Labels'"],
    [undefined, 'undefined'],
    [table, 'an instance of ShardedTable'],
  ])('publishTo names a target that is none: %#', (target, got) => {
    expect(() => table.publishTo(target as IPublishTarget)).toThrow(
      `Shop/Orders: publishTo must get a QueueWorker, got ${got}; give the worker itself, not its name`,
    );
  });
});
