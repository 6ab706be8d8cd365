import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type CfnBucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { Construct } from 'constructs';
import { DocumentStore, type DocumentStoreProps } from '../../lib/documents';
import { AliasedFunction, Handler } from '../../lib/functions';
import { DataClass, Keyring } from '../../lib/keyring';
import { DeploymentProfile } from '../../lib/profile';

const newStack = (context?: { [key: string]: unknown }) => new Stack(new App({ context }), 'Shop');

describe('DocumentStore', () => {
  test.each([
    ['all recommended', flags as { [key: string]: unknown }],
    ['no', {}],
  ])(
    'is private, encrypted with the key of its class and retained in production, with %s feature flags',
    (_, context) => {
      const stack = newStack(context);
      const store = new DocumentStore(stack, 'Invoices');
      expect(store.encryptionKey).toBe(Keyring.of(stack).keyFor(DataClass.PERSONAL));
      const template = Template.fromStack(stack);
      template.hasResource('AWS::S3::Bucket', {
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              {
                BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
                BucketKeyEnabled: true,
                ServerSideEncryptionByDefault: {
                  SSEAlgorithm: 'aws:kms',
                  KMSMasterKeyID: stack.resolve(store.encryptionKey.keyArn),
                },
              },
            ],
          },
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
          VersioningConfiguration: { Status: 'Enabled' },
        },
      });
      template.hasResourceProperties('AWS::S3::BucketPolicy', {
        PolicyDocument: {
          Statement: [
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
            Match.objectLike({ Effect: 'Deny', Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } }),
          ],
        },
      });
      template.resourceCountIs('Custom::BreakwaterEmptyBucket', 0);
      // A bucket of a former sandbox must lose the mark, or the emptier that leaves the stack empties it.
      template.hasResourceProperties('AWS::S3::Bucket', { Tags: Match.absent() });
    },
  );

  test('is deleted with its documents in a sandbox', () => {
    const stack = newStack();
    new DocumentStore(stack, 'Invoices', { profile: DeploymentProfile.SANDBOX });
    new DocumentStore(stack, 'Mail', { profile: DeploymentProfile.SANDBOX });
    const template = Template.fromStack(stack);
    template.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    template.resourceCountIs('AWS::Lambda::Function', 1);
    const [tag] = new Set(
      Object.values(template.findResources('Custom::BreakwaterEmptyBucket')).map(({ Properties }) => Properties.Tag),
    );
    expect(tag).toBe('breakwater:empty-on-delete');
    template.allResourcesProperties('AWS::S3::Bucket', { Tags: [{ Key: tag, Value: 'true' }] });
    const emptiers = Object.values(template.findResources('Custom::BreakwaterEmptyBucket'));
    expect(emptiers.map(({ Properties }) => Properties.BucketName.Ref).sort()).toEqual(
      Object.keys(template.findResources('AWS::S3::Bucket')).sort(),
    );
    // Without its rights, which CloudFormation would take away first otherwise, the emptier fails half way down.
    for (const { DependsOn } of emptiers) {
      expect(DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/EmptierFunctionRoleDefaultPolicy/)]));
    }
  });

  test('passes the bucket’s logical ID and stack to the emptier, which asks CloudFormation about it', () => {
    const stack = newStack();
    const store = new DocumentStore(stack, 'Invoices', { profile: DeploymentProfile.SANDBOX });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('Custom::BreakwaterEmptyBucket', {
      StackId: { Ref: 'AWS::StackId' },
      LogicalId: stack.getLogicalId(store.bucket.node.defaultChild as CfnBucket),
    });
  });

  test('deletes writers before their bucket is emptied, so that none writes to it again', () => {
    const stack = newStack();
    const store = new DocumentStore(stack, 'Invoices', { profile: DeploymentProfile.SANDBOX });
    const writer = new Role(stack, 'Writer', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const reader = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    store.grantWrite(writer);
    store.grantRead(reader);
    const template = Template.fromStack(stack);
    const [emptier] = Object.keys(template.findResources('Custom::BreakwaterEmptyBucket'));
    const dependsOn = (id: RegExp) =>
      Object.entries({ ...template.findResources('AWS::IAM::Policy'), ...template.findResources('AWS::IAM::Role') })
        .filter(([name]) => id.test(name))
        .map(([, resource]) => ([resource['DependsOn']].flat() as unknown[]).includes(emptier));
    expect(dependsOn(/^Writer/)).toEqual([true, true]);
    expect(dependsOn(/^Reader/)).toEqual([false, false]);
  });

  test('the emptier may list and delete objects and read tags of its buckets, but read no objects', () => {
    const stack = newStack();
    new DocumentStore(stack, 'Invoices', { profile: DeploymentProfile.SANDBOX });
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => /s3:|cloudformation:/.test(JSON.stringify(Action)));
    expect(statements.flatMap(({ Action }) => Action)).toEqual([
      'cloudformation:DescribeStacks',
      'cloudformation:GetTemplate',
      's3:GetBucketTagging',
      's3:ListBucketVersions',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
    ]);
    const [ofStack, ...ofBucket] = statements;
    expect(ofStack?.Resource).toEqual({ Ref: 'AWS::StackId' });
    for (const { Resource } of ofBucket) expect(JSON.stringify(Resource)).toMatch(/InvoicesBucket/);
  });

  test.each([
    ['grantRead', ['s3:GetObject', 'kms:Decrypt', 'kms:DescribeKey']],
    ['grantReadAndList', ['s3:GetObject', 'kms:Decrypt', 'kms:DescribeKey', 's3:ListBucket']],
    ['grantWrite', ['s3:PutObject', 'kms:GenerateDataKey']],
    ['grantDelete', ['s3:DeleteObject']],
  ] as const)('%s grants listed actions, and the key through S3 only', (method, actions) => {
    const stack = newStack();
    const store = new DocumentStore(stack, 'Invoices');
    store[method](new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })).assertSuccess();
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const statements: { Action: string | string[]; Resource: unknown; Condition?: unknown }[] =
      policy!['Properties'].PolicyDocument.Statement;
    expect(statements.flatMap(({ Action }) => Action)).toEqual(actions);
    const ofKeys = statements.filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
    for (const { Condition } of ofKeys) expect(JSON.stringify(Condition)).toMatch(/kms:ViaService.*"s3\./);
    expect(statements.some(({ Resource }) => Resource === '*')).toBe(false);
  });

  describe('passes the names of stores to functions', () => {
    const functionOf = (stack: Stack, id = 'Function') =>
      new AliasedFunction(stack, id, { handler: Handler.fromCode(Code.fromInline('x'), 'index.handler') });
    const told = (stack: Stack, name: string) => {
      const [fn] = Object.values(
        Template.fromStack(stack).findResources('AWS::Lambda::Function', {
          Properties: { Environment: { Variables: { BREAKWATER_NAME: name } } },
        }),
      );
      const text: string | { 'Fn::Join': [string, (string | { Ref: string })[]] } | undefined =
        fn?.['Properties'].Environment.Variables.BREAKWATER_DOCUMENTS;
      if (text === undefined || typeof text === 'string') return text;
      const joined = text['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : part.Ref)).join('');
      return JSON.parse(joined) as Record<string, string>;
    };

    test('in one variable for all grants, and nothing to other functions', () => {
      const stack = newStack();
      const mail = new DocumentStore(stack, 'MailBox', { storeName: 'Mail' });
      const invoices = new DocumentStore(stack, 'Invoices');
      const fn = functionOf(stack);
      mail.grantWrite(fn);
      invoices.grantRead(fn);
      invoices.grantDelete(fn);
      functionOf(stack, 'Other');
      const documents = told(stack, 'Function');
      expect(documents).toEqual({
        Invoices: expect.stringMatching(/^InvoicesBucket/),
        Mail: expect.stringMatching(/^MailBoxBucket/),
      });
      expect(Object.keys(documents as object)).toEqual(['Invoices', 'Mail']);
      expect(told(stack, 'Other')).toBeUndefined();
    });

    test('fails if a function gets two stores with the same name', () => {
      const stack = newStack();
      const fn = functionOf(stack);
      new DocumentStore(stack, 'Invoices').grantRead(fn);
      const other = new DocumentStore(new Construct(stack, 'Archive'), 'Invoices');
      expect(() => other.grantRead(fn)).toThrow(
        "Shop/Archive/Invoices: storeName must be unique in each function, got 'Invoices', which is also the name of Shop/Invoices/Bucket",
      );
    });
  });

  describe('deletes documents', () => {
    const rules = (props: DocumentStoreProps) => {
      const stack = newStack();
      new DocumentStore(stack, 'Invoices', props);
      const [bucket] = Object.values(Template.fromStack(stack).findResources('AWS::S3::Bucket'));
      return bucket?.['Properties'].LifecycleConfiguration.Rules;
    };
    const uploads = {
      Id: 'UnfinishedUploads',
      Status: 'Enabled',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    };

    test('old versions after 30 days, and delete markers without versions', () => {
      expect(rules({})).toEqual([
        { ...uploads, NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
        { Id: 'DeleteMarkers', Status: 'Enabled', ExpiredObjectDeleteMarker: true },
      ]);
    });

    test('and old versions after the given times', () => {
      const props = { expireAfter: Duration.days(3650), oldVersionsExpireAfter: Duration.days(7) };
      expect(rules(props)).toEqual([
        { ...uploads, NoncurrentVersionExpiration: { NoncurrentDays: 7 } },
        { Id: 'Expiry', Status: 'Enabled', ExpirationInDays: 3650 },
      ]);
    });

    test('only documents in a sandbox, which has no old versions', () => {
      const profile = DeploymentProfile.SANDBOX;
      expect(rules({ profile })).toEqual([uploads]);
      expect(rules({ profile, expireAfter: Duration.days(1) })).toEqual([
        uploads,
        { Id: 'Expiry', Status: 'Enabled', ExpirationInDays: 1 },
      ]);
    });
  });

  test.each<[string, DocumentStoreProps, string]>([
    [
      'expireAfter',
      { expireAfter: Duration.hours(12) },
      'expireAfter in days must be a whole number from 1 to 36500, got 0.5',
    ],
    [
      'expireAfter',
      { expireAfter: Duration.days(0) },
      'expireAfter in days must be a whole number from 1 to 36500, got 0',
    ],
    [
      'oldVersionsExpireAfter from JavaScript',
      { oldVersionsExpireAfter: 30 as unknown as Duration },
      'oldVersionsExpireAfter must be a Duration, got 30; use Duration.days()',
    ],
    [
      'dataClass from JavaScript',
      { dataClass: 'personal' as unknown as DataClass },
      "dataClass must be a DataClass, got 'personal'; use DataClass.PERSONAL, another constant or DataClass.of()",
    ],
    [
      'storeName',
      { storeName: 'my invoices' },
      "storeName must be 1 to 255 letters, digits and '-._', got 'my invoices'",
    ],
  ])('fails on an invalid %s', (_, props, message) => {
    expect(() => new DocumentStore(newStack(), 'Invoices', props)).toThrow(`Shop/Invoices: ${message}`);
  });

  test('delivers access logs to the given bucket', () => {
    const stack = newStack();
    new DocumentStore(stack, 'Invoices', { accessLogsBucket: new Bucket(stack, 'Logs') });
    Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
      LoggingConfiguration: {
        DestinationBucketName: { Ref: Match.stringLikeRegexp('^Logs') },
        LogFilePrefix: 'Shop/Invoices/',
      },
    });
  });
});
