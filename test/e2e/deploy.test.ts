import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnOutput, CustomResource, NestedStack, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { type ContextLookup, knownTypes, prepareAssembly, readAssembly, selectStacks } from '../../local/assembly';
import { Emulator, LOCAL_REGION } from '../../local/cloud';
import { cloudApiAt, Deployer, emulatorLookup, type RunningStack } from '../../local/deploy';

/** Apps that use nothing of this library, deployed without the CDK CLI. `launch.ts` starts this with a trusted certificate. */
const ACCOUNT = '123456789012';
const ABROAD = 'eu-central-1';
const folder = path.join(process.env['BREAKWATER_E2E_FOLDER']!, 'deploy');
let cloud: Emulator;
let deployer: Deployer;
let count = 0;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const files = path.dirname(folder);
  cloud = await Emulator.start({
    folder,
    certificate: { certificate: path.join(files, 'certificate.pem'), key: path.join(files, 'key.pem') },
  });
  const quiet = (): void => undefined;
  deployer = new Deployer({ endpoint: cloud.endpoint, progress: quiet, line: quiet });
});
afterAll(() => cloud?.stop());

/** Synthesizes an app in this process and deploys it. */
async function deploy(build: (app: App) => void): Promise<RunningStack[]> {
  const outdir = path.join(folder, `out-${++count}`);
  const app = new App({ outdir, analyticsReporting: false, context: { 'aws:cdk:enable-path-metadata': true } });
  build(app);
  app.synth();
  const assembly = selectStacks(readAssembly(outdir, { account: ACCOUNT, region: LOCAL_REGION }));
  const props = { edgeUrls: [], known: await knownTypes() };
  return deployer.deploy(prepareAssembly(assembly, `${outdir}-prepared`, props));
}

const inline = (code: string) => ({
  code: Code.fromInline(code),
  handler: 'index.handler',
  runtime: Runtime.NODEJS_22_X,
});

/** Two Regions, a stage, a nested stack, a network, files with values of the stack, and a queue that is used abroad. */
function site(app: App): void {
  const content = path.join(folder, 'site');
  mkdirSync(path.join(content, 'css'), { recursive: true });
  writeFileSync(path.join(content, 'index.html'), '<p>hello</p>');
  writeFileSync(path.join(content, 'css', 'a.css'), 'p{}');
  writeFileSync(path.join(content, 'a.css.map'), '{}');

  const stage = new Stage(app, 'Beta', { env: { account: ACCOUNT } });
  const home = new Stack(stage, 'Home', { env: { region: LOCAL_REGION }, crossRegionReferences: true });
  const abroad = new Stack(stage, 'Abroad', { env: { region: ABROAD }, crossRegionReferences: true });
  const bucket = new Bucket(home, 'Files', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true });
  const queue = new Queue(new NestedStack(home, 'Inner'), 'Jobs');
  new BucketDeployment(home, 'Upload', {
    destinationBucket: bucket,
    destinationKeyPrefix: 'www',
    sources: [Source.asset(content), Source.jsonData('config.json', { queue: queue.queueUrl })],
    exclude: ['*.map'],
  });
  const network = new Vpc(home, 'Network', { maxAzs: 1, natGateways: 1 });
  new CfnOutput(home, 'Block', { value: network.vpcCidrBlock });
  new CfnOutput(home, 'Bucket', { value: bucket.bucketName });
  new CfnOutput(abroad, 'Jobs', { value: queue.queueUrl });
}

