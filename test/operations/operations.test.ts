import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  Access,
  Breakwater,
  DeploymentProfile,
  EdgeDistribution,
  Handler,
  MicroModule,
  Operations,
  type OperationsProps,
  Quarantine,
  QueueWorker,
  Route,
  Scaling,
  ShardedTable,
} from '../../lib';

const handler = Handler.fromCode(
  Code.fromInline('exports.handler = async () => ({ statusCode: 204 });'),
  'index.handler',
  { verifiesTokens: true },
);
const KEY = { name: 'id', type: AttributeType.STRING };
const route = (path: string) => [Route.get(path, { access: Access.ANYONE })];

interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

interface MetricStat {
  readonly Metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions: readonly Dimension[];
  };
  readonly Stat: string;
}

interface AlarmProperties {
  readonly AlarmDescription: unknown;
  readonly Metrics?: readonly { readonly Expression?: string; readonly Id: string; readonly MetricStat?: MetricStat }[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Statistic?: string;
  readonly Dimensions?: readonly Dimension[];
  readonly [name: string]: unknown;
}

/** Metrics of an alarm as `<namespace> <name> <statistic> by <dimensions>`, each once. */
function metricsOf({ Metrics, Namespace, MetricName, Statistic, Dimensions = [] }: AlarmProperties): string[] {
  const line = (namespace: unknown, name: unknown, statistic: unknown, dimensions: readonly Dimension[]): string =>
    `${namespace} ${name} ${statistic} by ${dimensions.map(({ Name }) => Name).join(', ')}`;
  if (Metrics === undefined) return [line(Namespace, MetricName, Statistic, Dimensions)];
  const lines = Metrics.flatMap(({ MetricStat: found }) =>
    found === undefined
      ? []
      : [line(found.Metric.Namespace, found.Metric.MetricName, found.Stat, found.Metric.Dimensions)],
  );
  return [...new Set(lines)];
}

/** The alarms of a template, by their ids without prefix and hash. */
function alarmsOf(stack: Stack): Record<string, AlarmProperties> {
  const found = Object.entries(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
  const idOf = (logicalId: string): string => logicalId.replace(/^(Shop)?Operations/, '').replace(/[0-9A-F]{8}$/, '');
  return Object.fromEntries(
    found.map(([logicalId, { Properties }]) => [idOf(logicalId), Properties as AlarmProperties]),
  );
}

function shop(props: { profile?: DeploymentProfile; first?: boolean; region?: string } = {}) {
  const stack = new Stack(new App(), 'Test', { env: { region: props.region ?? 'us-east-1' } });
  const whole = new Breakwater(stack, 'Shop', { profile: props.profile });
  if (props.first) whole.addOperations('Operations');
  const orders = whole.addTable('Orders', { partitionKey: KEY, shards: 4 });
  const payments = whole.addWorker('Payments', { handler });
  orders.publishTo(payments);
  const scaling = Scaling.provisioned({ min: 2, max: 9 });
  const checkout = whole.addModule('Checkout', { handler, routes: route('/checkout'), scaling });
  whole.addModule('Search', { handler, routes: route('/search') });
  whole.addPredictiveScaling('CheckoutAhead', { target: checkout, timeZone: 'UTC' });
  if (!props.first) whole.addOperations('Operations');
  return { stack, whole };
}

const EXPECTED = [
  'CheckoutAheadDegraded',
  'CheckoutFailing',
  'EdgeFailing',
  'OrdersThrottled',
  'PaymentsDeadLetters',
  'PaymentsFailing',
  'PaymentsOldestMessage',
  'QuarantineHeld',
  'QuarantinePolicyChanged',
  'QuarantineTickFailing',
  'QuarantineWaiting',
  'RelayLag',
  'SearchFailing',
];

describe('the alarms of a Breakwater', () => {
  test.each([false, true])(
    'cover every part once, including parts that are added later (operations first: %p)',
    (first) => {
      expect(Object.keys(alarmsOf(shop({ first }).stack)).sort()).toEqual(EXPECTED);
    },
  );

  test('don’t include a forecast if the app has none', () => {
    const found = Object.keys(alarmsOf(shop({ profile: DeploymentProfile.SANDBOX }).stack)).sort();
    expect(found).toEqual(EXPECTED.filter((id) => id !== 'CheckoutAheadDegraded'));
  });

  test('need a unique id for each watched part', () => {
    const { whole } = shop({ first: true });
    const twin = new Construct(whole, 'Twin');
    const search = new MicroModule(twin, 'Search', { handler, routes: route('/other') });
    expect(() => whole.addOperations('Second').addModule(search)).toThrow(
      /Shop\/Second: Search must have a unique id .*: Test\/Shop\/Twin\/Search has the same id as another part/,
    );
  });

  test('publish to the one topic, and say what happened, what to run first and where to read on', () => {
    const { stack } = shop();
    const [topic] = Object.keys(Template.fromStack(stack).findResources('AWS::SNS::Topic'));
    for (const [id, alarm] of Object.entries(alarmsOf(stack))) {
      expect([id, alarm['AlarmActions']]).toEqual([id, [{ Ref: topic }]]);
      expect(JSON.stringify(alarm.AlarmDescription)).toMatch(
        /\.\\nFirst: (?:aws|npx breakwater) [\s\S]*\\nThen: https:\S+#[a-z-]+"/,
      );
    }
  });

  test.each([
    ['PaymentsDeadLetters', { Threshold: 1, Period: 60, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' }],
    ['QuarantineHeld', { Threshold: 1, Period: 60, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' }],
    ['QuarantineWaiting', { Threshold: 900, Period: 60, DatapointsToAlarm: 3, TreatMissingData: 'notBreaching' }],
    ['QuarantinePolicyChanged', { Threshold: 1, Period: 60, DatapointsToAlarm: 5, TreatMissingData: 'notBreaching' }],
    ['QuarantineTickFailing', { Threshold: 1, Period: 60, DatapointsToAlarm: 5, TreatMissingData: 'notBreaching' }],
    ['PaymentsOldestMessage', { Threshold: 900, Period: 60, DatapointsToAlarm: 3, TreatMissingData: 'notBreaching' }],
    ['RelayLag', { Threshold: 900_000, Period: 60, DatapointsToAlarm: 3, TreatMissingData: 'notBreaching' }],
    ['CheckoutFailing', { Threshold: 5, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' }],
    ['EdgeFailing', { Threshold: 5, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' }],
    ['OrdersThrottled', { Threshold: 10, DatapointsToAlarm: 3, TreatMissingData: 'notBreaching' }],
    // A controller that stopped writes no metrics: silence is what this alarm is for.
    ['CheckoutAheadDegraded', { Threshold: 1, EvaluationPeriods: 60, TreatMissingData: 'breaching' }],
  ])('%s goes into state ALARM at its threshold and knows what missing data means', (id, expected) => {
    expect(alarmsOf(shop().stack)[id]).toMatchObject({
      ...expected,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });

  test('read these metrics, with the dimensions that the services publish', () => {
    const found = Object.entries(alarmsOf(shop().stack)).map(([id, alarm]) => [id, metricsOf(alarm)]);
    const module = [
      'AWS/Lambda Url5xxCount Sum by FunctionName',
      'AWS/Lambda Throttles Sum by FunctionName, Resource',
      'AWS/Lambda UrlRequestCount Sum by FunctionName',
    ];
    expect(Object.fromEntries(found)).toEqual({
      CheckoutAheadDegraded: ['Breakwater/Capacity Degraded Maximum by Target'],
      CheckoutFailing: module,
      EdgeFailing: [
        'AWS/CloudFront Requests Sum by DistributionId, Region',
        'AWS/CloudFront 5xxErrorRate Average by DistributionId, Region',
        'AWS/Lambda Url5xxCount Sum by FunctionName',
      ],
      OrdersThrottled: [
        'AWS/DynamoDB ReadThrottleEvents Sum by TableName',
        'AWS/DynamoDB WriteThrottleEvents Sum by TableName',
      ],
      PaymentsDeadLetters: ['AWS/SQS ApproximateNumberOfMessagesVisible Maximum by QueueName'],
      PaymentsFailing: [
        'AWS/Lambda Errors Sum by FunctionName, Resource',
        'AWS/Lambda Throttles Sum by FunctionName, Resource',
      ],
      PaymentsOldestMessage: ['AWS/SQS ApproximateAgeOfOldestMessage Maximum by QueueName'],
      QuarantineHeld: ['Breakwater/Quarantine Held Maximum by Stack'],
      QuarantinePolicyChanged: ['Breakwater/Quarantine ChangedQueuePolicies Maximum by Stack'],
      QuarantineTickFailing: ['AWS/Lambda Errors Sum by FunctionName, Resource'],
      QuarantineWaiting: ['Breakwater/Quarantine OldestWaiting Maximum by Stack'],
      RelayLag: ['AWS/Lambda IteratorAge Maximum by FunctionName, Resource'],
      SearchFailing: module,
    });
  });

  test("a module's counts 5xx of its own function URL, because Lambda doesn't count a 500 of the runtime as an error", () => {
    const { stack } = shop();
    const found = alarmsOf(stack);
    const names = (id: string) =>
      found[id]!.Metrics!.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat]));
    expect(JSON.stringify(names('CheckoutFailing'))).not.toMatch(/Search/);
    expect(JSON.stringify(names('SearchFailing'))).not.toMatch(/Checkout/);
  });

  test('the alarm of the edge doesn’t count 5xx answers of modules, which have their own alarms', () => {
    const [share, ...metrics] = alarmsOf(shop().stack)['EdgeFailing']!.Metrics!;
    expect(share!.Expression).toContain('requests * rate / 100 - FILL(module0, 0) - FILL(module1, 0)');
    expect(metrics.map(({ Id }) => Id)).toEqual(['requests', 'rate', 'module0', 'module1']);
  });
});

describe('limits', () => {
  const newStack = (region = 'us-east-1') => new Stack(new App(), 'Test', { env: { region } });

  test('no alarm reads more than 10 metrics, however many shards and modules there are', () => {
    const stack = newStack();
    const operations = new Operations(stack, 'Operations');
    operations.addTable(new ShardedTable(stack, 'Wide', { partitionKey: KEY, shards: 12 }));
    const edge = new EdgeDistribution(stack, 'Edge');
    operations.addEdge(edge);
    for (let i = 0; i < 9; i++) {
      const module = new MicroModule(stack, `Module${i}`, { handler, routes: route(`/m${i}`) });
      edge.addModule(module);
      operations.addModule(module);
    }
    const found = alarmsOf(stack);
    expect(Object.keys(found).filter((id) => id.startsWith('Wide'))).toEqual([
      'WideThrottled0To4',
      'WideThrottled5To9',
      'WideThrottled10To11',
    ]);
    for (const [id, { Metrics }] of Object.entries(found)) {
      const count = (Metrics ?? []).filter(({ MetricStat }) => MetricStat !== undefined).length;
      expect([id, count <= 10]).toEqual([id, true]);
    }
  });

  test('the alarm of an edge subtracts the failures of its own modules, not of another edge', () => {
    const stack = newStack();
    const operations = new Operations(stack, 'Operations');
    for (const name of ['Shop', 'Office']) {
      const edge = new EdgeDistribution(stack, `${name}Edge`);
      const module = new MicroModule(stack, name, { handler, routes: route('/orders') });
      edge.addModule(module);
      operations.addEdge(edge);
      operations.addModule(module);
    }
    const found = alarmsOf(stack);
    for (const [name, other] of [
      ['Shop', 'Office'],
      ['Office', 'Shop'],
    ] as const) {
      const metrics = JSON.stringify(found[`${name}EdgeFailing`]?.Metrics);
      expect(metrics).toContain(`"Ref":"${name}Function`);
      expect(metrics).not.toContain(`"Ref":"${other}Function`);
    }
  });

  test('a status widget of the dashboard shows at most 100 alarms', () => {
    const stack = newStack();
    const operations = new Operations(stack, 'Operations');
    for (let i = 0; i < 33; i++) operations.addWorker(new QueueWorker(stack, `Worker${i}`, { handler }));
    const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard?.['Properties'].DashboardBody);
    const widgets = body.split('\\"type\\":\\"alarm\\"').slice(1);
    expect(widgets.map((text) => (text.split('\\"type\\"')[0] ?? '').match(/Fn::GetAtt/g)?.length)).toEqual([100, 3]);
  });

  test('a long timeout of a worker raises the limit of the oldest message to two redeliveries', () => {
    const stack = newStack();
    const operations = new Operations(stack, 'Operations', { maxMessageAge: Duration.minutes(2) });
    operations.addWorker(new QueueWorker(stack, 'Slow', { handler, timeout: Duration.minutes(15) }));
    operations.addWorker(new QueueWorker(stack, 'Fast', { handler, timeout: Duration.seconds(5) }));
    const found = alarmsOf(stack);
    expect(found['SlowOldestMessage']).toMatchObject({ Threshold: 3 * 3_600 });
    expect(found['FastOldestMessage']).toMatchObject({ Threshold: 120 });
  });

  test.each([
    [Duration.seconds(90), /must be whole minutes from 1 to 20160 \(14 days\), got 1 minute 30 seconds/],
    [Duration.minutes(0), /must be whole minutes from 1/],
    [Duration.days(15), /got 15 days/],
  ])('maxMessageAge %#', (maxMessageAge, message) => {
    expect(() => new Operations(newStack(), 'Operations', { maxMessageAge })).toThrow(message);
  });

  test.each([
    ['eu-west-1', /in eu-west-1/],
    [undefined, /in a Region that synth does not know/],
  ])('outside us-east-1 (%s) the edge has no alarm, and synth says so', (region, message) => {
    const stack = new Stack(new App(), 'Test', region === undefined ? {} : { env: { region } });
    const operations = new Operations(stack, 'Operations');
    operations.addEdge(new EdgeDistribution(stack, 'Edge'));
    expect(alarmsOf(stack)).toEqual({});
    Annotations.fromStack(stack).hasWarning('/Test/Operations', Match.stringLikeRegexp(message.source));
  });
});

describe('the topic', () => {
  function topicOf(props: OperationsProps = {}) {
    const stack = new Stack(new App(), 'Test', { env: { region: 'us-east-1' } });
    new Operations(stack, 'Operations', props);
    return Template.fromStack(stack);
  }

  test('is encrypted with a key that CloudWatch may use for alarms of this account, and for nobody else', () => {
    const template = topicOf();
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: { 'Fn::GetAtt': [Match.anyValue(), 'Arn'] } });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          {
            Sid: 'AlarmsOfThisAccount',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ]),
      },
    });
  });

  test('accepts messages only from alarms of this account, over TLS', () => {
    topicOf().hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', Match.arrayWith([':alarm:*'])] } },
            },
          }),
        ],
      },
    });
  });

  test('can be an existing topic', () => {
    const stack = new Stack(new App(), 'Test', { env: { region: 'us-east-1' } });
    const topic = new Topic(stack, 'OnCall');
    const operations = new Operations(stack, 'Operations', { topic, runbookUrl: 'https://wiki.example/shop' });
    operations.addWorker(new QueueWorker(stack, 'Mail', { handler }));
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::SNS::Topic', 1);
    const { AlarmActions, AlarmDescription } = alarmsOf(stack)['MailDeadLetters']!;
    expect(AlarmActions).toEqual([stack.resolve(topic.topicArn)]);
    expect(JSON.stringify(AlarmDescription)).toContain('https://wiki.example/shop#dead-letters');
  });
});

