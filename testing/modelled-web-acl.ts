import { ANY, type Rule, type Shape } from './modelled';

const CUSTOM_RESPONSE: Shape = { ResponseCode: ANY, CustomResponseBodyKey: ANY, ResponseHeaders: ANY };
const BLOCK: Shape = { CustomResponse: CUSTOM_RESPONSE };
const ACTION: Shape = { Allow: {}, Block: BLOCK, Count: {} };

export const WEB_ACL_DEFAULT_ACTION: Shape = { Allow: {}, Block: BLOCK };

/**
 * The accepted properties of a web ACL. The simulator models them, or they have no effect on
 * decisions.
 */
export const WEB_ACL: Shape = {
  Name: ANY,
  Id: ANY,
  ARN: ANY,
  Scope: ['CLOUDFRONT'],
  Description: ANY,
  DefaultAction: WEB_ACL_DEFAULT_ACTION,
  Rules: ANY,
  VisibilityConfig: ANY,
  DataProtectionConfig: ANY,
  Capacity: ANY,
  LabelNamespace: ANY,
  Tags: ANY,
  CustomResponseBodies: ANY,
  AssociationConfig: {
    RequestBody: { CLOUDFRONT: { DefaultSizeInspectionLimit: ['KB_16', 'KB_32', 'KB_48', 'KB_64'] } },
  },
};

/** Properties of a rule. `STATEMENTS` has the properties of the rule's statement. */
export const WEB_ACL_RULE: Shape = {
  Name: ANY,
  Priority: ANY,
  Statement: ANY,
  Action: ACTION,
  OverrideAction: { None: {}, Count: {} },
  RuleLabels: ANY,
  VisibilityConfig: ANY,
};

const OVERSIZE = ['CONTINUE', 'MATCH', 'NO_MATCH'];
const FIELD: Shape = {
  Method: {},
  UriPath: {},
  QueryString: {},
  SingleHeader: { Name: ANY },
  SingleQueryArgument: { Name: ANY },
  AllQueryArguments: {},
  Headers: {
    MatchPattern: { All: {}, IncludedHeaders: ANY, ExcludedHeaders: ANY },
    MatchScope: ['ALL', 'KEY', 'VALUE'],
    OversizeHandling: ANY,
  },
  Body: { OversizeHandling: OVERSIZE },
};
const TRANSFORMATIONS: Shape = {
  Priority: ANY,
  Type: ['NONE', 'LOWERCASE', 'URL_DECODE', 'COMPRESS_WHITE_SPACE', 'NORMALIZE_PATH'],
};
const FIELD_AND_TRANSFORMATIONS: Shape = { FieldToMatch: FIELD, TextTransformations: TRANSFORMATIONS };

/**
 * Statements that the simulator evaluates, with their properties. Nested statements are checked
 * separately.
 */
export const STATEMENTS: Readonly<Record<string, Rule>> = {
  AndStatement: { Statements: ANY },
  OrStatement: { Statements: ANY },
  NotStatement: { Statement: ANY },
  ByteMatchStatement: {
    ...FIELD_AND_TRANSFORMATIONS,
    SearchString: ANY,
    SearchStringBase64: ANY,
    PositionalConstraint: ['EXACTLY', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'CONTAINS_WORD'],
  },
  RegexMatchStatement: { ...FIELD_AND_TRANSFORMATIONS, RegexString: ANY },
  SizeConstraintStatement: {
    ...FIELD_AND_TRANSFORMATIONS,
    ComparisonOperator: ['EQ', 'NE', 'LE', 'LT', 'GE', 'GT'],
    Size: ANY,
  },
  LabelMatchStatement: { Scope: ['LABEL', 'NAMESPACE'], Key: ANY },
  RateBasedStatement: {
    Limit: ANY,
    EvaluationWindowSec: ANY,
    AggregateKeyType: ['IP', 'CONSTANT'],
    ScopeDownStatement: ANY,
  },
  ManagedRuleGroupStatement: {
    VendorName: ['AWS'],
    Name: ANY,
    Version: ANY,
    ExcludedRules: ANY,
    ScopeDownStatement: ANY,
    RuleActionOverrides: { Name: ANY, ActionToUse: ACTION },
  },
};
