import { App, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type CfnFunction, Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AliasedFunction, type AliasedFunctionProps, Handler, Scaling } from '../../lib/functions';
import { DeploymentProfile } from '../../lib/profile';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');

function synth(props: Partial<AliasedFunctionProps> = {}, context: Record<string, unknown> = {}) {
  const stack = new Stack(new App({ context }), 'Shop');
  const fn = new AliasedFunction(stack, 'Search', { handler, ...props });
  return { stack, fn, template: () => Template.fromStack(stack) };
}

/** All statements of the one policy of the function's role. */
function statements(template: Template): { Action: string | string[]; Resource: unknown }[] {
  const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
  return policy!.Properties.PolicyDocument.Statement;
}

describe('AliasedFunction', () => {
  test('runs on Node.js 24, arm64, with JSON logs and tracing', () => {
    synth()
      .template()
      .hasResourceProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 512,
        Timeout: 10,
        LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('Logs') } },
        TracingConfig: { Mode: 'Active' },
        Environment: { Variables: { BREAKWATER_NAME: 'Search' } },
      });
  });

  test('gets another log level as the page on logs says, in a new version', () => {
    const override = (level: string) => {
      const { fn, template } = synth();
      const resource = fn.function.node.defaultChild as CfnFunction;
      resource.addPropertyOverride('LoggingConfig.ApplicationLogLevel', level);
      return template();
    };
    override('DEBUG').hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { ApplicationLogLevel: 'DEBUG' },
    });
    const versions = ['INFO', 'DEBUG'].map((level) =>
      Object.keys(override(level).findResources('AWS::Lambda::Version')),
    );
    expect(versions[0]).not.toEqual(versions[1]);
  });

  test('has an alias for an immutable version, without reserved or provisioned concurrency', () => {
    const template = synth().template();
    template.hasResourceProperties('AWS::Lambda::Alias', {
      Name: 'live',
      FunctionVersion: { 'Fn::GetAtt': [Match.stringLikeRegexp('CurrentVersion'), 'Version'] },
      ProvisionedConcurrencyConfig: Match.absent(),
    });
    template.hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: Match.absent() });
    template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
  });

  test('may write its own logs and traces, and nothing else', () => {
    const template = synth().template();
    const [logs] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    expect(statements(template)).toEqual([
      expect.objectContaining({
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logs, 'Arn'] },
      }),
      expect.objectContaining({ Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' }),
    ]);
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  test('without tracing nothing is allowed on every resource', () => {
    const template = synth({ tracing: false }).template();
    expect(statements(template).filter(({ Resource }) => Resource === '*')).toEqual([]);
  });

  test.each([
    [DeploymentProfile.PRODUCTION, 90, 'RetainExceptOnCreate'],
    [DeploymentProfile.SANDBOX, 7, 'Delete'],
  ])('%# encrypts logs, and retains them as long as the profile states', (profile, days, policy) => {
    synth({ profile })
      .template()
      .hasResource('AWS::Logs::LogGroup', {
        DeletionPolicy: policy,
        Properties: { RetentionInDays: days, KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Keyring'), 'Arn'] } },
      });
  });

  test('uses a given key for its logs, and the keyring makes none', () => {
    const stack = new Stack(new App({ context: {} }), 'Shop');
    const logKey = new Key(stack, 'Mine');
    new AliasedFunction(stack, 'Search', { handler, logKey });
    Template.fromStack(stack).resourceCountIs('AWS::KMS::Key', 1);
  });

  test('provisioned scaling provisions the minimum, and follows the load at 70 %', () => {
    const template = synth({ scaling: Scaling.provisioned({ min: 2, max: 50 }) }).template();
    template.hasResourceProperties('AWS::Lambda::Alias', {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 50 });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 0.7 },
    });
  });

  test('the sandbox replaces provisioned concurrency by on-demand scaling, and reports it', () => {
    const { stack, fn, template } = synth({
      profile: DeploymentProfile.SANDBOX,
      scaling: Scaling.provisioned({ min: 2, max: 50 }),
    });
    expect(fn.scaling.minProvisioned).toBeUndefined();
    template().resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
    Annotations.fromStack(stack).hasInfo(
      '/Shop/Search',
      Match.stringLikeRegexp('instead of 2 to 50 provisioned instances, the function scales on demand'),
    );
  });

  test('reserved scaling reserves, also in the sandbox', () => {
    synth({ profile: DeploymentProfile.SANDBOX, scaling: Scaling.reserved(5) })
      .template()
      .hasResourceProperties('AWS::Lambda::Function', { ReservedConcurrentExecutions: 5 });
  });

  test('a changed environment makes a new version, an unchanged one does not', () => {
    const version = (environment: Record<string, string>) =>
      Object.keys(synth({ environment }).template().findResources('AWS::Lambda::Version'))[0];
    expect(version({ A: '1' })).toBe(version({ A: '1' }));
    expect(version({ A: '1' })).not.toBe(version({ A: '2' }));
  });

  test('is the same with all feature flags of a new app', () => {
    const flags = { '@aws-cdk/aws-lambda:recognizeVersionProps': true, '@aws-cdk/aws-iam:minimizePolicies': true };
    const template = synth({}, flags).template();
    expect(statements(template)).toHaveLength(2);
    template.hasResourceProperties('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } });
  });
});

