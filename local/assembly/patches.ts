import { Environment } from '../../lib/protocol';
import { completeServiceToken } from './service-token';
import {
  type Change,
  isList,
  isMap,
  pathOf,
  type Resource,
  type Template,
  type Value,
  type ValueMap,
} from './template';

/**
 * Actions to add to policies for batch calls. On AWS, the action of a single call also allows the
 * batch call. The emulator authorizes the batch call as a separate action.
 */
const BATCH_ACTIONS: Readonly<Record<string, string>> = {
  'sqs:SendMessage': 'sqs:SendMessageBatch',
  'sqs:DeleteMessage': 'sqs:DeleteMessageBatch',
  'sqs:ChangeMessageVisibility': 'sqs:ChangeMessageVisibilityBatch',
};
/**
 * Actions to add to policies for aliases. The emulator derives the action only from the end of the
 * request's path. So it checks a call for an alias as another action, and on the function
 * instead of the alias.
 */
const ALIAS_ACTIONS: Readonly<Record<string, string>> = {
  'lambda:GetAlias': 'lambda:ListAliases',
  'lambda:GetProvisionedConcurrencyConfig': 'lambda:GetFunction',
  'lambda:PutProvisionedConcurrencyConfig': 'lambda:UpdateFunctionCode',
};
const CUSTOM_RESOURCE = /^(Custom::.+|AWS::CloudFormation::CustomResource)$/;
const WITH_POLICIES = /^AWS::(IAM::(Policy|ManagedPolicy|Role|User|Group)|SQS::QueuePolicy)$/;

export interface PatchProps {
  /**
   * Local addresses of the distribution, without a trailing slash. Sign-in may redirect to them.
   */
  readonly edgeUrls: readonly string[];
  /**
   * Address of the fake of Application Auto Scaling.
   * @default - none: functions call the emulator, which lacks the service
   */
  readonly scalingUrl?: string;
}

/** Adapts a template to the emulator. Returns the new template and all changes. */
export function patchTemplate(
  template: Template,
  props: PatchProps,
): { readonly template: Template; readonly patched: Change[] } {
  const patched: Change[] = [];
  const resources = Object.entries(template.Resources).map(([logicalId, resource]): [string, Resource] => {
    const note = (what: string): void => {
      patched.push({ logicalId, path: pathOf(logicalId, resource), type: resource.Type, what });
    };
    let result = resource;
    if (WITH_POLICIES.test(resource.Type)) {
      result = addBatchActions(result, note);
      result = addAliasActions(result, template, note);
    }
    if (resource.Type === 'AWS::SQS::QueuePolicy') result = nameSessions(result, note);
    if (resource.Type === 'AWS::Scheduler::Schedule') result = dropPolicies(result, note);
    if (resource.Type === 'AWS::Cognito::UserPoolClient') result = addCallbacks(result, props.edgeUrls, note);
    if (resource.Type === 'AWS::CloudWatch::Alarm') result = detachAlarm(result, logicalId, note);
    if (CUSTOM_RESOURCE.test(resource.Type)) result = completeServiceToken(result, note);
    if (resource.Type === 'AWS::Lambda::Function') result = pointToFakeScaling(result, props.scalingUrl, note);
    return [logicalId, result];
  });
  return { template: { ...template, Resources: Object.fromEntries(resources) }, patched };
}

function addBatchActions(resource: Resource, note: (what: string) => void): Resource {
  const added = new Set<string>();
  const walk = (value: Value): Value => {
    if (isList(value)) return value.map(walk);
    if (!isMap(value)) return value;
    const entries = Object.entries(value).map(([name, inner]): [string, Value] => {
      if (name !== 'Action') return [name, walk(inner)];
      const actions = isList(inner) ? inner : [inner];
      const extra = actions.flatMap((action) => BATCH_ACTIONS[String(action)] ?? []);
      const missing = extra.filter((action) => !actions.includes(action));
      for (const action of missing) added.add(action);
      return [name, missing.length === 0 ? inner : [...actions, ...missing]];
    });
    return Object.fromEntries(entries);
  };
  const properties = resource.Properties === undefined ? undefined : (walk(resource.Properties) as ValueMap);
  if (added.size === 0) return resource;
  note(
    `${[...added].sort().join(' and ')} added, because the emulator authorizes a batch call as an action of its own`,
  );
  return { ...resource, Properties: properties };
}

