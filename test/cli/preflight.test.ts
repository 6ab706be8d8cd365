import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as fc from 'fast-check';
import { buildShop } from '../../bin/app';
import { QUESTIONS, type Question, recordedAccount } from '../../cli/preflight/account';
import { checkAccount } from '../../cli/preflight/checks';
import { idleCosts, unknownTypes } from '../../cli/preflight/idle-cost';
import { type Template as CfnTemplate, needsOf } from '../../cli/preflight/needs';
import { PRICES } from '../../lib/limits';

const recorded = (name: string) => join(__dirname, 'recorded', `${name}.json`);

const TEMPLATE: CfnTemplate = {
  Resources: {
    Key: { Type: 'AWS::KMS::Key' },
    Acl: { Type: 'AWS::WAFv2::WebACL', Properties: { Rules: [{}, {}, {}] } },
    Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512 } },
    Slow: { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 7 } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'Fn' }, ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 4 } },
    },
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    Fifo: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
    },
    FifoMapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Fifo', 'Arn'] } },
    },
    Table: { Type: 'AWS::DynamoDB::Table' },
    Stream: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, ProvisionedPollerConfig: {} },
    },
    Policy: { Type: 'AWS::CloudFront::CachePolicy' },
  },
};

/** A stack with one module that target tracking scales, and one whose floor is forecast with two indicators. */
const SCALED: CfnTemplate = {
  Resources: {
    Tracked: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ServiceNamespace: 'lambda', MaxCapacity: 30 },
    },
    Table: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ServiceNamespace: 'dynamodb', MaxCapacity: 4_000 },
    },
    Forecast: {
      Type: 'Custom::BreakwaterScalableTarget',
      Properties: {
        Target: {
          'Fn::Join': [
            '',
            [
              '{"functionName":"',
              { Ref: 'Fn' },
              '","max":50,"indicators":["',
              { Ref: 'A' },
              '","',
              { Ref: 'B' },
              '"]}',
            ],
          ],
        },
      },
    },
  },
};

/** A table with a sort key under Contributor Insights. */
function insights(Mode: string): Record<string, unknown> {
  const KeySchema = [{ KeyType: 'HASH' }, { KeyType: 'RANGE' }];
  return {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: { KeySchema, ContributorInsightsSpecification: { Enabled: true, Mode } },
    },
  };
}

test('an alarm on metric math costs as many metrics as it reads', () => {
  const query = { MetricStat: { Metric: { MetricName: 'Errors' } } };
  const Resources = {
    Simple: { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } },
    Math: { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: [{ Expression: 'a + b' }, query, query] } },
  };
  expect(needsOf([{ Resources }]).alarmMetrics).toBe(3);
});

describe('needs', () => {
  test('know the most that may be provisioned, and what forecasts read', () => {
    expect(needsOf([SCALED])).toMatchObject({
      provisionedAtMost: 80,
      provisionedConcurrency: 0,
      forecasts: 1,
      forecastMetrics: 4,
    });
    expect(needsOf([TEMPLATE])).toMatchObject({ provisionedAtMost: 0, forecasts: 0, forecastMetrics: 0 });
  });

  test('counts what an account must have room for', () => {
    expect(needsOf([TEMPLATE])).toMatchObject({
      keys: 1,
      webAcls: 1,
      webAclRules: 3,
      reservedConcurrency: 7,
      provisionedConcurrency: 4,
      provisionedGigabytes: 2,
      polledQueues: 1,
      polledFifoQueues: 1,
      provisionedPollers: 1,
      cachePolicies: 1,
      distributions: 0,
    });
  });

  test('of several templates are the sum of each', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), (n) => {
        const one = needsOf([TEMPLATE]);
        const many = needsOf(Array.from({ length: n }, () => TEMPLATE));
        for (const [name, value] of Object.entries(many)) expect(value).toBeCloseTo(n * one[name as keyof typeof one]);
      }),
    ));
});

