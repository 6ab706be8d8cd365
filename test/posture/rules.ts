import { statementsOf } from './statements';
import { type CfnTemplate, plain, referred, resourcesOf, withoutHash } from './template';

/** Actions that AWS defines without resources, or that AWS's own guides grant on all: each may stand on `*`. */
const WITHOUT_RESOURCES = new Set([
  'application-autoscaling:DescribeScalableTargets',
  'application-autoscaling:DescribeScalingPolicies',
  'application-autoscaling:DescribeScheduledActions',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'cloudwatch:PutMetricData',
  'dynamodb:ListStreams',
  'lambda:GetAccountSettings',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
]);
/** Services that may assume a role of the shop, with whether AWS lets them be confused by another account. */
const TRUSTED: Readonly<Record<string, 'no condition' | 'condition'>> = {
  'lambda.amazonaws.com': 'no condition',
  'scheduler.amazonaws.com': 'condition',
};

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** Roles may be assumed by known services only, with the conditions that these need. */
export function trustFindings(template: CfnTemplate): string[] {
  return statementsOf(template)
    .filter(({ type, property }) => type === 'AWS::IAM::Role' && property === 'AssumeRolePolicyDocument')
    .flatMap(({ resource, statement }) => {
      const where = withoutHash(resource);
      const { Effect, Action, Principal, Condition, ...others } = statement;
      const { Service, ...otherPrincipals } = (
        typeof Principal === 'object' ? Principal : { all: Principal }
      ) as Record<string, unknown>;
      const services = list(Service).map(plain);
      return [
        ...(Effect === 'Allow' && plain(Action) === 'sts:AssumeRole' ? [] : [`${where}: ${Effect} ${plain(Action)}`]),
        ...Object.entries(otherPrincipals).map(([kind, who]) => `${where} trusts ${kind} ${plain(who)}`),
        ...Object.keys(others).map((field) => `${where} has ${field} in its trust`),
        ...(services.length === 0 ? [`${where} trusts no service`] : []),
        ...services.flatMap((service) => {
          if (TRUSTED[service] === undefined) return [`${where} trusts ${service}`];
          const isBound = plain(Condition).includes('aws:SourceAccount');
          return TRUSTED[service] === 'condition' && !isBound ? [`${where} trusts ${service} of any account`] : [];
        }),
      ];
    });
}

/** Rights of roles name their actions and, where AWS defines resources, their resources. */
export function wideRightFindings(template: CfnTemplate): string[] {
  const ofRoles = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Role'];
  return statementsOf(template)
    .filter(({ type, property }) => ofRoles.includes(type) && property !== 'AssumeRolePolicyDocument')
    .flatMap(({ resource, statement }) => {
      const where = withoutHash(resource);
      const actions = list(statement['Action']).map(plain);
      const onAll = list(statement['Resource']).map(plain).includes('*') && !isThroughScaling(statement);
      const wide = onAll ? actions.filter((action) => !WITHOUT_RESOURCES.has(action)) : [];
      return [
        ...(statement['NotAction'] === undefined ? [] : [`${where} allows all but some actions`]),
        ...(statement['NotResource'] === undefined ? [] : [`${where} allows all but some resources`]),
        ...actions.filter((action) => action.includes('*')).map((action) => `${where} allows ${action}`),
        ...wide.map((action) => `${where} allows ${action} on *`),
      ];
    });
}

/** Application Auto Scaling checks a caller's rights without naming a resource, so these rights can't name one either. */
function isThroughScaling({ Condition }: Readonly<Record<string, unknown>>): boolean {
  const only = { StringEquals: { 'aws:CalledViaLast': 'application-autoscaling.amazonaws.com' } };
  return JSON.stringify(Condition) === JSON.stringify(only);
}

/** Policies of resources let in nobody outside the account, and nobody at all without naming them. */
export function openResourceFindings(template: CfnTemplate): string[] {
  return statementsOf(template)
    .filter(({ statement }) => statement['Effect'] === 'Allow')
    .filter(({ property }) => property !== 'AssumeRolePolicyDocument')
    .flatMap(({ resource, type, statement }) => {
      const principal = statement['Principal'];
      const names =
        typeof principal === 'object' && principal !== null ? Object.values(principal).flatMap(list) : list(principal);
      const open = names.map(plain).some((name) => name === '*');
      const foreign = names.map(plain).filter((name) => /\b\d{12}\b/.test(name));
      const isBound = /aws:SourceAccount|kms:ViaService|kms:CallerAccount|aws:PrincipalArn/.test(
        plain(statement['Condition']),
      );
      return [
        ...(open && !isBound ? [`${withoutHash(resource)} (${type}) is open to everybody`] : []),
        ...(statement['NotPrincipal'] === undefined ? [] : [`${withoutHash(resource)} allows all but some principals`]),
        ...foreign.map((name) => `${withoutHash(resource)} lets in ${name}`),
      ];
    });
}