function addAliasActions(resource: Resource, template: Template, note: (what: string) => void): Resource {
  const added = new Set<string>();
  const walk = (value: Value): Value => {
    if (isList(value)) return value.map(walk);
    if (!isMap(value)) return value;
    const { Action: action, Resource: on } = value;
    const actions = isList(action) ? action : [action ?? ''];
    const extra = actions.flatMap((one) => ALIAS_ACTIONS[String(one)] ?? []);
    if (extra.length === 0 || on === undefined) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
    }
    for (const one of extra) added.add(one);
    const resources = isList(on) ? on : [on];
    const functions = resources.flatMap((one) => functionOfAlias(one, template));
    return { ...value, Action: [...actions, ...extra], Resource: [...resources, ...functions] };
  };
  const properties = resource.Properties === undefined ? undefined : (walk(resource.Properties) as ValueMap);
  if (added.size === 0) return resource;
  note(`${[...added].sort().join(' and ')} added, because the emulator authorizes calls for an alias as these actions`);
  return { ...resource, Properties: properties };
}

/** ARN of an alias's function, given the `Ref` of the alias. */
function functionOfAlias(arn: Value, template: Template): Value[] {
  const alias = isMap(arn) ? template.Resources[String(arn['Ref'])] : undefined;
  if (alias?.Type !== 'AWS::Lambda::Alias') return [];
  const named = alias.Properties?.['FunctionName'];
  return isMap(named) && typeof named['Ref'] === 'string' ? [{ 'Fn::GetAtt': [named['Ref'], 'Arn'] }] : [];
}

/**
 * On AWS, `aws:PrincipalArn` of a function's request is the ARN of its role. In the emulator it is
 * the ARN of the role's session. If a policy denies all roles except some, the sessions of these
 * excepted roles are added.
 */
function nameSessions(resource: Resource, note: (what: string) => void): Resource {
  let changed = false;
  const walk = (value: Value): Value => {
    if (isList(value)) return value.map(walk);
    if (!isMap(value)) return value;
    const unless = value['StringNotEquals'];
    const named = isMap(unless) ? unless['aws:PrincipalArn'] : undefined;
    if (named === undefined) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, walk(inner)]));
    }
    const roles = isList(named) ? named : [named];
    const sessions = roles.flatMap(sessionsOf);
    changed ||= sessions.length > 0;
    return {
      ...value,
      StringNotEquals: undefined as never,
      StringNotLike: { 'aws:PrincipalArn': [...roles, ...sessions] },
    };
  };
  const properties = resource.Properties === undefined ? undefined : (walk(resource.Properties) as ValueMap);
  if (!changed) return resource;
  note(
    "sessions of the named roles added, because in the emulator a function's calls have the ARN of its role's session",
  );
  return { ...resource, Properties: JSON.parse(JSON.stringify(properties)) as ValueMap };
}

/**
 * Removes the queue policies from the event of the tick's schedule. Policies are adapted to the
 * emulator, so the tick would report each of them as changed.
 */
function dropPolicies(resource: Resource, note: (what: string) => void): Resource {
  const target = resource.Properties?.['Target'];
  if (!isMap(target) || !JSON.stringify(target['Input'] ?? '').includes('OnlyDeclaredSenders')) return resource;
  note('its event states no queue policies, because the policies are adapted to the emulator');
  return { ...resource, Properties: { ...resource.Properties, Target: { ...target, Input: '{}' } } };
}

/** The text before a role's name in its ARN. */
const ROLE = ':role/';

/**
 * The sessions of a role. The role is in this template or in another one, or a text states its ARN.
 */
