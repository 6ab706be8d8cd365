import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  danglingReferences,
  dropUnsupported,
  patchTemplate,
  prepareAssembly,
  readAssembly,
  type Template,
} from '../../../local/assembly';

const QUEUE = { Type: 'AWS::SQS::Queue' };
/** A variable as `Fn::Sub` writes it. */
const variable = (name: string): string => `$\{${name}}`;
/** Types that the emulator of these tests can provision. */
const KNOWN = new Set([
  'AWS::SQS::Queue',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudFormation::Stack',
  'AWS::IAM::Policy',
  'AWS::S3::Bucket',
]);
const TARGET = { Type: 'AWS::ApplicationAutoScaling::ScalableTarget' };

describe('dropping', () => {
  test('resources that the emulator lacks are left out with a reason; the others stay unchanged', () => {
    const template: Template = {
      Resources: {
        Queue: QUEUE,
        Target: TARGET,
        Logging: { Type: 'AWS::WAFv2::LoggingConfiguration' },
        Composite: { Type: 'AWS::CloudWatch::CompositeAlarm' },
        Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } },
      },
    };
    const result = dropUnsupported(template, { known: KNOWN });
    expect(Object.keys(result.template.Resources)).toEqual(['Queue', 'Alarm']);
    expect(result.dropped.map(({ logicalId }) => logicalId)).toEqual(['Target', 'Logging', 'Composite']);
    expect(result.dropped.every(({ what }) => what !== '')).toBe(true);
    expect(Object.keys(template.Resources)).toHaveLength(5);
  });
});

describe('dangling references', () => {
  const find = (resource: object, rest: Partial<Template> = {}) =>
    danglingReferences({ Resources: { Mine: { Type: 'A', ...resource } as never, Queue: QUEUE }, ...rest });

  test.each([
    ['Ref', { Properties: { A: [{ Ref: 'Gone' }] } }],
    ['GetAtt as a list', { Properties: { A: { 'Fn::GetAtt': ['Gone', 'Arn'] } } }],
    ['GetAtt as text', { Properties: { A: { 'Fn::GetAtt': 'Gone.Arn' } } }],
    ['Sub', { Properties: { A: { 'Fn::Sub': `x-${variable('Gone.Arn')}` } } }],
    ['Sub inside of Join', { Properties: { A: { 'Fn::Join': ['', ['a', { 'Fn::Sub': [variable('Gone'), {}] }]] } } }],
    ['DependsOn', { DependsOn: ['Queue', 'Gone'] }],
    ['DependsOn as text', { DependsOn: 'Gone' }],
    ['Condition', { Condition: 'Gone' }],
    ['If', { Properties: { A: { 'Fn::If': ['Gone', 1, 2] } } }],
  ])('%s of an undefined name is found', (_name, resource) => {
    expect(find(resource)).toEqual([expect.stringMatching(/^Mine.*Gone$/)]);
  });

  test('references in outputs and conditions are found as well', () => {
    const found = find(
      {},
      {
        Conditions: { C: { 'Fn::Equals': [{ Ref: 'GoneParameter' }, 'x'] } },
        Outputs: { O: { Value: { Ref: 'Gone' }, Condition: 'GoneCondition' } },
      },
    );
    expect(found).toHaveLength(3);
  });

  test.each([
    ['resources', { Properties: { A: { Ref: 'Queue' } }, DependsOn: 'Queue' }],
    ['parameters', { Properties: { A: { Ref: 'Parameter' } } }],
    [
      'pseudo parameters',
      { Properties: { A: { 'Fn::Sub': `arn:${variable('AWS::Partition')}:x:${variable('!Literal')}` } } },
    ],
    ['variables of a Sub', { Properties: { A: { 'Fn::Sub': [variable('Own'), { Own: { Ref: 'Queue' } }] } } }],
    ['a condition of an IAM statement', { Properties: { Condition: { Bool: { a: 'true' } }, Effect: 'Deny' } }],
  ])('%s that are defined are no finding', (_name, resource) => {
    expect(find(resource, { Parameters: { Parameter: { Type: 'String' } } })).toEqual([]);
  });
});