/** Only this distribution may call a function, through its URL and its alias. */
export function permissionFindings(template: CfnTemplate): string[] {
  const distributions = resourcesOf(template, 'AWS::CloudFront::Distribution').map(([id]) => id);
  const aliases = resourcesOf(template, 'AWS::Lambda::Alias').map(([id]) => id);
  const permissions = resourcesOf(template, 'AWS::Lambda::Permission').flatMap(([id, { Properties = {} }]) => {
    const { Action, FunctionName, FunctionUrlAuthType, InvokedViaFunctionUrl, Principal, SourceArn } = Properties;
    const parts = (SourceArn as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join']?.[1] ?? [];
    const [before, last] = [plain({ 'Fn::Join': ['', parts.slice(0, -1)] }), referred(parts.at(-1))];
    const limited =
      Action === 'lambda:InvokeFunctionUrl' ? FunctionUrlAuthType === 'AWS_IAM' : InvokedViaFunctionUrl === true;
    const expected: Record<string, boolean> = {
      'must be for an alias': aliases.includes(referred(FunctionName) ?? ''),
      'must be for cloudfront.amazonaws.com': Principal === 'cloudfront.amazonaws.com',
      'must be for InvokeFunctionUrl or InvokeFunction': /^lambda:InvokeFunction(Url)?$/.test(String(Action)),
      'must be limited to calls of the URL': limited,
      'must name this distribution':
        before.replace(/\$\{AWS::(Partition|AccountId)\}/g, '$1') ===
          'arn:Partition:cloudfront::AccountId:distribution/' && distributions.includes(last ?? ''),
    };
    return Object.entries(expected).flatMap(([rule, holds]) => (holds ? [] : [`${withoutHash(id)} ${rule}`]));
  });
  const urls = resourcesOf(template, 'AWS::Lambda::Url').flatMap(([id, { Properties = {} }]) => [
    ...(Properties['AuthType'] === 'AWS_IAM' ? [] : [`${withoutHash(id)} must ask for IAM`]),
    ...(Properties['Cors'] === undefined ? [] : [`${withoutHash(id)} must not set CORS`]),
    ...(Properties['Qualifier'] === 'live' ? [] : [`${withoutHash(id)} must be of the alias`]),
  ]);
  return [...permissions, ...urls];
}

interface Behavior {
  readonly PathPattern?: string;
  readonly ViewerProtocolPolicy: string;
  readonly FunctionAssociations?: readonly { readonly EventType: string; readonly FunctionARN: unknown }[];
  readonly ResponseHeadersPolicyId?: unknown;
}

/** Each behaviour of the edge has the viewer function, HTTPS and the security headers. */
export function edgeFindings(template: CfnTemplate): string[] {
  const functions = resourcesOf(template, 'AWS::CloudFront::Function').map(([id]) => id);
  return resourcesOf(template, 'AWS::CloudFront::Distribution').flatMap(([, { Properties = {} }]) => {
    const config = Properties['DistributionConfig'] as {
      DefaultCacheBehavior: Behavior;
      CacheBehaviors?: Behavior[];
      WebACLId?: unknown;
    };
    const behaviors = [config.DefaultCacheBehavior, ...(config.CacheBehaviors ?? [])];
    return [
      ...(referred(config.WebACLId) === undefined ? ['the distribution must have a web ACL'] : []),
      ...behaviors.flatMap(({ PathPattern: path = 'default', ...behavior }) => {
        const [viewer, ...others] = behavior.FunctionAssociations ?? [];
        const isOurs = viewer?.EventType === 'viewer-request' && functions.includes(referred(viewer.FunctionARN) ?? '');
        return [
          ...(isOurs && others.length === 0 ? [] : [`${path} must have the viewer function, and only that`]),
          ...(/^(https-only|redirect-to-https)$/.test(behavior.ViewerProtocolPolicy) ? [] : [`${path} must be HTTPS`]),
          ...(referred(behavior.ResponseHeadersPolicyId) === undefined ? [`${path} must have security headers`] : []),
        ];
      }),
    ];
  });
}

/** Forms of known keys and tokens, and texts that look random. */
const SECRETS =
  /\bA(KI|SI)A[0-9A-Z]{16}\b|\b[sr]k_(live|test)_|\bwhsec_|\bgh[pousr]_|\bxox[abprs]-|-----BEGIN|\beyJ[\w-]+\.eyJ|\/\/[^/\s:]+:[^/\s@]+@/;
const SECRET_NAME = /secret|passw|private|credential|api_?key|token$/i;

/** No environment, header or output holds a secret: names, addresses and declarations only. */
export function secretFindings(template: CfnTemplate): string[] {
  const environments = resourcesOf(template, 'AWS::Lambda::Function').flatMap(([id, { Properties = {} }]) =>
    Object.entries(
      (Properties['Environment'] as { Variables?: Record<string, unknown> } | undefined)?.Variables ?? {},
    ).map(([name, value]) => ({ where: `${withoutHash(id)} ${name}`, name, value })),
  );
  const outputs = Object.entries(template.Outputs ?? {}).map(([name, { Value: value }]) => ({
    where: name,
    name,
    value,
  }));
  const headers = resourcesOf(template, 'AWS::CloudFront::Distribution').flatMap(([id, { Properties }]) =>
    [...JSON.stringify(Properties).matchAll(/"HeaderName":"([^"]+)","HeaderValue":"([^"]+)"/g)].map(
      ([, name = '', value]) => ({
        where: `${withoutHash(id)} ${name}`,
        name,
        value,
      }),
    ),
  );
  return [...environments, ...outputs, ...headers].flatMap(({ where, name, value }) => {
    const text = literalsOf(value);
    return SECRET_NAME.test(name) || SECRETS.test(text) || looksRandom(text) ? [`${where} looks like a secret`] : [];
  });
}

/** The texts of a value that stand in the template, without references. */
function literalsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const { 'Fn::Join': join } = value as { 'Fn::Join'?: [string, unknown[]] };
  return (join?.[1] ?? []).map((part) => (typeof part === 'string' ? part : ' ')).join('');
}

