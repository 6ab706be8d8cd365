import { WAF } from '../lib/limits';
import type { Json, JsonObject } from './cloud-api';
import type { EdgeRequest, EdgeResponse, WebAclModel } from './model';
import { checkModelled } from './modelled';
import { WEB_ACL_DEFAULT_ACTION } from './modelled-web-acl';
import { list, object, only } from './web-acl-json';
import { byteMatches, checkRule, compare, labelMatches, regularExpression, searchString } from './web-acl-statement';
import { fieldValues, transform } from './web-acl-value';

/** The decision of a web ACL about a request. */
export interface WebAclDecision {
  readonly action: 'allow' | 'block';
  /** Rule that made the decision. Absent if the default action applied. */
  readonly rule?: string;
  /** Answer to a blocked request. */
  readonly response?: EdgeResponse;
  /** Labels that rules added to the request. */
  readonly labels: readonly string[];
  /** Matching rules with the action `count`. */
  readonly counted: readonly string[];
}

const DEFAULT_WINDOW_SECONDS = 300;
const FORBIDDEN_PAGE = '<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>';
/**
 * The only modelled rule of managed rule groups. It is modelled, because a web ACL of this library
 * makes exceptions from it for routes with larger bodies.
 */
const MANAGED_BODY_RULE = 'SizeRestrictions_BODY';
const MANAGED_BODY_LABEL = 'awswaf:managed:aws:core-rule-set:SizeRestrictions_Body';

/** A list of values that every comparison matches. */
const ALWAYS: string[] = Object.assign([] as string[], { some: () => true });

/**
 * Allows or blocks requests like AWS WAF. It models these statements: and, or, not, byte match,
 * regular expression, size, label and rate. Of AWS's managed rule groups it models one rule,
 * `SizeRestrictions_BODY` of `AWSManagedRulesCommonRuleSet`. The other managed rules match nothing.
 *
 * ```ts
 * const evaluator = new WebAclEvaluator(model.webAcl);
 * evaluator.evaluate(request).action; // 'allow' or 'block'
 * ```
 */
export class WebAclEvaluator {
  private readonly hits = new Map<string, number[]>();

  /**
   * @param model the web ACL
   * @param now clock in milliseconds, for rates
   * @throws Error with the first action, statement, field or transformation that isn't modelled
   */
  public constructor(
    private readonly model: WebAclModel,
    private readonly now: () => number = Date.now,
  ) {
    if (model.defaultAction === undefined || model.rules === undefined) {
      throw new Error(
        'WebAclEvaluator must get a WebAclModel with defaultAction and rules, got another value: use webAclFromTemplate() to make a model from the properties of a template',
      );
    }
    checkModelled(model.defaultAction, WEB_ACL_DEFAULT_ACTION, `web ACL ${model.name}, default action`);
    for (const rule of model.rules) checkRule(rule);
  }

  /** Evaluates the rules for a request, in the order of their priorities. */
  public evaluate(request: EdgeRequest): WebAclDecision {
    const labels = new Set<string>();
    const counted: string[] = [];
    const rules = [...this.model.rules].sort((a, b) => Number(a['Priority']) - Number(b['Priority']));
    for (const rule of rules) {
      const name = String(rule['Name']);
      const statement = object(rule['Statement']);
      if ('ManagedRuleGroupStatement' in statement) {
        const group = object(statement['ManagedRuleGroupStatement']);
        if (!this.managedBodyRule(group, request, labels)) continue;
        counted.push(`${name}/${MANAGED_BODY_RULE}`);
        if (this.managedBodyRuleBlocks(group) && !('Count' in object(rule['OverrideAction']))) {
          return { ...this.block(undefined), rule: name, labels: [...labels], counted };
        }
        continue;
      }
      if (!this.matches(statement, request, labels, name)) continue;
      for (const label of list(rule['RuleLabels'])) {
        labels.add(`awswaf:${this.model.account}:webacl:${this.model.name}:${String(object(label)['Name'])}`);
      }
      const action = object(rule['Action']);
      if ('Allow' in action) return { action: 'allow', rule: name, labels: [...labels], counted };
      if ('Block' in action) {
        return { ...this.block(object(action['Block'])), rule: name, labels: [...labels], counted };
      }
      counted.push(name);
    }
    if ('Allow' in this.model.defaultAction) return { action: 'allow', labels: [...labels], counted };
    return { ...this.block(object(this.model.defaultAction['Block'])), labels: [...labels], counted };
  }

