import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as fc from 'fast-check';
import { QUESTIONS, recordedAccount } from '../../cli/preflight/account';
import { checkAccount } from '../../cli/preflight/checks';
import { idleCosts } from '../../cli/preflight/idle-cost';
import { needsOf, type Template } from '../../cli/preflight/needs';
import { PRICES } from '../../lib/limits';

const recorded = (name: string) => join(__dirname, 'recorded', `${name}.json`);

const TEMPLATE: Template = {
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
const SCALED: Template = {
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
      forecastMetrics: 3,
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

describe('a forecast', () => {
  test('costs what it reads and writes', () => {
    const costs = idleCosts(needsOf([SCALED]));
    const of = (item: string) => costs.find((cost) => cost.item.startsWith(item))?.usdPerDay;
    expect(of('metrics that forecasts read')).toBeCloseTo((3 * 1_440 * 0.01) / 1_000, 10);
    expect(of('metrics that forecasts write')).toBeCloseTo((5 * 0.3) / (730 / 24), 10);
  });

  test.each([
    ['established-account', 'ok'],
    ['new-account', 'note'],
  ])('of an account like %s is told where floors will stop: %s', async (name, verdict) => {
    const checks = await checkAccount(recordedAccount(recorded(name)), needsOf([SCALED]));
    const [most] = checks.filter(({ what }) => what === 'Lambda concurrency to provision at most');
    expect(most).toMatchObject({ verdict, found: expect.stringMatching(/^80 wanted/) });
    expect(most?.advice ?? '').toMatch(verdict === 'ok' ? /^$/ : /floors stop at what can be had/);
  });
});

describe('an account', () => {
  const needs = needsOf([TEMPLATE]);
  const verdicts = async (name: string, of = needs) =>
    Object.fromEntries((await checkAccount(recordedAccount(recorded(name)), of)).map((check) => [check.what, check]));

  test('in use for long can take the stack', async () => {
    const checks = await verdicts('established-account');
    expect(Object.values(checks).filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(checks['account']?.found).toBe('111122223333');
  });

  test('that is new is told what to do first', async () => {
    const checks = await verdicts('new-account');
    expect(checks['CDK bootstrap']).toMatchObject({ verdict: 'no', advice: expect.stringContaining('cdk bootstrap') });
    expect(checks['Lambda concurrency to reserve or provision']).toMatchObject({
      verdict: 'no',
      found: expect.stringContaining('11 wanted, 0 can be had'),
    });
    expect(checks['CloudFront cache policies']).toMatchObject({
      verdict: 'no',
      found: '20 used, 1 more needed, 20 by default',
    });
    expect(checks['cloudfront:ListFunctions']).toMatchObject({ verdict: 'note', found: 'not allowed to look' });
    expect(checks['mail (SES)']).toMatchObject({ verdict: 'note', found: 'in its sandbox' });
  });

  test('that is new takes a stack that reserves nothing', async () => {
    const checks = await verdicts('new-account', needsOf([{ Resources: {} }]));
    expect(checks['Lambda concurrency to reserve or provision']?.verdict).toBe('ok');
  });

  test('is asked nothing that could change it', () => {
    for (const { action } of Object.values(QUESTIONS)) expect(action).toMatch(/^[a-z0-9]+:(Get|List)[A-Za-z]+$/);
  });

  test('with refused credentials ends in one line', async () => {
    const account = { ask: async () => ({ status: 403, body: '<Error><Code>ExpiredToken</Code></Error>' }) };
    await expect(checkAccount(account, needs)).rejects.toThrow('refused by AWS (ExpiredToken)');
  });
});

describe('the command', () => {
  let assembly: string;
  beforeAll(() => {
    assembly = mkdtempSync(join(tmpdir(), 'breakwater-preflight-'));
    writeFileSync(join(assembly, 'manifest.json'), '{"artifacts":{}}');
    writeFileSync(join(assembly, 'Shop.template.json'), JSON.stringify(TEMPLATE));
  });
  afterAll(() => rmSync(assembly, { recursive: true, force: true }));

  const preflight = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'cli/preflight/index.ts', ...args], {
      cwd: resolve(__dirname, '..', '..'),
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });

  test('prints checks and costs, and exits 0 where the stack can go', () => {
    const { status, stdout } = preflight('--assembly', assembly, '--recorded', recorded('established-account'));
    expect(stdout).toContain('This account can take the stack.');
    expect(stdout).toMatch(/in all +\$0\.\d\d/);
    expect(status).toBe(0);
  });

  test('exits 1 where it can not', () => {
    const { status, stdout } = preflight('--assembly', assembly, '--recorded', recorded('new-account'));
    expect(stdout).toContain("can't take the stack yet: CDK bootstrap, Lambda concurrency");
    expect(status).toBe(1);
  });

  test.each([
    ['no credentials', [], 'No AWS credentials in the environment'],
    ['no recording', ['--recorded', 'nowhere.json'], 'The recording nowhere.json'],
    ['an unknown option', ['--reserve'], 'usage: npm run preflight'],
  ])('says in a line that there is %s, and exits 2', (_, args, message) => {
    const { status, stderr } = preflight('--assembly', assembly, ...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
  });
});