describe('an app with a stage and two Regions', () => {
  let home: RunningStack;
  let abroad: RunningStack;
  beforeAll(async () => {
    [home, abroad] = (await deploy(site)) as [RunningStack, RunningStack];
  });

  test('is deployed in order, to its own account and Regions, without a bootstrap', () => {
    expect([home, abroad].map(({ id, account, region }) => [id, account, region])).toEqual([
      ['Beta/Home', ACCOUNT, LOCAL_REGION],
      ['Beta/Abroad', ACCOUNT, ABROAD],
    ]);
    expect(abroad.outputs['Jobs']).toMatch(new RegExp(`/${ACCOUNT}/`));
    expect(home.outputs['Block']).toBe('10.0.0.0/16');
  });

  test('resources of its nested stack have construct paths', () => {
    const { path: where } = home.resources.find(({ type }) => type === 'AWS::SQS::Queue')!;
    expect(where).toBe('Beta/Home/Inner/Jobs');
  });

  test('its files are in the bucket, with values of the stack, media types and without what is excluded', async () => {
    const api = cloudApiAt(cloud.endpoint, home);
    const bucket = home.outputs['Bucket']!;
    const list = await (await api.rest('s3', 'GET', `/${bucket}?list-type=2`)).text();
    const keys = [...list.matchAll(/<Key>([^<]+)/g)].map(([, key]) => key);
    expect(keys.sort()).toEqual(['www/config.json', 'www/css/a.css', 'www/index.html']);
    const config = await api.rest('s3', 'GET', `/${bucket}/www/config.json`);
    expect(await config.json()).toEqual({ queue: abroad.outputs['Jobs'] });
    const page = await api.rest('s3', 'GET', `/${bucket}/www/index.html`);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(Object.keys(home.outputs).filter((name) => /upload/i.test(name))).toEqual([]);
  });

  test('the same app again changes nothing', async () => {
    const [again] = await deploy(site);
    expect(again!.changed).toBe(false);
  });
});

/** A stack with a custom resource in a nested stack. This is its function's code. */
const custom = (name: string, code: string) => (app: App) => {
  const inner = new NestedStack(new Stack(app, name), 'Inner');
  const { functionArn } = new Lambda(inner, 'Answers', inline(code));
  new CustomResource(inner, 'Thing', { serviceToken: functionArn });
};
const answer = (status: string) => `exports.handler = (event) => fetch(event.ResponseURL, {
  method: 'PUT',
  body: JSON.stringify({ ...event, Status: '${status}', Reason: 'no colour', PhysicalResourceId: 'thing' }),
});`;

test.each([
  [
    'CannotStart',
    "require('left-out');",
    /its function \S+ failed before it answered: .*Cannot find module 'left-out'/,
  ],
  [
    'Throws',
    "exports.handler = async () => { throw new TypeError('no colour'); };",
    /failed before it answered: no colour/,
  ],
  ['Refuses', answer('FAILED'), /no colour/],
])(
  '%s: a custom resource that fails is named with its reason; mended, the stack is deployed',
  async (name, code, reason) => {
    const failed = deploy(custom(name, code));
    await expect(failed).rejects.toThrow(`${name}/Inner/Thing/Default (AWS::CloudFormation::CustomResource): `);
    await expect(failed).rejects.toThrow(reason);
    const [stack] = await deploy(custom(name, answer('SUCCESS')));
    expect(stack!.resources.map(({ path: where }) => where)).toContain(`${name}/Inner/Thing/Default`);
  },
);

describe('context lookups', () => {
  let lookup: (provider: string, props: object) => ReturnType<ContextLookup>;
  beforeAll(() => {
    const answer = emulatorLookup((place) => Promise.resolve(cloudApiAt(cloud.endpoint, place)));
    lookup = (provider, props) =>
      answer({ key: provider, provider, props: { account: ACCOUNT, region: ABROAD, ...props } });
  });

  test("the default VPC is the emulator's, with its subnets", async () => {
    const answer = await lookup('vpc-provider', { filter: { isDefault: 'true' }, returnAsymmetricSubnets: true });
    expect(answer).toMatchObject({
      source: 'the local AWS emulator',
      value: {
        vpcId: expect.stringMatching(/^vpc-/),
        subnetGroups: [{ type: 'Public', subnets: [{ availabilityZone: `${ABROAD}a` }, {}, {}] }],
      },
    });
    expect(await lookup('vpc-provider', { filter: { 'vpc-id': 'vpc-none' } })).toBeUndefined();
  });

  test('a hosted zone is created once', async () => {
    const first = await lookup('hosted-zone', { domainName: 'shop.example' });
    expect(first!.value).toEqual({ Id: expect.stringMatching(/^\/hostedzone\/Z/), Name: 'shop.example.' });
    expect(await lookup('hosted-zone', { domainName: 'shop.example' })).toEqual(first);
  });

  test('parameters that are there are read; others are left to placeholders', async () => {
    const name = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
    expect((await lookup('ssm', { parameterName: name }))!.value).toMatch(/^ami-/);
    expect(await lookup('ssm', { parameterName: '/none' })).toBeUndefined();
    expect(await lookup('plugin', {})).toBeUndefined();
  });
});
