import { findingsOf } from './rules';
import { propertyNamesOf, settingsOf } from './settings';
import { rightsOf } from './statements';
import { type CfnTemplate, type Resource, resourcesOf, shopTemplate } from './template';

/**
 * Breaks the template on purpose, once in each way. Each mutant must change a snapshot of the posture tests, and those
 * that no snapshot is needed for must be found by a rule.
 */
const template = shopTemplate();
const posture = (of: CfnTemplate) => JSON.stringify([rightsOf(of), propertyNamesOf(of), settingsOf(of)]);
const before = posture(template);

type Mutate = (mutant: CfnTemplate) => void;
// biome-ignore lint/suspicious/noExplicitAny: mutants reach into any property of a template
type Loose = any;

/** Properties of the first resource of a type whose id fits. */
function of(mutant: CfnTemplate, type: string, id = /./): Loose {
  const found = resourcesOf(mutant, type).find(([name]) => id.test(name));
  if (found === undefined) throw new Error(`the template must have a ${type} ${id}, got none`);
  found[1].Properties ??= {};
  return found[1].Properties;
}

function add(mutant: CfnTemplate, id: string, resource: Resource): void {
  mutant.Resources[id] = resource;
}

const statement = (mutant: CfnTemplate, type: string, id = /./): Loose => {
  const { PolicyDocument, KeyPolicy, AssumeRolePolicyDocument } = of(mutant, type, id);
  return (PolicyDocument ?? KeyPolicy ?? AssumeRolePolicyDocument).Statement;
};
const allow = (Action: string, Resource: unknown = '*', more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const config = (mutant: CfnTemplate): Loose => of(mutant, 'AWS::CloudFront::Distribution').DistributionConfig;
const behaviors = (mutant: CfnTemplate): Loose[] => [
  config(mutant).DefaultCacheBehavior,
  ...config(mutant).CacheBehaviors,
];
const variables = (mutant: CfnTemplate): Loose => of(mutant, 'AWS::Lambda::Function', /Checkout/).Environment.Variables;
const rules = (mutant: CfnTemplate): Loose[] => of(mutant, 'AWS::WAFv2::WebACL').Rules;
const trust = (mutant: CfnTemplate): Loose => statement(mutant, 'AWS::IAM::Role', /Checkout.*Role/)[0];

/** Mutants that a rule must find, whatever the snapshots say. */
const FOUND_BY_RULES: Record<string, Mutate> = {
  'a role that everybody may assume': (m) => {
    trust(m).Principal = { AWS: '*' };
  },
  'a role for another account': (m) => {
    trust(m).Principal = { AWS: 'arn:aws:iam::111122223333:root' };
  },
  'a role for a service of any customer, beside its own': (m) => {
    trust(m).Principal.Service = ['lambda.amazonaws.com', 'ec2.amazonaws.com'];
  },
  'a role for GitHub without a condition': (m) => {
    const Federated = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com';
    add(m, 'Deployer', {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: document({
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated },
        }),
      },
    });
  },
  'a trust without its source account': (m) => {
    delete statement(m, 'AWS::IAM::Role', /ScheduleRole/)[0].Condition;
  },
  'a trust of all but one': (m) => {
    delete trust(m).Principal;
    trust(m).NotPrincipal = { AWS: 'arn:aws:iam::111122223333:user/mallory' };
  },
  'iam:PassRole on * beside X-Ray': (m) => {
    const xray = statement(m, 'AWS::IAM::Policy', /Checkout/).find(({ Resource }: Loose) => Resource === '*');
    xray.Action = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'iam:PassRole'];
  },
  'a wildcard action': (m) => {
    statement(m, 'AWS::IAM::Policy', /Checkout/).push(allow('dynamodb:*', { 'Fn::GetAtt': ['T', 'Arn'] }));
  },
  'all actions but some': (m) => {
    statement(m, 'AWS::IAM::Policy', /Checkout/).push({
      Effect: 'Allow',
      NotAction: 'iam:*',
      Resource: 'arn:aws:s3:::x',
    });
  },
  'all resources but some': (m) => {
    statement(m, 'AWS::IAM::Policy', /Checkout/).push({
      Effect: 'Allow',
      Action: 's3:GetObject',
      NotResource: 'arn:x',
    });
  },
  'an inline policy of a role': (m) => {
    of(m, 'AWS::IAM::Role', /Checkout/).Policies = [
      { PolicyName: 'Extra', PolicyDocument: document(allow('s3:GetObject')) },
    ];
  },
  'a permission for any distribution': (m) => {
    const [, parts] = of(m, 'AWS::Lambda::Permission').SourceArn['Fn::Join'];
    parts[parts.length - 1] = '*';
  },
  'a permission for a distribution elsewhere': (m) => {
    of(m, 'AWS::Lambda::Permission').SourceArn = 'arn:aws:cloudfront::111122223333:distribution/E123';
  },
  'a permission without a source': (m) => {
    delete of(m, 'AWS::Lambda::Permission').SourceArn;
  },
  'a permission on the function instead of its alias': (m) => {
    of(m, 'AWS::Lambda::Permission').FunctionName = { Ref: resourcesOf(m, 'AWS::Lambda::Function')[0]?.[0] };
  },
  'a permission that opens direct calls': (m) => {
    delete of(m, 'AWS::Lambda::Permission', /Invoke(?!Url)/).InvokedViaFunctionUrl;
  },
  'a permission for everybody': (m) => {
    of(m, 'AWS::Lambda::Permission').Principal = '*';
  },
  'a function URL without IAM': (m) => {
    of(m, 'AWS::Lambda::Url').AuthType = 'NONE';
  },
  'a function URL with CORS for all': (m) => {
    of(m, 'AWS::Lambda::Url').Cors = { AllowOrigins: ['*'] };
  },
  'a bucket that everybody may read': (m) => {
    statement(m, 'AWS::S3::BucketPolicy', /Invoice/).push(allow('s3:GetObject', '*', { Principal: '*' }));
  },
  'a queue that everybody may send to': (m) => {
    statement(m, 'AWS::SQS::QueuePolicy').push(allow('sqs:SendMessage', '*', { Principal: { AWS: '*' } }));
  },
  'a key for another account': (m) => {
    const Principal = { AWS: 'arn:aws:iam::111122223333:root' };
    statement(m, 'AWS::KMS::Key').push(allow('kms:Decrypt', '*', { Principal }));
  },
  'a table with a policy for everybody': (m) => {
    of(m, 'AWS::DynamoDB::Table').ResourcePolicy = {
      PolicyDocument: document(allow('dynamodb:GetItem', '*', { Principal: '*' })),
    };
  },
  'no viewer function anywhere': (m) => {
    for (const behavior of behaviors(m)) delete behavior.FunctionAssociations;
  },
  'no viewer function on one behaviour': (m) => {
    behaviors(m)[1].FunctionAssociations = [];
  },
  'the viewer function at the response': (m) => {
    for (const behavior of behaviors(m)) behavior.FunctionAssociations[0].EventType = 'viewer-response';
  },
  'plain HTTP': (m) => {
    behaviors(m)[1].ViewerProtocolPolicy = 'allow-all';
  },
  'no security headers': (m) => {
    delete behaviors(m)[0].ResponseHeadersPolicyId;
  },
  'no web ACL': (m) => {
    delete config(m).WebACLId;
  },
  'a mapping that is switched off': (m) => {
    of(m, 'AWS::Lambda::EventSourceMapping').Enabled = false;
  },
  'a mapping on $LATEST': (m) => {
    of(m, 'AWS::Lambda::EventSourceMapping').FunctionName = { Ref: resourcesOf(m, 'AWS::Lambda::Function')[0]?.[0] };
  },
  'an alias on $LATEST': (m) => {
    of(m, 'AWS::Lambda::Alias').FunctionVersion = '$LATEST';
  },
  'a live key under a plain name': (m) => {
    variables(m)['PARTNER'] = ['sk', 'live', '51HxQ2eKZvKYlo2C'].join('_');
  },
  'an access key under a plain name': (m) => {
    variables(m)['REGION_HINT'] = `AKIA${'IOSFODNN7EXAMPLE'}`;
  },
  'random text under a plain name': (m) => {
    variables(m)['OPTIONS'] = 'q7Zt4Kp9Xw2Lm8Vb3Nc6';
  },
  'a password in an address': (m) => {
    variables(m)['PARTNER_URL'] = 'https://user:hunter2@partner.example';
  },
  'a secret by name': (m) => {
    variables(m)['DB_PASSWORD'] = 'x';
  },
  'a secret in an output': (m) => {
    m.Outputs = { ...m.Outputs, Hint: { Value: `AKIA${'IOSFODNN7EXAMPLE'}` } };
  },
};

