import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeScalableTargetsCommand, ServiceNamespace } from '@aws-sdk/client-application-auto-scaling';
import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetFunctionUrlConfigCommand } from '@aws-sdk/client-lambda';
import { type Check, type CheckContext, CheckSkipped, call, expectAnswer } from './check';

/**
 * Maximum number of names in one DescribeAlarms call.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
const MAX_ALARM_NAMES = 100;
const MAX_INVOICE_MS = 180_000;

const named = (context: CheckContext, type: string): string[] =>
  context.shop.resources.filter((resource) => resource.type === type).map(({ physicalId }) => physicalId);

/** Checks that call the account's services. */
export const ACCOUNT_CHECKS: readonly Check[] = [
  {
    name: 'an order of a person, and its invoice as PDF',
    async run(context) {
      const { sku } = context.product;
      const { price } = JSON.parse(await expectAnswer(await call(context, `/products/${sku}`), 200)) as {
        price: string;
      };
      const idempotencyKey = `check-${Date.now()}`;
      const body = JSON.stringify({ idempotencyKey, lines: [{ sku, quantity: 1 }], total: Number(price).toFixed(2) });
      const text = await expectAnswer(await call(context, '/checkout', { token: context.person, body }), 201);
      const { orderId } = JSON.parse(text) as { orderId: string };
      const until = Date.now() + MAX_INVOICE_MS;
      for (;;) {
        const answer = await call(context, `/orders/${orderId}/invoice`, { token: context.person });
        const bytes = Buffer.from(await answer.arrayBuffer());
        if (answer.status === 200 && bytes.subarray(0, 5).toString() === '%PDF-') return `${bytes.length} bytes`;
        if (Date.now() > until) throw new Error(`must be a PDF within 3 minutes, got ${answer.status}`);
        await sleep(1_000);
      }
    },
  },
  {
    name: 'the alarms, none of them in state ALARM',
    async run(context) {
      const wanted = [
        ...named(context, 'AWS::CloudWatch::Alarm'),
        ...named(context, 'AWS::CloudWatch::CompositeAlarm'),
      ];
      if (wanted.length === 0) throw new Error('the stack must have at least one alarm, got none');
      const states = new Map<string, string>();
      for (let i = 0; i < wanted.length; i += MAX_ALARM_NAMES) {
        const { MetricAlarms = [], CompositeAlarms = [] } = await context.clients.cloudWatch.send(
          new DescribeAlarmsCommand({
            AlarmNames: wanted.slice(i, i + MAX_ALARM_NAMES),
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          }),
        );
        for (const { AlarmName, StateValue } of [...MetricAlarms, ...CompositeAlarms])
          states.set(AlarmName ?? '', StateValue ?? '');
      }
      const missing = wanted.filter((name) => !states.has(name));
      const inAlarm = [...states].filter(([, state]) => state === 'ALARM').map(([name]) => name);
      if (missing.length > 0) throw new Error(`all alarms of the stack must exist, got none for ${missing.join(', ')}`);
      if (inAlarm.length > 0) throw new Error(`no alarm must be in state ALARM, got ${inAlarm.join(', ')}`);
      return `${wanted.length} alarms`;
    },
  },
  {
    name: 'the floors of provisioned concurrency',
    async run(context) {
      // The physical ID of a scalable target contains the resource ID, with the function and its
      // alias.
      const wanted = named(context, 'AWS::ApplicationAutoScaling::ScalableTarget');
      if (wanted.length === 0) throw new CheckSkipped('this profile provisions nothing');
      const { ScalableTargets = [] } = await context.clients.scaling.send(
        new DescribeScalableTargetsCommand({ ServiceNamespace: ServiceNamespace.LAMBDA }),
      );
      const ours = ScalableTargets.filter(
        ({ ResourceId }) => ResourceId !== undefined && wanted.some((id) => id.includes(ResourceId)),
      );
      if (ours.length < wanted.length)
        throw new Error(`must have ${wanted.length} scalable targets, got ${ours.length}`);
      return ours.map(({ MinCapacity, MaxCapacity }) => `${MinCapacity} to ${MaxCapacity}`).join(', ');
    },
  },
  {
    name: 'a function URL without the edge',
    async run(context) {
      if (context.redirected) throw new CheckSkipped('AWS_ENDPOINT_URL redirects the services');
      const [arn] = named(context, 'AWS::Lambda::Url');
      if (arn === undefined) throw new CheckSkipped('the stack has no function URL');
      const [functionName, alias] = [arn.split(':')[6] ?? arn, arn.split(':')[7]];
      const { FunctionUrl } = await context.clients.lambda.send(
        new GetFunctionUrlConfigCommand({ FunctionName: functionName, Qualifier: alias }),
      );
      await expectAnswer(await fetch(FunctionUrl ?? ''), 403);
      return '403';
    },
  },
  {
    name: 'queues and dead-letter queues',
    async run(context) {
      const held = await context.shop.heldMessages();
      if (held.length > 0)
        throw new Error(
          `must be empty, got ${held.map(({ name, waiting, inFlight }) => `${name}: ${waiting + inFlight}`).join(', ')}`,
        );
      return 'empty';
    },
  },
];
