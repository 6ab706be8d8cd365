import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Access, Breakwater, Handler, Route, Scaling } from '../../../lib';
import { type AlarmChange, AlarmWatch, type MetricPoint, PointStore, readAlarm } from '../../../local/alarms';
import type { Template as AssemblyTemplate } from '../../../local/assembly';
import { resolveValue } from '../../../local/deploy';

const MINUTE = 60_000;
const START = 1_000 * MINUTE;

/** The alarms of a synthesized app with two modules, a worker and a table; a resource's physical id is its logical id. */
function watched() {
  const stack = new Stack(new App(), 'Test', { env: { region: 'us-east-1', account: '000000000000' } });
  const whole = new Breakwater(stack, 'Shop');
  const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => 1;'), 'index.handler');
  const orders = whole.addTable('Orders', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  const worker = whole.addWorker('Payments', { handler });
  orders.publishTo(worker);
  const modules = ['Search', 'Checkout'].map((id) =>
    whole.addModule(id, {
      handler,
      routes: [Route.get(`/${id.toLowerCase()}`, { access: Access.ANYONE })],
      scaling: Scaling.onDemand(),
    }),
  );
  whole.addOperations('Operations');
  const template = Template.fromStack(stack).toJSON() as AssemblyTemplate;
  const resources = Object.entries(template.Resources).map(([logicalId, { Type: type }]) => ({
    logicalId,
    physicalId: logicalId,
    type,
  }));
  const alarms = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, { Properties = {} }]) =>
      readAlarm(
        id.replace(/^ShopOperations|[0-9A-F]{8}$/g, ''),
        resolveValue(Properties, { resources, pseudo: {} }) as typeof Properties,
      ),
    );
  const idOf = (path: RegExp, type: string): string =>
    resources.find((one) => one.type === type && path.test(one.logicalId))?.logicalId ?? '';
  const points = new PointStore();
  const changes: AlarmChange[] = [];
  const watch = new AlarmWatch({
    alarms,
    points,
    onChange: async (change) => void changes.push(change),
    onUnsupported: (alarm, reason) => {
      throw new Error(`${alarm}: ${reason}`);
    },
  });
  return { watch, points, changes, idOf, modules };
}

describe('the alarms of Operations, evaluated here', () => {
  const idle = async () => {
    const all = watched();
    await all.watch.evaluate(START);
    return all;
  };
  const at = (
    metric: Omit<MetricPoint, 'timestamp' | 'value'>,
    value: number,
    timestamp = START - 1_000,
  ): MetricPoint => ({
    ...metric,
    timestamp,
    value,
  });

  test('are all supported, and OK while nothing happens', async () => {
    const { watch, changes } = await idle();
    expect(watch.names()).toHaveLength(12);
    expect(watch.summary()).toBe('12 alarms evaluated, none in state ALARM');
    expect(changes.every(({ state }) => state === 'OK')).toBe(true);
  });

  test('a dead letter raises the alarm of its worker, and no other', async () => {
    const { watch, points, idOf } = await idle();
    const QueueName = idOf(/PaymentsDeadLetters/, 'AWS::SQS::Queue');
    const metric = {
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName },
    };
    points.add([at(metric, 1)]);
    await watch.evaluate(START);
    expect(watch.inAlarm()).toEqual(['PaymentsDeadLetters']);
    expect(watch.summary()).toBe('12 alarms evaluated, 1 in state ALARM: PaymentsDeadLetters');
  });

  test('a failing module raises its own alarm, and neither that of another module nor that of the edge', async () => {
    const { watch, points, idOf } = await idle();
    const DistributionId = idOf(/Distribution/, 'AWS::CloudFront::Distribution');
    const edge = { namespace: 'AWS/CloudFront', dimensions: { DistributionId, Region: 'Global' } };
    for (const [module, failed] of [
      [/CheckoutFunction/, 4],
      [/SearchFunction/, 0],
    ] as const) {
      const lambda = { namespace: 'AWS/Lambda', dimensions: { FunctionName: idOf(module, 'AWS::Lambda::Function') } };
      points.add([
        at({ ...lambda, metricName: 'UrlRequestCount' }, 10),
        at({ ...lambda, metricName: 'Url5xxCount' }, failed),
      ]);
    }
    points.add([at({ ...edge, metricName: 'Requests' }, 20), at({ ...edge, metricName: '5xxErrorRate' }, 20)]);
    await watch.evaluate(START);
    expect(watch.inAlarm()).toEqual(['CheckoutFailing']);
    await watch.evaluate(START + 20 * MINUTE);
    expect(watch.inAlarm()).toEqual([]);
  });

  test('5xx answers that no module gave raise the alarm of the edge', async () => {
    const { watch, points, idOf } = await idle();
    const DistributionId = idOf(/Distribution/, 'AWS::CloudFront::Distribution');
    const edge = { namespace: 'AWS/CloudFront', dimensions: { DistributionId, Region: 'Global' } };
    points.add([at({ ...edge, metricName: 'Requests' }, 20), at({ ...edge, metricName: '5xxErrorRate' }, 20)]);
    await watch.evaluate(START);
    expect(watch.inAlarm()).toEqual(['EdgeFailing']);
  });

  test.each([
    [1, []],
    [3, ['RelayLag']],
  ])('a relay that is behind for %i minutes', async (minutes, expected) => {
    const { watch, points, idOf } = await idle();
    const name = idOf(/RelayFunction(?!Role|Logs)/, 'AWS::Lambda::Function');
    const dimensions = { FunctionName: name, Resource: `${name}:live` };
    const metric = { namespace: 'AWS/Lambda', metricName: 'IteratorAge', dimensions };
    for (let i = 0; i < minutes; i++) points.add([at(metric, 1_000_000, START - (i + 0.5) * MINUTE)]);
    await watch.evaluate(START);
    expect(watch.inAlarm()).toEqual(expected);
  });
});