test('a quarantine is watched with a worker of its stack, without a relay, and once', () => {
  const stack = new Stack(new App(), 'Test', { env: { region: 'us-east-1' } });
  Quarantine.of(stack);
  const operations = new Operations(stack, 'Operations');
  for (const id of ['Mail', 'Labels']) operations.addWorker(new QueueWorker(stack, id, { handler }));
  const found = Object.keys(alarmsOf(stack)).filter((id) => !/^(Mail|Labels)/.test(id));
  expect(found.sort()).toEqual([
    'QuarantineHeld',
    'QuarantinePolicyChanged',
    'QuarantineTickFailing',
    'QuarantineWaiting',
  ]);
});

describe('the dashboard', () => {
  test('shows every kind of part, with a line for each', () => {
    const { stack } = shop();
    const [dashboard] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard!['Properties'].DashboardBody);
    for (const title of [
      'Alarms',
      'Edge: requests',
      'Modules: 5xx answers',
      'Workers: dead letters',
      'Relay: errors',
      'Quarantine: held messages',
    ]) {
      expect(body).toContain(title);
    }
    for (const label of ['Checkout', 'Search', 'Payments', 'Orders 3', 'demand', 'SystemErrors', 'OldestWaiting']) {
      expect(body).toContain(label);
    }
  });
});