  private block(block: JsonObject | undefined): { action: 'block'; response: EdgeResponse } {
    const custom = block === undefined ? {} : object(block['CustomResponse']);
    const key = custom['CustomResponseBodyKey'];
    const body = typeof key === 'string' ? this.model.customResponseBodies[key] : undefined;
    const headers: Record<string, string> = {
      'content-type': mediaType(body?.contentType) ?? 'text/html',
      'x-cache': 'Error from cloudfront',
    };
    for (const header of list(custom['ResponseHeaders'])) {
      const { Name: name, Value: value } = object(header);
      headers[String(name).toLowerCase()] = String(value);
    }
    const blocked = custom['ResponseCode'] === undefined;
    return {
      action: 'block',
      response: {
        status: Number(custom['ResponseCode'] ?? 403),
        headers,
        cookies: [],
        body: Buffer.from(body?.content ?? (blocked ? FORBIDDEN_PAGE : '')),
      },
    };
  }

  private managedBodyRule(group: JsonObject, request: EdgeRequest, labels: Set<string>): boolean {
    if (group['Name'] !== 'AWSManagedRulesCommonRuleSet' || request.body.length <= WAF.MAX_MANAGED_BODY_BYTES)
      return false;
    const scope = group['ScopeDownStatement'];
    if (scope !== undefined && !this.matches(object(scope), request, labels, 'scope')) return false;
    const excluded = list(group['ExcludedRules']).some((rule) => object(rule)['Name'] === MANAGED_BODY_RULE);
    labels.add(MANAGED_BODY_LABEL);
    return !excluded;
  }

  private managedBodyRuleBlocks(group: JsonObject): boolean {
    const override = list(group['RuleActionOverrides']).find((rule) => object(rule)['Name'] === MANAGED_BODY_RULE);
    return override === undefined || 'Block' in object(object(override)['ActionToUse']);
  }

  private matches(statement: JsonObject, request: EdgeRequest, labels: ReadonlySet<string>, rule: string): boolean {
    const [kind, value] = only(statement);
    const inner = object(value);
    const again = (s: Json): boolean => this.matches(object(s), request, labels, rule);
    switch (kind) {
      case 'AndStatement':
        return list(inner['Statements']).every(again);
      case 'OrStatement':
        return list(inner['Statements']).some(again);
      case 'NotStatement':
        return !again(inner['Statement']!);
      case 'ByteMatchStatement':
        return this.values(inner, request).some((text) =>
          byteMatches(text, searchString(inner), String(inner['PositionalConstraint'])),
        );
      case 'RegexMatchStatement':
        return this.values(inner, request).some((text) =>
          regularExpression(inner, `web ACL rule '${rule}'`).test(text),
        );
      case 'SizeConstraintStatement':
        return this.values(inner, request).some((text) =>
          compare(Buffer.byteLength(text, 'latin1'), String(inner['ComparisonOperator']), Number(inner['Size'])),
        );
      case 'LabelMatchStatement':
        return labelMatches(labels, String(inner['Scope']), String(inner['Key']));
      case 'RateBasedStatement':
        return this.rateExceeded(inner, request, labels, rule);
      default:
        throw new Error(`web ACL rule '${rule}': the simulator does not model ${kind}`);
    }
  }

  private rateExceeded(
    statement: JsonObject,
    request: EdgeRequest,
    labels: ReadonlySet<string>,
    rule: string,
  ): boolean {
    const scope = statement['ScopeDownStatement'];
    if (scope !== undefined && !this.matches(object(scope), request, labels, rule)) return false;
    const key = `${rule}\n${statement['AggregateKeyType'] === 'IP' ? request.ip : ''}`;
    const since = this.now() - Number(statement['EvaluationWindowSec'] ?? DEFAULT_WINDOW_SECONDS) * 1000;
    const recent = (this.hits.get(key) ?? []).filter((time) => time > since);
    recent.push(this.now());
    this.hits.set(key, recent);
    return recent.length > Number(statement['Limit']);
  }

  /**
   * Returns the inspected values of a request after transformations. If an oversize body must not
   * match, the list is empty.
   */
  private values(statement: JsonObject, request: EdgeRequest): string[] {
    const [field, value] = only(object(statement['FieldToMatch']));
    let found: string[];
    if (field === 'Body') {
      const oversize = request.body.length > this.model.bodyLimit;
      const handling = String(object(value)['OversizeHandling'] ?? 'CONTINUE');
      if (oversize && handling === 'NO_MATCH') return [];
      // With MATCH, every statement matches. Only a size statement still compares the body's real
      // size, which exceeds any limit that the statement can have.
      if (oversize && handling === 'MATCH' && !('ComparisonOperator' in statement)) return ALWAYS;
      const seen = oversize && handling === 'CONTINUE' ? request.body.slice(0, this.model.bodyLimit) : request.body;
      found = [Buffer.from(seen).toString('latin1')];
    } else found = fieldValues(field, object(value), request);
    return found.map((text) => transform(text, list(statement['TextTransformations'])));
  }
}

function mediaType(type: string | undefined): string | undefined {
  switch (type) {
    case 'APPLICATION_JSON':
      return 'application/json';
    case 'TEXT_HTML':
      return 'text/html';
    case 'TEXT_PLAIN':
      return 'text/plain';
    default:
      return undefined;
  }
}
