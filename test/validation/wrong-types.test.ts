import { App, Stack } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as library from '../../lib';

/** The library as JavaScript sees it: without types. */
// biome-ignore lint/suspicious/noExplicitAny: callers without a type checker are the subject.
const bw = library as any;
const HANDLER = bw.Handler.fromCode(Code.fromInline('exports.handler = async () => 1;'), 'index.handler');
const KEY = { partitionKey: { name: 'id', type: AttributeType.STRING } };

/** Each row is a mistake that a type checker would find. Synth must not accept it, nor end in a TypeError (C12). */
test.each<[string, (stack: Stack) => unknown, string]>([
  [
    'Breakwater, unknown prop',
    (s) => new bw.Breakwater(s, 'X', { profil: 1 }),
    'S/X: props must be of identity, profile',
  ],
  ['Breakwater, null', (s) => new bw.Breakwater(s, 'X', null), 'S/X: props must be an object, got null'],
  [
    'addModule without props',
    (s) => new bw.Breakwater(s, 'X').addModule('M'),
    'S/X/M: handler must be given, got nothing',
  ],
  [
    'addOperations',
    (s) => new bw.Breakwater(s, 'X').addOperations('O', { email: 'x' }),
    'S/X/O: props must be of topic',
  ],
  [
    'DocumentStore, unknown prop',
    (s) => new bw.DocumentStore(s, 'X', { expires: 1 }),
    'S/X: props must be of storeName',
  ],
  ['DocumentStore, a text', (s) => new bw.DocumentStore(s, 'X', 'name'), "S/X: props must be an object, got 'name'"],
  [
    'DocumentStore, key',
    (s) => new bw.DocumentStore(s, 'X', { encryptionKey: 'alias/x' }),
    "encryptionKey must be an IKey, got 'alias/x'",
  ],
  [
    'DocumentStore, logs',
    (s) => new bw.DocumentStore(s, 'X', { accessLogsBucket: 'logs' }),
    "accessLogsBucket must be an IBucket, got 'logs'",
  ],
  [
    'fromBucket, a name',
    (s) => bw.DocumentStore.fromBucket(s, 'X', 'bucket'),
    "S/X: bucket must be an IBucket, got 'bucket'; use Bucket.fromBucketName()",
  ],
  [
    'fromUserPool, an id',
    () => bw.Identity.fromUserPool('us-east-1_x'),
    "userPool must be an IUserPool, got 'us-east-1_x'; use UserPool.fromUserPoolId()",
  ],
  [
    'ShardedTable, key',
    (s) => new bw.ShardedTable(s, 'X', { ...KEY, encryptionKey: 'x' }),
    "encryptionKey must be an IKey, got 'x'",
  ],
  [
    'ShardedTable, insights',
    (s) => new bw.ShardedTable(s, 'X', { ...KEY, contributorInsights: 'no' }),
    "contributorInsights must be true or false, got 'no'",
  ],
  [
    "ShardedTable, an index in the CDK's older form",
    (s) =>
      new bw.ShardedTable(s, 'X', {
        ...KEY,
        globalSecondaryIndexes: [{ indexName: 'byX', partitionKey: KEY.partitionKey }],
      }),
    'globalSecondaryIndexes[0].partitionKeys must list the partition key, got an index of indexName, partitionKey',
  ],
  [
    'AliasedFunction, unknown prop',
    (s) => new bw.AliasedFunction(s, 'X', { handler: HANDLER, runtime: 1 }),
    'S/X: props must be of handler',
  ],
  [
    'AliasedFunction, tracing',
    (s) => new bw.AliasedFunction(s, 'X', { handler: HANDLER, tracing: 'no' }),
    "tracing must be true or false, got 'no'",
  ],
  [
    'AliasedFunction, vpc',
    (s) => new bw.AliasedFunction(s, 'X', { handler: HANDLER, vpc: 'vpc-1' }),
    "vpc must be an IVpc, got 'vpc-1'",
  ],
  [
    'environment, a number',
    (s) => new bw.QueueWorker(s, 'X', { handler: HANDLER, environment: { A: 5 } }),
    "environment 'A' must be a text, got 5",
  ],
  [
    'environment, a text',
    (s) => new bw.QueueWorker(s, 'X', { handler: HANDLER, environment: 'A=5' }),
    "environment must map names to texts, got 'A=5'",
  ],
  [
    'Scaling.provisioned()',
    () => bw.Scaling.provisioned(),
    'Scaling.provisioned: props must be an object, got undefined',
  ],
  [
    'Scaling.provisioned, unknown',
    () => bw.Scaling.provisioned({ min: 1, max: 2, target: 0.5 }),
    'props must be of min, max, got target',
  ],
  ['Caching.shared, seconds', () => bw.Caching.shared(300), 'Caching.shared: ttl must be a Duration, got 300'],
  ['Access.service()', () => bw.Access.service(), 'Access.service: name must be a lower-case letter'],
  [
    'Access.anyOf, texts',
    () => bw.Access.anyOf('person'),
    "Access.anyOf: must be given Access.PERSON, Access.service() or Access.ANYONE, got 'person'",
  ],
  ['DataClass.of()', () => bw.DataClass.of(), 'DataClass.of: className must be 1 to 40 lower-case letters'],
  ['DataClass.of, capitals', () => bw.DataClass.of('Health'), "got 'Health'"],
  [
    'Keyring, unknown prop',
    (s) => new bw.Keyring(s, 'X', { rotate: true }),
    'S/X: props must be of profile, got rotate',
  ],
  [
    'keyFor, a name',
    (s) => bw.Keyring.of(s).keyFor('personal'),
    "dataClass must be a DataClass, got 'personal'; use DataClass.PERSONAL",
  ],
  ...['Keyring', 'Quarantine', 'FloorController', 'Relay'].flatMap((part) =>
    ['sandbox', null].map((profile): [string, (stack: Stack) => unknown, string] => [
      `${part}.of with the profile ${profile}, of a part that exists`,
      (s) => {
        bw[part].of(s);
        bw[part].of(s, profile);
      },
      `S: profile must be a DeploymentProfile, got ${profile === null ? 'null' : "'sandbox'"}; use`,
    ]),
  ),
  [
    'LogRetention, a text',
    () => new bw.LogRetention('ONE_WEEK'),
    "LogRetention: retention must be one of RetentionDays, got 'ONE_WEEK'",
  ],
  ['LogRetention, other days', () => new bw.LogRetention(8), 'retention must be one of RetentionDays, got 8'],
  ['LogRetention()', () => new bw.LogRetention(), 'retention must be one of RetentionDays, got undefined'],
  [
    'CustomerKey, a name',
    () => new bw.CustomerKey('alias/x'),
    "CustomerKey: key must be an IKey, got 'alias/x'; use Key.fromKeyArn()",
  ],
  ['CustomerKey, null', () => new bw.CustomerKey(null), 'CustomerKey: key must be an IKey, got null'],
  [
    'addEnvironment, a number',
    (s) => new bw.AliasedFunction(s, 'X', { handler: HANDLER }).addEnvironment('A', 5),
    "S/X: environment 'A' must be a text, got 5",
  ],
  [
    'addEnvironment()',
    (s) => new bw.AliasedFunction(s, 'X', { handler: HANDLER }).addEnvironment(),
    'S/X: name must be a text, got undefined',
  ],
  [
    'addEnvironment without a value',
    (s) => new bw.QueueWorker(s, 'X', { handler: HANDLER }).addEnvironment('A'),
    "environment 'A' must be a text, got undefined",
  ],
  ...[5, null, 'http://id.example.com'].map((url): [string, (stack: Stack) => unknown, string] => [
    `fromUserPool, the sign-in address ${url}`,
    (s) => bw.Identity.fromUserPool(UserPool.fromUserPoolId(s, 'P', 'us-east-1_x'), url),
    `Identity.fromUserPool: signInUrl must be an https address without a path, got ${typeof url === 'string' ? `'${url}'` : url}`,
  ]),
  ...['parameters', 'query', 'contentType'].map((option): [string, (stack: Stack) => unknown, string] => [
    `Route, ${option} null`,
    () => bw.Route.post('/x', { access: bw.Access.ANYONE, [option]: null }),
    `Route POST /x: ${option} must ${option === 'contentType' ? 'be a text' : 'map names to forms'}, such as`,
  ]),
  ['keyFor()', (s) => bw.Keyring.of(s).keyFor(), 'dataClass must be a DataClass, got nothing'],
  [
    'Handler.fromCode, null',
    () => bw.Handler.fromCode(Code.fromInline('1'), 'index.handler', null),
    'Handler.fromCode: props must be an object, got null',
  ],
  [
    'HandlerBundle, a flag',
    () => bw.HandlerBundle.fromDirectory('lambdas/shop', { lightSdk: 'no' }),
    "lightSdk must be true or false, got 'no'",
  ],
  [
    'edge.addModule, a name',
    (s) => new bw.EdgeDistribution(s, 'X').addModule('Search'),
    "S/X: module must be a MicroModule, got 'Search'",
  ],
  [
    'edge.addModule()',
    (s) => new bw.EdgeDistribution(s, 'X').addModule(),
    'S/X: module must be a MicroModule, got nothing',
  ],
  [
    'Operations, minutes',
    (s) => new bw.Operations(s, 'X', { maxMessageAge: 15 }),
    'maxMessageAge must be a Duration, got 15',
  ],
  ['operations.addModule()', (s) => new bw.Operations(s, 'X').addModule(), 'module must be a MicroModule, got nothing'],
  [
    'operations.addWorker, a name',
    (s) => new bw.Operations(s, 'X').addWorker('W'),
    "worker must be a QueueWorker, got 'W'",
  ],
  ['operations.addTable()', (s) => new bw.Operations(s, 'X').addTable(), 'table must be an IShardedTable, got null'],
  ['operations.addEdge()', (s) => new bw.Operations(s, 'X').addEdge(), 'edge must be an EdgeDistribution, got nothing'],
  [
    'operations.addPredictiveScaling, null',
    (s) => new bw.Operations(s, 'X').addPredictiveScaling(null),
    'scaling must be a PredictiveScaling, got null',
  ],
  [
    'addSignIn without options',
    (s) => new bw.UserPoolIdentity(s, 'X').addSignIn('Page'),
    "S/X: sign-in 'Page': props must be an object, got undefined",
  ],
  [
    'addSignIn without addresses',
    (s) => new bw.UserPoolIdentity(s, 'X').addSignIn('Page', {}),
    'S/X: callbackUrls must be given, got nothing',
  ],
  [
    'addSignIn, one address',
    (s) => new bw.UserPoolIdentity(s, 'X').addSignIn('Page', { callbackUrls: 'https://a.example.com' }),
    "sign-in 'Page'.callbackUrls must be a list, got 'https://a.example.com'",
  ],
  [
    'addSignIn, a number',
    (s) => new bw.UserPoolIdentity(s, 'X').addSignIn('Page', { callbackUrls: [5] }),
    "sign-in 'Page'.callbackUrls[0] must be a text, got 5",
  ],
  [
    'addSignIn, unknown option',
    (s) => new bw.UserPoolIdentity(s, 'X').addSignIn('Page', { callbackUrls: ['https://a.example.com'], logout: [] }),
    'props must be of callbackUrls, logoutUrls, scope, got logout',
  ],
  [
    'addSignIn, scope',
    (s) => new bw.UserPoolIdentity(s, 'X').addSignIn('Page', { callbackUrls: ['https://a.example.com'], scope: 'S' }),
    "sign-in 'Page'.scope must be a Construct, got 'S'",
  ],
  [
    'addSignIn of an issuer',
    (s) =>
      new bw.OidcIdentity(s, 'X', { issuer: 'https://id.example.com', audience: 'shop', clientId: 'page' }).addSignIn(
        'Page',
        { callbackUrls: 'https://a.example.com' },
      ),
    "sign-in 'Page'.callbackUrls must be a list",
  ],
  [
    'addService of an issuer',
    (s) => new bw.OidcIdentity(s, 'X', { issuer: 'https://id.example.com', audience: 'shop' }).addService(5),
    'S/X: service must be a text, got 5',
  ],
  ['addDocuments, null', (s) => new bw.Breakwater(s, 'X').addDocuments('D', null), 'S/X/D: props must be an object'],
  ['addDocuments, a list', (s) => new bw.Breakwater(s, 'X').addDocuments('D', []), 'S/X/D: props must be an object'],
  ['addOperations, a number', (s) => new bw.Breakwater(s, 'X').addOperations('O', 5), 'S/X/O: props must be an object'],
  [
    'addWorker, profile null',
    (s) => new bw.Breakwater(s, 'X').addWorker('W', { handler: HANDLER, profile: null }),
    'S/X/W: profile must be a DeploymentProfile, got null',
  ],
  ['oneOf(undefined)', () => bw.ParameterForm.oneOf(undefined), 'ParameterForm.oneOf: must be values of letters'],
  ['ManagedRuleGroup, a number', () => bw.ManagedRuleGroup.of(5, 5), 'ManagedRuleGroup.of: groupName must be'],
  ['metricHeld, a number', (s) => bw.Quarantine.of(s).metricHeld(5), 'targetName must be a text, got 5'],
])('from JavaScript: %s', (_, make, message) => {
  const stack = new Stack(new App(), 'S');
  expect(() => make(stack)).toThrow(
    expect.objectContaining({ name: 'BreakwaterError', message: expect.stringContaining(message) }),
  );
});

/** In a subclass's constructor, all props go to the library's class. */
test.each<[string, object]>([
  ['AliasedFunction', { handler: HANDLER }],
  ['Breakwater', {}],
  ['DocumentStore', {}],
  ['EdgeDistribution', {}],
  ['Keyring', {}],
  ['MicroModule', { handler: HANDLER, routes: [bw.Route.get('/x', { access: bw.Access.ANYONE })] }],
  ['OidcIdentity', { issuer: 'https://id.example.com', audience: 'shop' }],
  ['Operations', {}],
  ['QueueWorker', { handler: HANDLER }],
  ['ShardedTable', KEY],
  ['UserPoolIdentity', {}],
])('a subclass of %s may have props of its own', (name, props) => {
  const Base = bw[name] as new (...given: unknown[]) => object;
  class Own extends Base {}
  const stack = new Stack(new App(), 'S');
  expect(() => new Own(stack, 'X', { ...props, team: 'search' })).not.toThrow();
  expect(() => new Base(stack, 'Y', { ...props, team: 'search' })).toThrow('got team');
});
