import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { WAF } from '../../limits';
import {
  type ParameterForms,
  patternToRegex,
  REFUSALS,
  type Refusal,
  type RefusalCode,
  type RouteDeclaration,
} from '../../protocol';
import type { ManagedRuleGroup } from './managed-rule-group';
import {
  all,
  alternatives,
  any,
  BODY,
  capacityOf,
  equals,
  hasLabel,
  header,
  larger,
  literal,
  METHOD,
  matches,
  matchesInLowerCase,
  not,
  QUERY_STRING,
  URI_PATH,
} from './web-acl-statements';

/** The rule of AWS's common group that blocks bodies above 8 KiB, and the label that it adds. */
const MANAGED_BODY_RULE = 'SizeRestrictions_BODY';
const MANAGED_BODY_LABEL = 'awswaf:managed:aws:core-rule-set:SizeRestrictions_Body';

/** Labels that these rules add. WAF prefixes them with the account and the web ACL. */
const ROUTE_LABEL = 'breakwater:route';
const LARGE_BODY_LABEL = 'breakwater:large-body';
const bodyLabel = (bytes: number) => `breakwater:body:${bytes}`;
const typeLabel = (type: string) => `breakwater:type:${type.replace(/[^A-Za-z0-9_-]/g, '-')}`;

/**
 * If the site's paths need more regular expressions than this, the site's rule allows every path
 * that matches `CLEAN_PATH`. The viewer function still checks the file names.
 */
const MAX_SITE_EXPRESSIONS = 10;
const CLEAN_PATH = '^/(?:[A-Za-z0-9._~%+-]+/)*[A-Za-z0-9._~%+-]*$';

/** Refusals of the web ACL. Their codes are also the keys of its custom response bodies. */
export const ACL_REFUSALS = [
  'not_found',
  'too_many_requests',
  'body_too_large',
  'wrong_content_type',
] as const satisfies readonly RefusalCode[];
type AclRefusal = (typeof ACL_REFUSALS)[number];

/** Key of the HTML page that browsers get for unknown paths. */
export const PAGE_KEY = 'page';

/** The answer to a blocked request. */
export function refusalResponse(code: AclRefusal, bodyKey: string = code): CfnWebACL.CustomResponseProperty {
  const { status, retryAfterSeconds }: Refusal = REFUSALS[code];
  return {
    responseCode: status,
    customResponseBodyKey: bodyKey,
    ...(retryAfterSeconds === undefined
      ? {}
      : { responseHeaders: [{ name: 'retry-after', value: String(retryAfterSeconds) }] }),
  };
}

/** Input of `aclRules`. */
export interface AclRulesProps {
  readonly rateLimit: number;
  readonly managedGroups: readonly ManagedRuleGroup[];
  readonly routes: readonly RouteDeclaration[];
  /** Percent-encoded paths of the site's files and folders. Undefined without a site. */
  readonly sitePaths?: readonly string[];
  /** Whether browsers get an HTML page for unknown paths. */
  readonly notFoundPage: boolean;
  /** Bytes of a body that the web ACL inspects. */
  readonly inspectedBytes: number;
}

/** Rules in order of evaluation, and the sum of their capacity units. */
export interface AclRules {
  readonly rules: CfnWebACL.RuleProperty[];
  readonly capacity: number;
}

/**
 * Returns the rules of an allow-list web ACL. First come the rate limit and the managed groups.
 * Then rules label the requests of declared routes, and further rules check body sizes and media
 * types by label. Then a rule allows labelled requests. The last rules are for the site and for the
 * HTML page of unknown paths. The default action answers all other requests. The labels let one
 * rule per body limit or media type serve all routes. Such a rule can answer 413 or 415.
 * @throws Error if a route's path or query doesn't fit into a regular expression of 512 characters
 */
export function aclRules(props: AclRulesProps): AclRules {
  const list = new RuleList();
  list.rate(props.rateLimit);
  for (const group of props.managedGroups) list.managed(group);

  for (const group of groupRoutes(props.routes)) {
    const [first] = group as [RouteDeclaration, ...RouteDeclaration[]];
    const paths = alternatives(group.map((route) => patternToRegex(route.path, route.parameters).slice(1, -1)));
    const labels = [ROUTE_LABEL];
    if (first.maxBody !== undefined) {
      if (first.maxBody <= props.inspectedBytes) labels.push(bodyLabel(first.maxBody));
      if (first.maxBody > WAF.MAX_MANAGED_BODY_BYTES) labels.push(LARGE_BODY_LABEL);
    }
    if (first.contentType !== undefined) labels.push(typeLabel(first.contentType));
    list.label(
      `route-${first.method.toLowerCase()}`,
      all(
        methodStatement(first.method),
        any(...paths.map((regex) => matches(URI_PATH, regex))),
        queryStatement(first.query ?? {}),
        ...(first.maxBody === undefined ? [not(larger(BODY, 0))] : []),
      ),
      labels,
    );
  }

  const limits = new Set(
    props.routes.flatMap(({ maxBody }) => (maxBody !== undefined && maxBody <= props.inspectedBytes ? [maxBody] : [])),
  );
  for (const limit of [...limits].sort((a, b) => a - b)) {
    list.block(`body-over-${limit}`, all(hasLabel(bodyLabel(limit)), larger(BODY, limit)), 'body_too_large');
  }
  if (props.managedGroups.some((group) => group.groupName === 'AWSManagedRulesCommonRuleSet')) {
    const onOtherRoutes = all(hasLabel(MANAGED_BODY_LABEL), not(hasLabel(LARGE_BODY_LABEL)));
    list.block('body-over-managed', onOtherRoutes, 'body_too_large');
  }
  for (const type of [...new Set(props.routes.flatMap(({ contentType }) => contentType ?? []))].sort()) {
    const other = not(matchesInLowerCase(header('content-type'), `^${literal(type)} *(?:;.*)?$`));
    list.block(
      `type-${type.replace(/[^A-Za-z0-9]/g, '-')}`,
      all(hasLabel(typeLabel(type)), other),
      'wrong_content_type',
    );
  }
  if (props.routes.length > 0) list.allow('declared', hasLabel(ROUTE_LABEL));
  if (props.sitePaths) {
    list.allow('site', all(methodStatement('GET'), sitePathStatement(props.sitePaths), not(larger(BODY, 0))));
  }
  if (props.notFoundPage) {
    const page = all(methodStatement('GET'), matchesInLowerCase(header('accept'), 'text/html'));
    list.block('page-not-found', page, 'not_found', PAGE_KEY);
  }
  return { rules: list.rules, capacity: list.capacity };
}

