import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import flags from 'aws-cdk-lib/recommended-feature-flags.json';
import { DocumentStore } from '../../lib/documents';
import { DataClass, Keyring } from '../../lib/keyring';
import { DeploymentProfile } from '../../lib/profile';

const newStack = (context?: { [key: string]: unknown }) => new Stack(new App({ context }), 'Shop');

describe('DocumentStore', () => {
  test.each([
    ['all recommended', flags as { [key: string]: unknown }],
    ['no', {}],
  ])('is private, encrypted with the key of its class and kept in production, with %s feature flags', (_, context) => {
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
  });

  test('goes with the stack in a sandbox, with all it holds', () => {
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

  test('the emptier may list and delete in its buckets, see their tags, and read nothing', () => {
    const stack = newStack();
    new DocumentStore(stack, 'Invoices', { profile: DeploymentProfile.SANDBOX });
    const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => JSON.stringify(Action).includes('s3:'));
    expect(statements.flatMap(({ Action }) => Action)).toEqual([
      's3:GetBucketTagging',
      's3:ListBucketVersions',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
    ]);
    for (const { Resource } of statements) expect(JSON.stringify(Resource)).toMatch(/InvoicesBucket/);
  });

  test.each([
    ['grantRead', ['s3:GetObject', 's3:ListBucket', 'kms:Decrypt', 'kms:DescribeKey']],
    ['grantWrite', ['s3:PutObject', 'kms:GenerateDataKey']],
  ] as const)('%s names its actions, and the key through S3 alone', (method, actions) => {
    const stack = newStack();
    const store = new DocumentStore(stack, 'Invoices');
    store[method](new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })).assertSuccess();
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const { Statement } = policy!['Properties'].PolicyDocument;
    expect(Statement.flatMap(({ Action }: { Action: string | string[] }) => Action)).toEqual(actions);
    expect(JSON.stringify(Statement.at(-1).Condition)).toMatch(/kms:ViaService.*"s3\."/);
    expect(Statement.some(({ Resource }: { Resource: unknown }) => Resource === '*')).toBe(false);
  });

  test('delivers access logs where it is told to', () => {
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
