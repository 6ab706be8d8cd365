import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Handler } from '../../lib/functions';
import type { DeclaredPolicies } from '../../lib/protocol';
import { QueueWorker } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const newStack = () => new Stack(new App(), 'Shop');
const role = (stack: Stack, id: string) =>
  new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

/** The event of the tick's schedule. References have the form `<Logical.Attribute>`. */
function eventOf(stack: Stack): DeclaredPolicies {
  const [schedule] = Object.values(Template.fromStack(stack).findResources('AWS::Scheduler::Schedule'));
  const input = schedule!['Properties'].Target.Input as string | { 'Fn::Join': [string, unknown[]] };
  const parts = typeof input === 'string' ? [input] : input['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : named(part))).join(''));
}

function named(part: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: string[] };
  return `<${Ref ?? attribute!.join('.')}>`;
}

/** Policies of the template's queues, with references in the same form. */
function policiesOf(stack: Stack): unknown[] {
  const found = Object.values(Template.fromStack(stack).findResources('AWS::SQS::QueuePolicy'));
  const shown = JSON.stringify(
    found.map(({ Properties }) => Properties.PolicyDocument),
    (_name, value) =>
      typeof value === 'object' && value !== null && ('Ref' in value || 'Fn::GetAtt' in value) ? named(value) : value,
  );
  return JSON.parse(shown) as unknown[];
}

test('the tick’s event states the policy of both queues of each worker, with senders that are declared later', () => {
  const stack = newStack();
  const worker = new QueueWorker(stack, 'Mail', { handler });
  new QueueWorker(stack, 'Labels', { handler });
  worker.grantSendMessages(role(stack, 'Late'));
  const { policies = {} } = eventOf(stack);
  expect(Object.keys(policies)).toEqual(['Mail', 'Labels']);
  const stated = Object.values(policies).flat();
  expect(stated.map(({ queue }) => queue)).toEqual(
    ['MailQueue', 'MailDeadLetters', 'LabelsQueue', 'LabelsDeadLetters'].map((id) =>
      expect.stringMatching(new RegExp(`^<${id}\\w+\\.QueueName>$`)),
    ),
  );
  expect(JSON.stringify(stated)).toContain('<Late');
  const texts = (all: unknown[]) => all.map((one) => JSON.stringify(one)).sort();
  expect(texts(stated.map(({ policy }) => policy))).toEqual(texts(policiesOf(stack)));
});

test('the tick may read attributes of these queues only, and an existing queue isn’t compared', () => {
  const stack = newStack();
  new QueueWorker(stack, 'Mail', { handler });
  new QueueWorker(stack, 'Old', { handler, queue: new Queue(stack, 'Q'), deadLetterQueue: new Queue(stack, 'D') });
  expect(Object.keys(eventOf(stack).policies ?? {})).toEqual(['Mail']);
  const statements = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith('BreakwaterQuarantineTickFunction'))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as { Action: string[]; Resource: unknown }[])
    .filter(({ Action }) => Action.includes('sqs:GetQueueAttributes'));
  expect(statements).toEqual([
    expect.objectContaining({
      Action: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
      Resource: [
        { 'Fn::GetAtt': [expect.stringMatching(/^MailQueue/), 'Arn'] },
        { 'Fn::GetAtt': [expect.stringMatching(/^MailDeadLetters/), 'Arn'] },
      ],
    }),
  ]);
});

test('workers of nested stacks are compared too', () => {
  const stack = newStack();
  new QueueWorker(new NestedStack(stack, 'Nested'), 'Mail', { handler });
  const text = JSON.stringify(eventOf(stack).policies?.['Mail']);
  expect(text).toContain('OnlyDeclaredSenders');
  expect(text).toContain('NestedStackNested');
});

test('fails if the event would be too long for a schedule', () => {
  const make = (workers: number) => {
    const stack = newStack();
    const senders = Array.from({ length: 25 }, (_, i) => role(stack, `Sender${i}`));
    for (let i = 0; i < workers; i++) {
      const worker = new QueueWorker(stack, `Worker${i}`, { handler });
      for (const sender of senders) worker.grantSendMessages(sender);
    }
    return () => Template.fromStack(stack);
  };
  expect(make(2)).not.toThrow();
  expect(make(80)).toThrow(/policies of queues must fit 262144 bytes, .* got about \d+ for 80 workers/);
});