function sessionsOf(role: Value): Value[] {
  const attribute = isMap(role) ? role['Fn::GetAtt'] : undefined;
  if (isList(attribute) && attribute[1] === 'Arn') {
    return [{ 'Fn::Sub': `arn:\${AWS::Partition}:sts::\${AWS::AccountId}:assumed-role/\${${String(attribute[0])}}/*` }];
  }
  if (typeof role === 'string') return role.includes(ROLE) ? [sessionText(role)] : [];
  const join = isMap(role) ? role['Fn::Join'] : undefined;
  if (isList(join) && isList(join[1]) && join[1].some((part) => typeof part === 'string' && part.includes(ROLE))) {
    const parts = join[1].map((part) => (typeof part === 'string' ? sessionText(part, '') : part));
    return [{ 'Fn::Join': [join[0] ?? '', [...parts, '/*']] }];
  }
  // The ARN is a parameter or an output of a nested stack, so its text is known only at deployment.
  if (!isMap(role)) return [];
  const name = { 'Fn::Select': [1, { 'Fn::Split': [ROLE, role] }] };
  return [{ 'Fn::Sub': [`arn:\${AWS::Partition}:sts::\${AWS::AccountId}:assumed-role/\${Name}/*`, { Name: name }] }];
}

function sessionText(arn: string, end = '/*'): string {
  return `${arn.replace(':iam::', ':sts::').replace(ROLE, ':assumed-role/')}${end}`;
}

function addCallbacks(resource: Resource, edgeUrls: readonly string[], note: (what: string) => void): Resource {
  const properties: Record<string, Value> = { ...resource.Properties };
  const changed: string[] = [];
  const here = new Set<string>();
  for (const name of ['CallbackURLs', 'LogoutURLs']) {
    const urls = properties[name];
    if (!isList(urls) || urls.length === 0) continue;
    const paths = new Set(urls.map(pathOfUrl));
    const added = edgeUrls.flatMap((edge) => [...paths].map((path) => `${edge}${path}`));
    properties[name] = [...urls, ...added.filter((url) => !urls.includes(url))];
    changed.push(name);
    for (const url of added) here.add(url);
  }
  if (here.size > 0) note(`${changed.join(' and ')} may also be ${[...here].join(' and ')}`);
  return { ...resource, Properties: properties };
}

/**
 * Sets the address of the fake of Application Auto Scaling in the floor controller's environment,
 * in a variable that every AWS SDK reads. The floor controller is recognised by the variable with
 * its capacity table.
 */
function pointToFakeScaling(resource: Resource, url: string | undefined, note: (what: string) => void): Resource {
  const environment = resource.Properties?.['Environment'];
  const variables = isMap(environment) ? environment['Variables'] : undefined;
  if (url === undefined || !isMap(variables) || variables[Environment.CAPACITY_TABLE] === undefined) return resource;
  note(`it calls the fake of Application Auto Scaling at ${url}, because the emulator lacks the service`);
  const Variables = { ...variables, AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: url };
  return { ...resource, Properties: { ...resource.Properties, Environment: { Variables } } };
}

/**
 * Replaces the metric of an alarm by a placeholder, because the emulator ignores dimensions,
 * periods and missing data, and refuses metric math. The deployed alarm keeps its actions.
 * `local/alarms` evaluates the synthesized alarm, and sets the state of the deployed one.
 */
function detachAlarm(resource: Resource, logicalId: string, note: (what: string) => void): Resource {
  const { Metrics, Dimensions, ExtendedStatistic, ...kept } = resource.Properties ?? {};
  note('watches a placeholder metric; its state is set from here, because the emulator evaluates alarms wrongly');
  const placeholder = { Namespace: 'EvaluatedLocally', MetricName: logicalId, Statistic: 'Sum', Period: 60 };
  return { ...resource, Properties: { ...kept, ...placeholder } };
}

/** Path of a URL that is a text or an `Fn::Join`. */
function pathOfUrl(url: Value): string {
  if (typeof url === 'string') {
    try {
      return new URL(url).pathname;
    } catch {
      return '/';
    }
  }
  const join = isMap(url) ? url['Fn::Join'] : undefined;
  const parts = isList(join) && isList(join[1]) ? join[1] : [];
  const last = parts.at(-1);
  return typeof last === 'string' && last.startsWith('/') ? last : '';
}