/**
 * Groups routes that differ only in their paths. Each group has one rule, because AWS charges for
 * each rule.
 */
function groupRoutes(routes: readonly RouteDeclaration[]): RouteDeclaration[][] {
  const groups = new Map<string, RouteDeclaration[]>();
  for (const route of routes) {
    const key = JSON.stringify([
      route.method,
      Object.entries(route.query ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
      route.maxBody ?? null,
      route.contentType ?? null,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), route]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => group.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)));
}

function methodStatement(method: string): CfnWebACL.StatementProperty {
  return method === 'GET' ? matches(METHOD, '^(?:GET|HEAD)$') : equals(METHOD, method);
}

/**
 * Matches an empty query, and a query of declared parameters only. The statement also checks the
 * parameters' forms, unless the regular expression would be too long.
 */
function queryStatement(forms: ParameterForms): CfnWebACL.StatementProperty {
  const none = not(larger(QUERY_STRING, 0));
  const names = Object.keys(forms).sort();
  if (names.length === 0) return none;
  const ofAnyText = (some: readonly string[]) => `(?:${some.map(literal).join('|')})=[^&]*`;
  const texts = names.filter((name) => !('regex' in (forms[name] ?? {})));
  const exact = [
    ...(texts.length > 0 ? [ofAnyText(texts)] : []),
    ...Object.entries(forms).flatMap(([name, form]) => ('regex' in form ? [`${literal(name)}=(?:${form.regex})`] : [])),
  ].sort();
  for (const pair of [exact.length === 1 ? exact.join() : `(?:${exact.join('|')})`, ofAnyText(names)]) {
    const regex = `^(?:${pair}(?:&${pair})*)$`;
    if (regex.length <= WAF.MAX_REGEX_CHARACTERS) return any(none, matches(QUERY_STRING, regex));
  }
  throw new Error(
    `must fit into a regular expression of ${WAF.MAX_REGEX_CHARACTERS} characters, got ${names.length} query parameters`,
  );
}

function sitePathStatement(paths: readonly string[]): CfnWebACL.StatementProperty {
  const exact = alternatives([...paths].sort().map(literal));
  return exact.length <= MAX_SITE_EXPRESSIONS
    ? any(...exact.map((regex) => matches(URI_PATH, regex)))
    : matches(URI_PATH, CLEAN_PATH);
}

/** A list of rules with ascending priorities and unique names. */
class RuleList {
  public readonly rules: CfnWebACL.RuleProperty[] = [];
  public capacity = 0;
  private readonly names = new Map<string, number>();

  public rate(limit: number): void {
    const statement = { rateBasedStatement: { limit, aggregateKeyType: 'IP', evaluationWindowSec: 300 } };
    this.block('rate-limit', statement, 'too_many_requests');
  }

  public managed(group: ManagedRuleGroup): void {
    const overrides =
      group.groupName === 'AWSManagedRulesCommonRuleSet'
        ? { ruleActionOverrides: [{ name: MANAGED_BODY_RULE, actionToUse: { count: {} } }] }
        : {};
    const statement = { managedRuleGroupStatement: { vendorName: 'AWS', name: group.groupName, ...overrides } };
    this.push(group.groupName, { statement, overrideAction: { none: {} } }, group.capacity);
  }

  public label(name: string, statement: CfnWebACL.StatementProperty, labels: string[]): void {
    const ruleLabels = labels.map((label) => ({ name: label }));
    this.push(name, { statement, action: { count: {} }, ruleLabels }, capacityOf(statement));
  }

  public block(name: string, statement: CfnWebACL.StatementProperty, code: AclRefusal, bodyKey?: string): void {
    const customResponse = refusalResponse(code, bodyKey);
    this.push(name, { statement, action: { block: { customResponse } } }, capacityOf(statement));
  }

  public allow(name: string, statement: CfnWebACL.StatementProperty): void {
    this.push(name, { statement, action: { allow: {} } }, capacityOf(statement));
  }

  private push(
    name: string,
    rule: Omit<CfnWebACL.RuleProperty, 'name' | 'priority' | 'visibilityConfig'>,
    capacity: number,
  ): void {
    const count = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, count);
    const unique = count === 1 ? name : `${name}-${count}`;
    this.rules.push({ name: unique, priority: this.rules.length, ...rule, visibilityConfig: visibility(unique) });
    this.capacity += capacity;
  }
}

/**
 * Turns on metrics but not request samples. Samples contain whole requests with their tokens, and
 * no key of the stack encrypts the samples.
 */
export function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, metricName, sampledRequestsEnabled: false };
}
