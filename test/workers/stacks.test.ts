import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Handler } from '../../lib/functions';
import { ShardedTable } from '../../lib/tables';
import { QueueWorker } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const ENV = { account: '111111111111', region: 'us-east-1' };
const role = (scope: Stack) => new Role(scope, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
const worker = (scope: Stack) => new QueueWorker(scope, 'Mail', { handler });

describe('a sender in another stack than the queue', () => {
  test('is refused when it is declared, since the stacks would need each other: a table that publishes', () => {
    const app = new App();
    const data = new Stack(app, 'Data', { env: ENV });
    const work = new Stack(app, 'Work', { env: ENV });
    const orders = new ShardedTable(data, 'Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    expect(() => orders.publishTo(worker(work))).toThrow(
      /Work\/Mail\/Queue: sender must be in the queue's stack .*got 'Data\/BreakwaterRelay\/.*' of stack 'Data'.* put table and worker/,
    );
  });

  test('is refused in a sibling nested stack, too', () => {
    const parent = new Stack(new App(), 'Parent', { env: ENV });
    const mail = worker(new NestedStack(parent, 'Work'));
    expect(() => mail.grantSendMessages(role(new NestedStack(parent, 'Web')))).toThrow(/each stack would need an ARN/);
  });

  test('is fine if it is imported', () => {
    const app = new App();
    const mail = worker(new Stack(app, 'Work', { env: ENV }));
    const web = new Stack(app, 'Web', { env: ENV });
    mail.grantSendMessages(Role.fromRoleArn(web, 'Known', 'arn:aws:iam::111111111111:role/known'));
    expect(() => app.synth()).not.toThrow();
  });

  test.each([
    ['sender', true],
    ['queue', false],
  ])('is fine if the %s is in a nested stack of the other', (_what, senderInside) => {
    const app = new App();
    const parent = new Stack(app, 'Parent', { env: ENV });
    const nested = new NestedStack(parent, 'Inside');
    worker(senderInside ? parent : nested).grantSendMessages(role(senderInside ? nested : parent));
    expect(() => app.synth()).not.toThrow();
  });
});