describe('an idle day', () => {
  test('costs what keys, rules, polling and provisioned capacity cost, dearest first', () => {
    const costs = idleCosts(needsOf([TEMPLATE]));
    const of = (item: string) => costs.find((cost) => cost.item.startsWith(item))?.usdPerDay;
    expect(of('provisioned')).toBeCloseTo(2 * 86_400 * 0.0000033334, 10);
    expect(of('web ACLs')).toBeCloseTo(5 / (730 / 24), 10);
    expect(of('web ACL rules')).toBeCloseTo(3 / (730 / 24), 10);
    expect(of('customer-managed keys')).toBeCloseTo(1 / (730 / 24), 10);
    expect(of('queues')).toBeCloseTo(0.00864, 10);
    expect(costs.map(({ usdPerDay }) => usdPerDay)).toEqual(
      costs.map(({ usdPerDay }) => usdPerDay).sort((a, b) => b - a),
    );
  });

  test('costs nothing where there is nothing', () => {
    expect(idleCosts(needsOf([{ Resources: { Table: { Type: 'AWS::DynamoDB::Table' } } }]))).toEqual([]);
  });

  test.each(Object.entries(PRICES))('%s says where and when it was noted', (_, { source, noted, usd }) => {
    expect(source).toMatch(/^https:\/\/aws\.amazon\.com\//);
    expect(noted).toMatch(/^20\d\d-\d\d$/);
    expect(usd).toBeGreaterThan(0);
  });
});

describe('the idle cost of a stack', () => {
  const shop = (profile: string) => {
    const app = new App({ context: { profile } });
    return Template.fromStack(buildShop(app)).toJSON() as CfnTemplate;
  };
  const shops = ['production', 'sandbox'].map((profile) => [profile, shop(profile)] as const);
  const usdPerMonth = (template: CfnTemplate) =>
    Object.fromEntries(
      idleCosts(needsOf([template])).map(({ item, usdPerDay }) => [item, Number(((usdPerDay * 730) / 24).toFixed(2))]),
    );

  test.each(shops)('knows every resource type of the shop in %s', (_, template) => {
    expect(unknownTypes([template])).toEqual([]);
  });

  test('names a type that it does not know', () => {
    expect(unknownTypes([{ Resources: { Nat: { Type: 'AWS::EC2::NatGateway' } } }])).toEqual(['AWS::EC2::NatGateway']);
  });

  test.each(shops)('of the shop in %s has its web ACL with all rules at $20 a month', (_, template) => {
    expect(usdPerMonth(template)).toMatchObject({ 'web ACLs': 5, 'web ACL rules': 15 });
  });

  test.each<[string, Record<string, unknown>, Record<string, number>]>([
    [
      'a rule of Contributor Insights for each key and metric',
      insights('ACCESSED_AND_THROTTLED_KEYS'),
      { 'rules of Contributor Insights': 4 * 0.5 },
    ],
    [
      'half of them where only throttled keys are recorded',
      insights('THROTTLED_KEYS'),
      { 'rules of Contributor Insights': 2 * 0.5 },
    ],
    ['each alarm', { Alarm: { Type: 'AWS::CloudWatch::Alarm' } }, { 'metrics that alarms read': 0.1 }],
    ['each dashboard', { Dashboard: { Type: 'AWS::CloudWatch::Dashboard' } }, { dashboards: 3 }],
    ['each key', { Key: { Type: 'AWS::KMS::Key' } }, { 'customer-managed keys': 1 }],
  ])('counts %s', (_, Resources, costs) => {
    expect(usdPerMonth({ Resources } as CfnTemplate)).toEqual(costs);
  });

  test('counts the runs of a schedule, their traces and their duration', () => {
    const Resources = {
      Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1024, TracingConfig: { Mode: 'Active' } } },
      Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' } } },
      Minute: {
        Type: 'AWS::Scheduler::Schedule',
        Properties: { ScheduleExpression: 'rate(1 minute)', Target: { Arn: { Ref: 'Live' } } },
      },
    };
    const needs = needsOf([{ Resources }]);
    expect(needs).toMatchObject({ scheduledRuns: 1_440, tracedRuns: 1_440, scheduledGigabyteRuns: 1_440 });
    expect(usdPerMonth({ Resources })['traces of those runs']).toBe(0.22);
  });
});

describe('a forecast', () => {
  test('costs what it reads and writes', () => {
    const costs = idleCosts(needsOf([SCALED]));
    const of = (item: string) => costs.find((cost) => cost.item.startsWith(item))?.usdPerDay;
    expect(of('metrics that forecasts read')).toBeCloseTo((4 * 1_440 * 0.01) / 1_000, 10);
    expect(of('metrics that forecasts write')).toBeCloseTo((5 * 0.3) / (730 / 24), 10);
  });

  test.each([
    ['established-account', 'ok'],
    ['new-account', 'note'],
  ])('of an account like %s: the check of its quota for floors says %s', async (name, result) => {
    const checks = await checkAccount(recordedAccount(recorded(name)), needsOf([SCALED]));
    const [maximum] = checks.filter(({ what }) => what === 'maximum of provisioned Lambda concurrency');
    expect(maximum).toMatchObject({ result, found: expect.stringMatching(/^80 needed/) });
    expect(maximum?.advice ?? '').toMatch(result === 'ok' ? /^$/ : /floors stop at the available concurrency/);
  });
});