describe('patches', () => {
  const patch = (Type: string, Properties: object) =>
    patchTemplate(
      { Resources: { Mine: { Type, Properties: Properties as never } } },
      { edgeUrls: ['http://localhost:1'] },
    );

  test('permissions and denials to send also cover batches, in identity and queue policies', () => {
    const Statement = [
      { Effect: 'Allow', Action: ['sqs:SendMessage', 'kms:Decrypt'], Resource: 'a' },
      { Effect: 'Deny', Action: 'sqs:SendMessage', Resource: 'a' },
    ];
    for (const type of ['AWS::IAM::Policy', 'AWS::SQS::QueuePolicy']) {
      const { template, patched } = patch(type, { PolicyDocument: { Statement } });
      expect(template.Resources['Mine']!.Properties).toMatchObject({
        PolicyDocument: {
          Statement: [
            { Action: ['sqs:SendMessage', 'kms:Decrypt', 'sqs:SendMessageBatch'] },
            { Action: ['sqs:SendMessage', 'sqs:SendMessageBatch'] },
          ],
        },
      });
      expect(patched).toHaveLength(1);
    }
  });

  test.each([
    [
      'a role of the template',
      { 'Fn::GetAtt': ['Role', 'Arn'] },
      {
        'Fn::Sub': `arn:${variable('AWS::Partition')}:sts::${variable('AWS::AccountId')}:assumed-role/${variable('Role')}/*`,
      },
    ],
    ['a text', 'arn:aws:iam::123456789012:role/Web', 'arn:aws:sts::123456789012:assumed-role/Web/*'],
    [
      'a text with pseudo parameters',
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::1:role/Web-', { Ref: 'AWS::Region' }]] },
      {
        'Fn::Join': [
          '',
          ['arn:', { Ref: 'AWS::Partition' }, ':sts::1:assumed-role/Web-', { Ref: 'AWS::Region' }, '/*'],
        ],
      },
    ],
    [
      'a parameter of a nested stack',
      { Ref: 'RoleArn' },
      {
        'Fn::Sub': [
          `arn:${variable('AWS::Partition')}:sts::${variable('AWS::AccountId')}:assumed-role/${variable('Name')}/*`,
          { Name: { 'Fn::Select': [1, { 'Fn::Split': [':role/', { Ref: 'RoleArn' }] }] } },
        ],
      },
    ],
  ])('the sessions of a declared sender may send too: %s', (_name, role, session) => {
    const Condition = { StringNotEquals: { 'aws:PrincipalArn': [role] } };
    const { template } = patch('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: [{ Effect: 'Deny', Action: 'sqs:ReceiveMessage', Condition }] },
    });
    expect(template.Resources['Mine']?.Properties).toMatchObject({
      PolicyDocument: { Statement: [{ Condition: { StringNotLike: { 'aws:PrincipalArn': [role, session] } } }] },
    });
  });

  test('the tick doesn’t compare queue policies, because they are adapted; other schedules keep their event', () => {
    const Input = { 'Fn::Join': ['', ['{"policies":{"Mail":[{"Sid":"OnlyDeclaredSenders"}]}}']] };
    const { template, patched } = patch('AWS::Scheduler::Schedule', { Target: { Arn: 'tick', Input } });
    expect(template.Resources['Mine']?.Properties).toEqual({ Target: { Arn: 'tick', Input: '{}' } });
    expect(patched.map(({ what }) => what)).toEqual([expect.stringContaining('states no queue policies')]);
    const other = { Target: { Arn: 'other', Input: '{"every":"minute"}' } };
    expect(patch('AWS::Scheduler::Schedule', other)).toMatchObject({
      template: { Resources: { Mine: { Properties: other } } },
      patched: [],
    });
  });

  test('a policy that has nothing to do with it stays the same object', () => {
    const { template, patched } = patch('AWS::IAM::Policy', { PolicyDocument: { Statement: [{ Action: 'a:B' }] } });
    expect(patched).toEqual([]);
    expect(template.Resources['Mine']!.Properties).toEqual({ PolicyDocument: { Statement: [{ Action: 'a:B' }] } });
  });

  test('sign-in may redirect to the local distribution, at the same path', () => {
    const deployed = { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': ['D', 'DomainName'] }, '/back/']] };
    const { template, patched } = patch('AWS::Cognito::UserPoolClient', {
      CallbackURLs: [deployed, 'https://a.example/x'],
      LogoutURLs: [deployed],
    });
    expect(patched.map(({ what }) => what)).toEqual([
      'CallbackURLs and LogoutURLs may also be http://localhost:1/back/ and http://localhost:1/x',
    ]);
    expect(template.Resources['Mine']!.Properties!['CallbackURLs']).toEqual([
      deployed,
      'https://a.example/x',
      'http://localhost:1/back/',
      'http://localhost:1/x',
    ]);
  });

  test('rights to an alias bring the rights to its function that the emulator asks for instead', () => {
    const Statement = [
      { Effect: 'Allow', Action: 'lambda:GetAlias', Resource: { 'Fn::GetAtt': ['Function', 'Arn'] } },
      { Effect: 'Allow', Action: ['lambda:GetProvisionedConcurrencyConfig', 'a:B'], Resource: { Ref: 'Live' } },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { Ref: 'Live' } },
    ];
    const { template, patched } = patchTemplate(
      {
        Resources: {
          Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Function' }, Name: 'live' } },
          Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Statement } as never } },
        },
      },
      { edgeUrls: [] },
    );
    const arn = { 'Fn::GetAtt': ['Function', 'Arn'] };
    expect(template.Resources['Policy']!.Properties).toEqual({
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: ['lambda:GetAlias', 'lambda:ListAliases'], Resource: [arn] },
          {
            Effect: 'Allow',
            Action: ['lambda:GetProvisionedConcurrencyConfig', 'a:B', 'lambda:GetFunction'],
            Resource: [{ Ref: 'Live' }, arn],
          },
          Statement[2],
        ],
      },
    });
    expect(patched).toHaveLength(1);
  });

  test('a deployed alarm keeps its actions and watches a metric that nobody publishes', () => {
    const { template, patched } = patch('AWS::CloudWatch::Alarm', {
      Metrics: [{ Id: 'e', Expression: '1' }],
      Threshold: 5,
      AlarmActions: [{ Ref: 'Topic' }],
    });
    expect(template.Resources['Mine']!.Properties).toEqual({
      Namespace: 'EvaluatedLocally',
      MetricName: 'Mine',
      Statistic: 'Sum',
      Period: 60,
      Threshold: 5,
      AlarmActions: [{ Ref: 'Topic' }],
    });
    expect(patched).toHaveLength(1);
  });

  test('the floor controller and no other function gets the address of the fake of Application Auto Scaling', () => {
    const pointed = (Variables: object | undefined, scalingUrl: string | undefined) =>
      patchTemplate(
        {
          Resources: {
            Mine: {
              Type: 'AWS::Lambda::Function',
              Properties: { Environment: { Variables } as never, MemorySize: 256 },
            },
          },
        },
        { edgeUrls: [], scalingUrl },
      );
    const controller = { BREAKWATER_CAPACITY_TABLE: { Ref: 'Table' }, BREAKWATER_NAME: 'floor-controller' };
    const { template, patched } = pointed(controller, 'https://127.0.0.1:7');
    expect(template.Resources['Mine']!.Properties).toEqual({
      Environment: { Variables: { ...controller, AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: 'https://127.0.0.1:7' } },
      MemorySize: 256,
    });
    expect(patched).toEqual([
      {
        logicalId: 'Mine',
        path: 'Mine',
        type: 'AWS::Lambda::Function',
        what: expect.stringMatching(/fake.*https:\/\/127\.0\.0\.1:7/),
      },
    ]);
    for (const [variables, url] of [
      [controller, undefined],
      [{ BREAKWATER_NAME: 'search' }, 'https://127.0.0.1:7'],
      [undefined, 'https://127.0.0.1:7'],
    ] as const) {
      expect(pointed(variables, url).patched).toEqual([]);
    }
  });

  test.each([
    ['arn:aws:lambda:us-east-1:123456789012:Mine', 'arn:aws:lambda:us-east-1:123456789012:function:Mine'],
    [
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':lambda:r:', { Ref: 'AWS::AccountId' }, ':Mine']] },
      {
        'Fn::Join': [
          '',
          ['arn:', { Ref: 'AWS::Partition' }, ':lambda:r:', { Ref: 'AWS::AccountId' }, ':function:Mine'],
        ],
      },
    ],
    ['arn:aws:lambda:us-east-1:123456789012:function:Mine', undefined],
    ['arn:aws:sns:us-east-1:123456789012:Topic', undefined],
    [{ 'Fn::GetAtt': ['Mine', 'Arn'] }, undefined],
  ])('the short ARN of a custom resource is completed: %j', (ServiceToken, expected) => {
    const { template, patched } = patch('Custom::Thing', { ServiceToken });
    expect(template.Resources['Mine']!.Properties!['ServiceToken']).toEqual(expected ?? ServiceToken);
    expect(patched).toHaveLength(expected === undefined ? 0 : 1);
  });

  test('a client without sign-in stays unchanged', () => {
    expect(patch('AWS::Cognito::UserPoolClient', { GenerateSecret: true }).patched).toEqual([]);
  });
});

