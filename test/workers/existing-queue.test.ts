import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { AliasedFunction, Handler } from '../../lib/functions';
import { QueueKind, QueueWorker, type QueueWorkerProps } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const newStack = () => new Stack(new App(), 'Shop', { env: { account: '111111111111', region: 'us-east-1' } });

function onQueue(props: Partial<QueueWorkerProps> = {}) {
  const stack = newStack();
  const dead = new Queue(stack, 'Dead');
  const queue = new Queue(stack, 'Old', { deadLetterQueue: { queue: dead, maxReceiveCount: 3 } });
  const worker = new QueueWorker(stack, 'Mail', { handler, queue, ...props });
  return { stack, dead, queue, worker };
}

test('a worker on an existing queue makes no queue, leaves its policy alone, and warns', () => {
  const { stack, queue, dead, worker } = onQueue();
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::SQS::Queue', 2);
  template.resourceCountIs('AWS::SQS::QueuePolicy', 0);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: stack.resolve(queue.queueArn),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  expect(worker.deadLetterQueue).toBe(dead);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { BREAKWATER_GIVE_UP_AFTER: '21600' } },
  });
  Annotations.fromStack(stack).hasWarning('/Shop/Mail', Match.stringLikeRegexp('maximum of receives should be 1000'));
  Annotations.fromStack(stack).hasWarning('/Shop/Mail', Match.stringLikeRegexp('the queue keeps its own policy'));
});

test('its senders and the worker get rights to the queue and to its key', () => {
  const stack = newStack();
  const encryptionMasterKey = new Key(stack, 'Key');
  const queue = new Queue(stack, 'Old', { encryption: QueueEncryption.KMS, encryptionMasterKey });
  const worker = new QueueWorker(stack, 'Mail', { handler, queue, deadLetterQueue: new Queue(stack, 'Dead') });
  worker.grantSendMessages(new AliasedFunction(stack, 'Sender', { handler }));
  const text = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  expect(text).toContain('sqs:SendMessage');
  expect(text.match(/"Action":\["kms:Decrypt","kms:(?:DescribeKey|GenerateDataKey)"\]/g)).toHaveLength(3);
});

test('an imported queue works, and a FIFO one is one', () => {
  const stack = newStack();
  const queue = Queue.fromQueueArn(stack, 'Old', 'arn:aws:sqs:us-east-1:111111111111:old.fifo');
  const worker = new QueueWorker(stack, 'Mail', { handler, queue, deadLetterQueue: new Queue(stack, 'Dead') });
  expect([worker.fifo, worker.kind]).toEqual([true, QueueKind.FIFO]);
  expect(() => Template.fromStack(stack)).not.toThrow();
});

test.each<[string, Partial<QueueWorkerProps>, RegExp]>([
  [
    'a setting of the queue',
    { visibilityTimeout: Duration.minutes(5) },
    /visibilityTimeout must be left out if queue is set/,
  ],
  ['another kind', { kind: QueueKind.FIFO }, /kind must fit the queue, got 'fifo' for one that isn't FIFO/],
])('fails with %s', (_name, props, message) => {
  expect(() => onQueue(props)).toThrow(message);
});

test('fails without a dead-letter queue, or with one for a new queue', () => {
  const stack = newStack();
  const make = (id: string, props: Partial<QueueWorkerProps>) => () =>
    new QueueWorker(stack, id, { handler, ...props });
  expect(make('A', { queue: new Queue(stack, 'Bare') })).toThrow(/deadLetterQueue must be given if queue is set/);
  expect(make('B', { deadLetterQueue: new Queue(stack, 'Dead') })).toThrow(/deadLetterQueue must come with queue/);
});

test('fails with a queue or a dead-letter queue of another account or Region', () => {
  const stack = newStack();
  const at = (id: string, place: string) => Queue.fromQueueArn(stack, id, `arn:aws:sqs:${place}:${id}`);
  const near = at('Near', 'us-east-1:111111111111');
  const make = (id: string, queue: IQueue, deadLetterQueue: IQueue) => () =>
    new QueueWorker(stack, id, { handler, queue, deadLetterQueue });
  expect(make('A', at('Far', 'eu-west-1:111111111111'), near)).toThrow(
    /A: queue must be in the construct's own account and Region, got 'Shop\/Far' in 111111111111\/eu-west-1 for/,
  );
  expect(make('B', near, at('Foreign', 'us-east-1:222222222222'))).toThrow(
    /B: deadLetterQueue must be .* got 'Shop\/Foreign' in 222222222222\/us-east-1 for/,
  );
});
