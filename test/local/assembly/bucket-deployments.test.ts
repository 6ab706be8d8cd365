import { danglingReferences, type Resource, replaceBucketDeployments } from '../../../local/assembly';

const fn = (rest: object = {}): Resource => ({ Type: 'AWS::Lambda::Function', Properties: { ...rest } as never });
const KEY = `${'a'.repeat(64)}.zip`;
const STAGING = { 'Fn::Sub': `cdk-assets-$\{AWS::AccountId}` };
const deployment = (rest: object = {}): Resource => ({
  Type: 'Custom::CDKBucketDeployment',
  Properties: {
    ServiceToken: { 'Fn::GetAtt': ['Uploader', 'Arn'] },
    SourceBucketNames: [STAGING],
    SourceObjectKeys: [KEY],
    DestinationBucketName: { Ref: 'Bucket' },
    ...rest,
  } as never,
  Metadata: { 'aws:cdk:path': 'S/Files/CustomResource/Default' },
});
const template = (Files: Resource, rest: Record<string, Resource> = {}) => ({
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket' },
    Layer: { Type: 'AWS::Lambda::LayerVersion' },
    Uploader: fn({ Layers: [{ Ref: 'Layer' }] }),
    Files,
    ...rest,
  },
});

test('the deployment, its function and its layer are taken out; an output tells what only the stack knows', () => {
  const after = { After: { Type: 'AWS::SQS::Queue', DependsOn: ['Files', 'Bucket'] } };
  const { template: result, uploads, substituted } = replaceBucketDeployments(template(deployment(), after));
  expect(Object.keys(result.Resources)).toEqual(['Bucket', 'After']);
  expect(result.Resources['After']!.DependsOn).toEqual(['Bucket']);
  expect(danglingReferences(result)).toEqual([]);
  const [source, destination] = Object.keys(result.Outputs!);
  expect(result.Outputs).toEqual({ [source!]: { Value: STAGING }, [destination!]: { Value: { Ref: 'Bucket' } } });
  expect(uploads).toEqual([
    {
      path: 'S/Files/CustomResource/Default',
      bucket: { output: destination },
      prefix: '',
      sources: [{ bucket: { output: source }, key: { value: KEY }, markers: [], escapeJson: false }],
      prune: true,
      extract: true,
      headers: {},
      exclude: [],
      include: [],
    },
  ]);
  expect(substituted).toHaveLength(1);
});

test('its options are read', () => {
  const { uploads } = replaceBucketDeployments(
    template(
      deployment({
        DestinationBucketName: 'named',
        DestinationBucketKeyPrefix: '/docs/',
        Prune: false,
        Extract: 'false',
        SystemMetadata: { 'cache-control': 'no-cache' },
        UserMetadata: { Owner: 'me' },
        Exclude: ['*.map'],
        Include: ['keep.map'],
        SourceMarkers: [{ '<<marker:0>>': { Ref: 'Bucket' } }],
        SourceMarkersConfig: [{ jsonEscape: true }],
      }),
    ),
  );
  expect(uploads[0]).toMatchObject({
    bucket: { value: 'named' },
    prefix: 'docs/',
    prune: false,
    extract: false,
    headers: { 'cache-control': 'no-cache', 'x-amz-meta-owner': 'me' },
    exclude: ['*.map'],
    include: ['keep.map'],
    sources: [{ markers: [{ text: '<<marker:0>>', value: { output: expect.any(String) } }], escapeJson: true }],
  });
});

test('references to the deployment become what its properties say', () => {
  const arn = { 'Fn::GetAtt': ['Bucket', 'Arn'] };
  const user = fn({
    A: { 'Fn::GetAtt': ['Files', 'DestinationBucketArn'] },
    B: { 'Fn::GetAtt': ['Files', 'SourceObjectKeys'] },
  });
  const { template: result } = replaceBucketDeployments(
    template(deployment({ DestinationBucketArn: arn }), { User: user }),
  );
  expect(result.Resources['User']!.Properties).toEqual({ A: arn, B: [KEY] });
});

test('a function that something else uses stays, with its layer', () => {
  const permission = { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: { Ref: 'Uploader' } } };
  const { template: result } = replaceBucketDeployments(template(deployment(), { permission }));
  expect(Object.keys(result.Resources)).toEqual(['Bucket', 'Layer', 'Uploader', 'permission']);
});

test('a template without deployments stays the same object', () => {
  const plain = { Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } };
  expect(replaceBucketDeployments(plain).template).toBe(plain);
});