describe('the copy of an assembly', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'assembly-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const CHILD = 'c'.repeat(64);
  const PARENT = 'd'.repeat(64);

  function write(child: Template, parent: Template): string {
    const source = path.join(folder, 'source');
    const files: Record<string, object> = {
      'Child.nested.template.json': child,
      'Shop.template.json': parent,
      'Shop.assets.json': {
        files: {
          [CHILD]: {
            source: { path: 'Child.nested.template.json' },
            destinations: { d: { objectKey: `${CHILD}.json` } },
          },
          [PARENT]: { source: { path: 'Shop.template.json' }, destinations: { d: { objectKey: `${PARENT}.json` } } },
        },
      },
      'manifest.json': {
        artifacts: {
          Shop: {
            type: 'aws:cloudformation:stack',
            properties: {
              templateFile: 'Shop.template.json',
              stackTemplateAssetObjectUrl: `s3://b/${PARENT}.json`,
            },
          },
        },
      },
    };
    mkdirSync(source);
    for (const [name, value] of Object.entries(files)) writeFileSync(path.join(source, name), JSON.stringify(value));
    return source;
  }

  const nested = (): Template => ({
    Resources: {
      Child: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: `https://b/${CHILD}.json` } },
    },
  });
  const prepare = (source: string) =>
    prepareAssembly(readAssembly(source), path.join(folder, 'copy'), { edgeUrls: [], known: KNOWN });

  test('has new ids of a changed nested template and of its parent, everywhere', () => {
    const source = write({ Resources: { Target: TARGET, Queue: QUEUE } }, nested());
    const { directory } = prepare(source);
    const all = readdirSync(directory).map((name) => readFileSync(path.join(directory, name), 'utf8'));
    expect(all.join()).not.toMatch(new RegExp(`${CHILD}|${PARENT}`));
    const assets = JSON.parse(readFileSync(path.join(directory, 'Shop.assets.json'), 'utf8'));
    const [child, parent] = Object.keys(assets.files);
    expect(readFileSync(path.join(directory, 'Shop.template.json'), 'utf8')).toContain(child!);
    expect(readFileSync(path.join(directory, 'manifest.json'), 'utf8')).toContain(parent!);
    expect(readFileSync(path.join(source, 'manifest.json'), 'utf8')).toContain(PARENT);
  });

  test('keeps every id if nothing has to be changed', () => {
    const source = write({ Resources: { Queue: QUEUE } }, nested());
    const { directory, dropped, patched } = prepare(source);
    expect([dropped, patched]).toEqual([[], []]);
    expect(readFileSync(path.join(directory, 'manifest.json'), 'utf8')).toContain(PARENT);
  });

  test('fails if a remaining resource refers to a dropped one', () => {
    const user = { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Target' } } };
    const source = write({ Resources: { Target: TARGET, Mine: user } }, nested());
    expect(() => prepare(source)).toThrow(
      /Target \(AWS::ApplicationAutoScaling::ScalableTarget\): .* used by Mine\.QueueName/,
    );
  });
});
