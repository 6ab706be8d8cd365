import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..', '..');
const examples = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'app.ts')),
);

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
}

const warnings = new Map<string, string[]>();

/** Ids of the warnings that `cdk synth` shows. */
function warningsOf(output: string): string[] {
  const metadata = readdirSync(output)
    .filter((file) => file.endsWith('.metadata.json') || file === 'manifest.json')
    .map((file) => readFileSync(join(output, file), 'utf8').replaceAll(/\s/g, ''));
  return metadata.flatMap((text) =>
    [...text.matchAll(/"aws:cdk:warning".*?\[ack:([^\]]+)\]/g)].map(([, id]) => id ?? ''),
  );
}

/** Runs an example as `cdk synth` does, and reads its first template. */
function synthesize(name: string): Template {
  const output = mkdtempSync(join(tmpdir(), 'breakwater-example-'));
  try {
    execFileSync(process.execPath, ['--import', 'tsx', join('examples', name, 'app.ts')], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: output, CDK_VALIDATION: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    warnings.set(name, warningsOf(output));
    const [template] = readdirSync(output).filter((file) => file.endsWith('.template.json'));
    return JSON.parse(readFileSync(join(output, template!), 'utf8')) as Template;
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function count(template: Template, type: string): number {
  return Object.values(template.Resources).filter((resource) => resource.Type === type).length;
}

const templates = new Map<string, Template>();
beforeAll(() => {
  for (const name of examples) templates.set(name, synthesize(name));
}, 120_000);

test('there are examples', () => {
  expect(examples).toEqual(expect.arrayContaining(['one-module', 'sharded-orders']));
});

test.each(examples)('%s: no part is public', (name) => {
  const urls = Object.values(templates.get(name)!.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Url');
  for (const url of urls) expect(url.Properties!['AuthType']).toBe('AWS_IAM');
  expect(JSON.stringify(templates.get(name))).not.toContain('"Principal":"*","Effect":"Allow"');
});

test('split-stacks: the stack of the data needs no other', () => {
  const template = templates.get('split-stacks')!;
  expect(count(template, 'AWS::DynamoDB::Table')).toBe(4);
  expect(JSON.stringify(template)).not.toContain('Fn::ImportValue');
});

test('guestbook: synth has only the warning that the tutorial names', () => {
  expect(warnings.get('guestbook')).toEqual(['breakwater:no-domain']);
});

test('one-module: a module and an edge, and no table, queue or user pool', () => {
  const template = templates.get('one-module')!;
  expect(count(template, 'AWS::Lambda::Url')).toBe(1);
  expect(count(template, 'AWS::CloudFront::Distribution')).toBe(1);
  for (const type of ['AWS::DynamoDB::Table', 'AWS::SQS::Queue', 'AWS::Cognito::UserPool']) {
    expect(count(template, type)).toBe(0);
  }
});

test('sharded-orders: eight shards beside map and quarantine, an ordered queue, and a relay on each shard', () => {
  const template = templates.get('sharded-orders')!;
  expect(count(template, 'AWS::DynamoDB::Table')).toBe(10);
  const fifo = Object.values(template.Resources).filter(
    ({ Type, Properties }) => Type === 'AWS::SQS::Queue' && Properties?.['FifoQueue'] === true,
  );
  expect(fifo.length).toBeGreaterThan(0);
  expect(count(template, 'AWS::Lambda::EventSourceMapping')).toBe(8 + 1);
});

test('morning-surge: the forecast scales the provisioned module, and CloudFormation has no scalable target', () => {
  const template = templates.get('morning-surge')!;
  expect(count(template, 'AWS::Scheduler::Schedule')).toBe(1);
  expect(count(template, 'Custom::BreakwaterScalableTarget')).toBe(1);
  const [alarm] = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  // A floor controller that stopped writes nothing.
  expect(alarm!.Properties).toMatchObject({ MetricName: 'Degraded', TreatMissingData: 'breaching' });
  expect(count(template, 'AWS::ApplicationAutoScaling::ScalableTarget')).toBe(0);
});

test('existing-app: a grant gives a function of the CDK the permissions and the name of the map table', () => {
  const { Resources } = templates.get('existing-app')!;
  const [report] = Object.entries(Resources)
    .filter(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith('Report'))
    .map(([, resource]) => resource);
  expect(report!.Properties!['Environment']).toMatchObject({ Variables: { BREAKWATER_MAP_TABLE: expect.anything() } });
  const policies = Object.entries(Resources).filter(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && /^Report/.test(id),
  );
  expect(JSON.stringify(policies)).toContain('dynamodb:Query');
});
