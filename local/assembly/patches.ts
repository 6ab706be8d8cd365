import { Environment } from '../../lib/protocol';
import { type Change, isList, isMap, type Resource, type Template, type Value, type ValueMap } from './template';

/**
 * The embedded cloud authorizes a batch call as an action of its own, which AWS hasn't got: there the single call's
 * action covers it. Wherever the one is named, the other is added.
 */
const BATCH_ACTIONS: Readonly<Record<string, string>> = {
  'sqs:SendMessage': 'sqs:SendMessageBatch',
  'sqs:DeleteMessage': 'sqs:DeleteMessageBatch',
  'sqs:ChangeMessageVisibility': 'sqs:ChangeMessageVisibilityBatch',
};
/**
 * The embedded cloud takes calls about an alias for other actions, on the function instead of the alias: it looks at the end of the
 * path only, and doesn't know this one.
 */
const ALIAS_ACTIONS: Readonly<Record<string, string>> = {
  'lambda:GetAlias': 'lambda:ListAliases',
  'lambda:GetProvisionedConcurrencyConfig': 'lambda:GetFunction',
  'lambda:PutProvisionedConcurrencyConfig': 'lambda:UpdateFunctionCode',
};
const WITH_POLICIES = /^AWS::(IAM::(Policy|ManagedPolicy|Role|User|Group)|SQS::QueuePolicy)$/;

export interface PatchProps {
  /** Addresses that the storefront has here, without a slash at their end: sign-in may lead back to them. */
  readonly edgeUrls: readonly string[];
  /**
   * Address of the stand-in for Application Auto Scaling.
   * @default - none runs: functions call the embedded cloud, which hasn't got the service
   */
  readonly scalingUrl?: string;
}

/** A template as the embedded cloud needs it, and each thing that was changed. */
export function patchTemplate(
  template: Template,
  props: PatchProps,
): { readonly template: Template; readonly patched: Change[] } {
  const patched: Change[] = [];
  const resources = Object.entries(template.Resources).map(([logicalId, resource]): [string, Resource] => {
    const note = (what: string): void => {
      patched.push({ logicalId, type: resource.Type, what });
    };
    let result = resource;
    if (WITH_POLICIES.test(resource.Type)) {
      result = addBatchActions(result, note);
      result = addAliasActions(result, template, note);
    }
    if (resource.Type === 'AWS::SQS::QueuePolicy') result = nameSessions(result, note);
    if (resource.Type === 'AWS::Cognito::UserPoolClient') result = addCallbacks(result, props.edgeUrls, note);
    if (resource.Type === 'AWS::CloudWatch::Alarm') result = detachAlarm(result, logicalId, note);
    if (resource.Type === 'AWS::Lambda::Function') result = pointToStandIn(result, props.scalingUrl, note);
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
  note(`${[...added].sort().join(' and ')} added, since there a batch call is an action of its own`);
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
  note(`${[...added].sort().join(' and ')} added, since there calls about an alias are taken for them`);
  return { ...resource, Properties: properties };
}

/** ARN of the function that an alias of this template is of; a `Ref` of the alias is the alias's ARN. */
function functionOfAlias(arn: Value, template: Template): Value[] {
  const alias = isMap(arn) ? template.Resources[String(arn['Ref'])] : undefined;
  if (alias?.Type !== 'AWS::Lambda::Alias') return [];
  const named = alias.Properties?.['FunctionName'];
  return isMap(named) && typeof named['Ref'] === 'string' ? [{ 'Fn::GetAtt': [named['Ref'], 'Arn'] }] : [];
}

/**
 * On AWS `aws:PrincipalArn` of a function's call is its role; the embedded cloud gives the role's session. Where a policy refuses
 * all but some roles, the sessions of those roles are named beside them.
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
  note('sessions of the named roles added, since there a function calls as the session');
  return { ...resource, Properties: JSON.parse(JSON.stringify(properties)) as ValueMap };
}

/** The sessions of a role of this template. */
function sessionsOf(role: Value): Value[] {
  const attribute = isMap(role) ? role['Fn::GetAtt'] : undefined;
  if (!isList(attribute) || attribute[1] !== 'Arn') return [];
  return [{ 'Fn::Sub': `arn:\${AWS::Partition}:sts::\${AWS::AccountId}:assumed-role/\${${String(attribute[0])}}/*` }];
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

/** The floor controller, which is known by its table, finds the stand-in by the variable that every SDK reads. */
function pointToStandIn(resource: Resource, url: string | undefined, note: (what: string) => void): Resource {
  const environment = resource.Properties?.['Environment'];
  const variables = isMap(environment) ? environment['Variables'] : undefined;
  if (url === undefined || !isMap(variables) || variables[Environment.CAPACITY_TABLE] === undefined) return resource;
  note(`it calls a stand-in for Application Auto Scaling at ${url}, since there is no such service there`);
  const Variables = { ...variables, AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: url };
  return { ...resource, Properties: { ...resource.Properties, Environment: { Variables } } };
}

/**
 * The emulator ignores an alarm's dimensions, periods and missing data, and refuses metric math. So the deployed alarm watches a
 * metric that nobody publishes, and keeps its actions. `local/alarms` evaluates the synthesized alarm and sets the deployed one's state.
 */
function detachAlarm(resource: Resource, logicalId: string, note: (what: string) => void): Resource {
  const { Metrics, Dimensions, ExtendedStatistic, ...kept } = resource.Properties ?? {};
  note('watches a placeholder metric; its state is set from here, since the emulator evaluates alarms wrongly');
  const placeholder = { Namespace: 'EvaluatedLocally', MetricName: logicalId, Statistic: 'Sum', Period: 60 };
  return { ...resource, Properties: { ...kept, ...placeholder } };
}

/** Path of a URL, which may be joined from parts: what follows the host. */
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