describe('AliasedFunction environment', () => {
  test('one name has one value', () => {
    const { fn } = synth({ environment: { STAGE: 'a' } });
    fn.addEnvironment('STAGE', 'a');
    expect(() => fn.addEnvironment('STAGE', 'b')).toThrow(
      "Shop/Search: environment variable 'STAGE' must have one value",
    );
  });

  test('only workloadName sets the name in its logs', () => {
    synth({ workloadName: 'search' })
      .template()
      .hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { BREAKWATER_NAME: 'search' } } });
    expect(() => synth({ environment: { BREAKWATER_NAME: 'x' } })).toThrow('use workloadName instead');
  });

  test('4,096 bytes fit, one more fails and names the largest', () => {
    const taken = 'BREAKWATER_NAME'.length + 'Search'.length + 'BIG'.length;
    const big = (bytes: number) => synth({ environment: { BIG: 'x'.repeat(bytes - taken) } }).template;
    expect(big(4096)).not.toThrow();
    expect(big(4097)).toThrow(/got about 4097; the largest variables: BIG 4076/);
  });

  test('references and lazy values count too', () => {
    const { fn, template } = synth({ environment: { LATE: Lazy.string({ produce: () => 'x'.repeat(3950) }) } });
    fn.addEnvironment('ARN', fn.logGroup.logGroupArn);
    expect(template).toThrow(/the largest variables: LATE 3954, ARN 123/);
  });
});

describe('AliasedFunction counts references in its environment', () => {
  const queues = (count: number) => {
    const { stack, fn, template } = synth();
    for (let i = 0; i < count; i++) fn.addEnvironment(`Q${i}`, new Queue(stack, `Queue${i}`).queueUrl);
    return template;
  };

  // 30 URLs of 134 bytes each and their names: 4,130. Counted as names of 64 bytes, they seemed to fit (Q7).
  test('with the length of a queue’s URL, because 30 of them exceed Lambda’s limit', () => {
    expect(queues(29)).not.toThrow();
    expect(queues(30)).toThrow(/environment must fit into 4096 bytes, got about 41\d\d/);
  });

  test('with the length of a table’s name, which may be three times as long as a function’s', () => {
    const stack = new Stack(new App(), 'A'.repeat(120));
    const fn = new AliasedFunction(stack, 'Search', { handler });
    for (let i = 0; i < 18; i++) {
      const table = new Table(stack, `${'T'.repeat(120)}${i}`, {
        partitionKey: { name: 'id', type: AttributeType.STRING },
      });
      fn.addEnvironment(`T${i}`, table.tableName);
    }
    expect(() => Template.fromStack(stack)).toThrow(/environment must fit into 4096 bytes, got about 4\d\d\d/);
  });
});

describe('AliasedFunction fails', () => {
  test.each([
    ['memorySize', { memorySize: 64 }, 'memorySize must be a whole number from 128 to 10240, got 64'],
    ['memorySize', { memorySize: 128.5 }, 'got 128.5'],
    ['memorySize', { memorySize: Lazy.number({ produce: () => 512 }) }, 'memorySize must be a literal, got a token'],
    ['timeout', { timeout: Duration.seconds(0) }, 'timeout in seconds must be a whole number from 1 to 900, got 0'],
    ['timeout', { timeout: Duration.minutes(16) }, 'got 960'],
    ['timeout', { timeout: Duration.millis(1500) }, 'got 1.5'],
    ['timeout', { timeout: Duration.seconds(Lazy.number({ produce: () => 5 })) }, 'timeout must be a literal'],
  ])('on %s %#', (_prop, props, message) => {
    expect(() => synth(props)).toThrow(message);
  });
});

describe('from JavaScript, AliasedFunction fails with a readable error', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ handler: undefined }, 'Shop/Search: handler must be given, got nothing'],
    [{ handler: 'search.handler' }, "handler must be a Handler, got 'search.handler'; use HandlerBundle.handler()"],
    [{ timeout: 30 }, 'timeout must be a Duration, got 30; use Duration.seconds()'],
    [{ scaling: 'onDemand' }, "scaling must be a Scaling, got 'onDemand'"],
    [{ profile: 'sandbox' }, "profile must be a DeploymentProfile, got 'sandbox'"],
  ])('on %p', (props, message) => {
    expect(() => synth(props as Partial<AliasedFunctionProps>)).toThrow(message);
  });

  test('without props', () => {
    const stack = new Stack(new App(), 'Shop');
    expect(() => new AliasedFunction(stack, 'Search', undefined as unknown as AliasedFunctionProps)).toThrow(
      'Shop/Search: props must be an object with handler, got undefined',
    );
  });
});

test('runs other languages in their runtime, without an acknowledgement about Node.js', () => {
  const python = Handler.fromCode(Code.fromInline('def main(event, context): pass'), 'index.main', {
    runtime: Runtime.PYTHON_3_13,
  });
  const { template, fn } = synth({ handler: python });
  template().hasResourceProperties('AWS::Lambda::Function', { Runtime: 'python3.13', Handler: 'index.main' });
  expect(JSON.stringify(fn.function.node.metadata)).not.toContain('AwsSolutions-L1');
});