/** A word of 20 characters or more that mixes letters and digits as keys do, and as names and paths don't. */
function looksRandom(text: string): boolean {
  return text.split(/[^A-Za-z0-9+/=]+/).some((word) => {
    if (word.length < 20 || /^[a-z/]+$/i.test(word)) return false;
    const changes = [...word].filter((char, i) => i > 0 && kindOf(char) !== kindOf(word.charAt(i - 1))).length;
    return changes / word.length > 0.25;
  });
}

function kindOf(char: string): string {
  if (/\d/.test(char)) return 'digit';
  return /[a-z]/.test(char) ? 'lower' : 'upper';
}

/** Requests and messages go to the alias, and the alias to a published version: a release can then be taken back. */
export function aliasFindings(template: CfnTemplate): string[] {
  const aliases = resourcesOf(template, 'AWS::Lambda::Alias');
  const versions = resourcesOf(template, 'AWS::Lambda::Version').map(([id]) => id);
  /** `<function>:live`, with the function's name taken from the alias's ARN. */
  const isAlias = (value: unknown) =>
    aliases.some(([id]) => JSON.stringify(value).includes(`"${id}"`)) && plain(value).endsWith(':live');
  return [
    ...aliases.flatMap(([id, { Properties = {} }]) =>
      versions.includes(referred(Properties['FunctionVersion']) ?? '')
        ? []
        : [`${withoutHash(id)} must name a version`],
    ),
    ...resourcesOf(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties = {} }]) => [
      ...(isAlias(Properties['FunctionName']) ? [] : [`${withoutHash(id)} must call an alias`]),
      ...(Properties['Enabled'] === false ? [`${withoutHash(id)} must be on`] : []),
    ]),
  ];
}

/** Everything that the rules find wrong. A good template has none of it. */
export function findingsOf(template: CfnTemplate): string[] {
  return [
    ...trustFindings(template),
    ...wideRightFindings(template),
    ...openResourceFindings(template),
    ...permissionFindings(template),
    ...edgeFindings(template),
    ...secretFindings(template),
    ...aliasFindings(template),
  ];
}