describe('an account', () => {
  const needs = needsOf([TEMPLATE]);
  const resultsOf = async (name: string, of = needs) =>
    Object.fromEntries((await checkAccount(recordedAccount(recorded(name)), of)).map((check) => [check.what, check]));

  test('in use for long can deploy the stack', async () => {
    const checks = await resultsOf('established-account');
    expect(Object.values(checks).filter(({ result }) => result !== 'ok')).toEqual([]);
    expect(checks['account']?.found).toBe('111122223333');
  });

  test('that is new gets advice on what to do first', async () => {
    const checks = await resultsOf('new-account');
    expect(checks['CDK bootstrap']).toMatchObject({ result: 'no', advice: expect.stringContaining('cdk bootstrap') });
    expect(checks['Lambda concurrency to reserve or provision']).toMatchObject({
      result: 'no',
      found: expect.stringContaining('11 needed, 0 available'),
    });
    expect(checks['CloudFront cache policies']).toMatchObject({
      result: 'no',
      found: '20 used, 1 more needed, 20 by default',
    });
    expect(checks['cloudfront:ListFunctions']).toMatchObject({ result: 'note', found: 'not allowed to read it' });
    expect(checks['mail (SES)']).toMatchObject({ result: 'note', found: 'in its sandbox' });
  });

  test('without a distribution may have to be verified first', async () => {
    const Resources = { Edge: { Type: 'AWS::CloudFront::Distribution' } };
    const known = recordedAccount(recorded('established-account'));
    const account = {
      ask: async (question: Question) =>
        question === QUESTIONS.distributions ? { status: 200, body: '<Quantity>0</Quantity>' } : known.ask(question),
    };
    const checks = await checkAccount(account, needsOf([{ Resources }]));
    const note = checks.find(({ what }) => what === 'CloudFront account');
    expect(note).toMatchObject({ result: 'note', advice: expect.stringContaining('verify') });
  });

  test('that is new takes a stack that reserves nothing', async () => {
    const checks = await resultsOf('new-account', needsOf([{ Resources: {} }]));
    expect(checks['Lambda concurrency to reserve or provision']?.result).toBe('ok');
  });

  test('is asked nothing that could change it', () => {
    for (const { action } of Object.values(QUESTIONS)) expect(action).toMatch(/^[a-z0-9]+:(Get|List)[A-Za-z]+$/);
  });

  test('with refused credentials ends in one line', async () => {
    const account = { ask: async () => ({ status: 403, body: '<Error><Code>ExpiredToken</Code></Error>' }) };
    await expect(checkAccount(account, needs)).rejects.toThrow('refused by AWS (ExpiredToken)');
  });
});

/** The loader by its address, because the command runs in another folder. */
const TSX = pathToFileURL(require.resolve('tsx')).href;

describe('the command', () => {
  let assembly: string;
  beforeAll(() => {
    assembly = mkdtempSync(join(tmpdir(), 'breakwater-preflight-'));
    writeFileSync(join(assembly, 'manifest.json'), '{"artifacts":{}}');
    writeFileSync(join(assembly, 'Shop.template.json'), JSON.stringify(TEMPLATE));
  });
  afterAll(() => rmSync(assembly, { recursive: true, force: true }));

  const preflight = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'cli/index.ts', 'preflight', ...args], {
      cwd: resolve(__dirname, '..', '..'),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });

  test('prints checks and costs, and exits 0 where the stack can go', () => {
    const { status, stdout } = preflight('--assembly', assembly, '--recorded', recorded('established-account'));
    expect(stdout).toContain('The stack can be deployed to this account.');
    expect(stdout).toMatch(/in all +\$0\.\d\d/);
    expect(status).toBe(0);
  });

  test('exits 1 where it can not', () => {
    const { status, stdout } = preflight('--assembly', assembly, '--recorded', recorded('new-account'));
    expect(stdout).toContain("The stack can't be deployed to this account yet: CDK bootstrap, Lambda concurrency");
    expect(status).toBe(1);
  });

  test('says in a line that the folder has no app', () => {
    const program = resolve(__dirname, '..', '..', 'cli', 'index.ts');
    const { status, stderr } = spawnSync(process.execPath, ['--import', TSX, program, 'preflight'], {
      cwd: assembly,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(
      /^The current folder must have a cdk\.json, got none in .*: change to .*, or give --assembly FOLDER/,
    );
    expect(status).toBe(2);
  });

  test.each([
    ['no credentials', [], 'No AWS credentials in the environment'],
    ['no recording', ['--recorded', 'nowhere.json'], 'The recording nowhere.json'],
    ['an unknown option', ['--reserve'], 'usage: npx breakwater preflight'],
  ])('says in a line that there is %s, and exits 2', (_, args, message) => {
    const { status, stderr } = preflight('--assembly', assembly, ...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
  });
});