/** Mutants that a changed snapshot must show. */
const SHOWN_BY_SNAPSHOTS: Record<string, Mutate> = {
  'a managed policy of a role': (m) => {
    of(m, 'AWS::IAM::Role', /Checkout/).ManagedPolicyArns = ['arn:aws:iam::aws:policy/AdministratorAccess'];
  },
  'a policy attached to another role too': (m) => {
    of(m, 'AWS::IAM::Policy', /Checkout/).Roles.push({ Ref: 'ShopSearchFunctionRole3CA5DEC7' });
  },
  "a function that runs as another function's role": (m) => {
    of(m, 'AWS::Lambda::Function', /Search/).Role = of(m, 'AWS::Lambda::Function', /Payments/).Role;
  },
  'one more action in a grant': (m) => {
    const [first] = statement(m, 'AWS::IAM::Policy', /Search/).filter(({ Action }: Loose) => Array.isArray(Action));
    first.Action.push('dynamodb:DeleteTable');
  },
  'a condition dropped from a grant': (m) => {
    delete statement(m, 'AWS::IAM::Policy', /Checkout/).find(({ Condition }: Loose) => Condition).Condition;
  },
  'TLS not asked of a queue': (m) => {
    const all = statement(m, 'AWS::SQS::QueuePolicy');
    all.splice(
      all.findIndex(({ Action }: Loose) => Action === 'sqs:*'),
      1,
    );
  },
  'TLS asked of a bucket and not of its objects': (m) => {
    const deny = statement(m, 'AWS::S3::BucketPolicy').find(({ Effect }: Loose) => Effect === 'Deny');
    deny.Resource = deny.Resource[0];
  },
  'a further sender of a queue': (m) => {
    const deny = statement(m, 'AWS::SQS::QueuePolicy', /PaymentsQueue/).find(
      ({ Action }: Loose) => Action === 'sqs:SendMessage',
    );
    deny.Condition = { Null: { 'aws:PrincipalArn': 'false' } };
  },
  'a resource policy of a function': (m) => {
    add(m, 'Open', {
      Type: 'AWS::Lambda::ResourcePolicy',
      Properties: { Policy: document(allow('lambda:GetFunction')) },
    });
  },
  'a topic policy': (m) => {
    add(m, 'Open', { Type: 'AWS::SNS::TopicPolicy', Properties: { PolicyDocument: document(allow('sns:Publish')) } });
  },
  'a table without encryption': (m) => {
    delete of(m, 'AWS::DynamoDB::Table').SSESpecification;
  },
  "a table under another class's key": (m) => {
    const spec = of(m, 'AWS::DynamoDB::Table', /Orders/).SSESpecification;
    spec.KMSMasterKeyId = of(m, 'AWS::DynamoDB::Table', /Catalogue/).SSESpecification.KMSMasterKeyId;
  },
  'a recovery period of one day': (m) => {
    of(m, 'AWS::DynamoDB::Table').PointInTimeRecoverySpecification.RecoveryPeriodInDays = 1;
  },
  'a table that may be deleted': (m) => {
    of(m, 'AWS::DynamoDB::Table').DeletionProtectionEnabled = false;
  },
  'a table that goes with the stack': (m) => {
    const [[, table] = []] = resourcesOf(m, 'AWS::DynamoDB::Table');
    if (table) table['DeletionPolicy'] = 'Delete';
  },
  'a queue without encryption': (m) => {
    delete of(m, 'AWS::SQS::Queue').KmsMasterKeyId;
  },
  'a queue that gives up at once': (m) => {
    of(m, 'AWS::SQS::Queue', /Payments(?!Dead)/).RedrivePolicy.maxReceiveCount = 1;
  },
  'a bucket with a public list': (m) => {
    of(m, 'AWS::S3::Bucket').PublicAccessBlockConfiguration.BlockPublicAcls = false;
  },
  'a bucket without versions': (m) => {
    delete of(m, 'AWS::S3::Bucket', /Invoice/).VersioningConfiguration;
  },
  'documents that expire': (m) => {
    of(m, 'AWS::S3::Bucket', /Invoice/).LifecycleConfiguration.Rules.push({ Status: 'Enabled', ExpirationInDays: 1 });
  },
  'a key without rotation': (m) => {
    of(m, 'AWS::KMS::Key').EnableKeyRotation = false;
  },
  'logs without a key': (m) => {
    delete of(m, 'AWS::Logs::LogGroup').KmsKeyId;
  },
  'logs at DEBUG': (m) => {
    of(m, 'AWS::Lambda::Function').LoggingConfig.ApplicationLogLevel = 'DEBUG';
  },
  'a function on an old runtime': (m) => {
    of(m, 'AWS::Lambda::Function').Runtime = 'nodejs18.x';
  },
  'people who sign up by themselves': (m) => {
    of(m, 'AWS::Cognito::UserPool').AdminCreateUserConfig.AllowAdminCreateUserOnly = false;
  },
  'a short password': (m) => {
    of(m, 'AWS::Cognito::UserPool').Policies.PasswordPolicy.MinimumLength = 6;
  },
  'a client with the implicit flow': (m) => {
    of(m, 'AWS::Cognito::UserPoolClient').AllowedOAuthFlows.push('implicit');
  },
  'a client with a callback elsewhere': (m) => {
    of(m, 'AWS::Cognito::UserPoolClient', /SignIn/).CallbackURLs.push('https://evil.example');
  },
  'a rate limit of ten times as much': (m) => {
    rules(m)[0].Statement.RateBasedStatement.Limit = 20_000;
  },
  'a managed group that only counts': (m) => {
    rules(m)[1].OverrideAction = { Count: {} };
  },
  'a managed group of a pinned version': (m) => {
    rules(m)[3].Statement.ManagedRuleGroupStatement.Version = 'Version_1.0';
  },
  'a web ACL that allows by default': (m) => {
    of(m, 'AWS::WAFv2::WebACL').DefaultAction = { Allow: {} };
  },
  'a site rule without its methods': (m) => {
    const site = rules(m).find(({ Name }) => Name === 'site');
    site.Statement.AndStatement.Statements.shift();
  },
  'web ACL logs that keep the token': (m) => {
    of(m, 'AWS::WAFv2::LoggingConfiguration').RedactedFields = [];
  },
  'a cache key that ignores the query': (m) => {
    const policy = of(m, 'AWS::CloudFront::CachePolicy', /ShopEdgeCache/).CachePolicyConfig;
    policy.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig = { QueryStringBehavior: 'all' };
  },
  'a cache of a year': (m) => {
    of(m, 'AWS::CloudFront::CachePolicy').CachePolicyConfig.MinTTL = 31_536_000;
  },
  'orders that are cached': (m) => {
    const orders = config(m).CacheBehaviors.find(({ PathPattern }: Loose) => PathPattern === '/orders/*');
    orders.CachePolicyId = { Ref: resourcesOf(m, 'AWS::CloudFront::CachePolicy')[0]?.[0] };
  },
  'an origin that is called without a signature': (m) => {
    of(m, 'AWS::CloudFront::OriginAccessControl').OriginAccessControlConfig.SigningBehavior = 'never';
  },
  'a header that lets pages be framed': (m) => {
    const { SecurityHeadersConfig } = of(m, 'AWS::CloudFront::ResponseHeadersPolicy').ResponseHeadersPolicyConfig;
    delete SecurityHeadersConfig.FrameOptions;
  },
  'CORS on all answers': (m) => {
    of(m, 'AWS::CloudFront::ResponseHeadersPolicy').ResponseHeadersPolicyConfig.CorsConfig = {
      AccessControlAllowOrigins: { Items: ['*'] },
    };
  },
  'a map of shards without protection': (m) => {
    of(m, 'AWS::DynamoDB::Table', /MapTable/).DeletionProtectionEnabled = false;
  },
  'a further table in the map': (m) => {
    of(m, 'Custom::BreakwaterShardMap')['Shards'] = ['elsewhere'];
  },
  'a topic without a key': (m) => {
    delete of(m, 'AWS::SNS::Topic').KmsMasterKeyId;
  },
};

function mutated(mutate: Mutate): CfnTemplate {
  const mutant = structuredClone(template);
  mutate(mutant);
  if (JSON.stringify(mutant) === JSON.stringify(template)) throw new Error('the mutant is equal to the template');
  return mutant;
}

test.each(Object.entries(FOUND_BY_RULES))('a rule finds %s', (_, mutate) => {
  expect(findingsOf(mutated(mutate))).not.toEqual([]);
});

test.each(Object.entries(SHOWN_BY_SNAPSHOTS))('a snapshot shows %s', (_, mutate) => {
  expect(posture(mutated(mutate))).not.toBe(before);
});
