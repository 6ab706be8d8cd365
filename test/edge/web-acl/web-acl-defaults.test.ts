import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { WebAcl } from '../../../lib/edge';
import { NOWHERE } from '../fixtures';

interface Rule {
  readonly Name: string;
  readonly [property: string]: unknown;
}

/** Rules of a web ACL that is made without props and serves a site. */
function defaultRules(): Map<string, Rule> {
  const stack = new Stack(new App(), 'Shop', { env: NOWHERE });
  new WebAcl(stack, 'WebAcl')._addSite(['/', '/app.js'], '<h1>Nothing</h1>');
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::WAFv2::WebACL'));
  return new Map((resource!['Properties'].Rules as Rule[]).map((rule) => [rule.Name, rule]));
}
const rules = defaultRules();
const visibility = (name: string) => ({
  CloudWatchMetricsEnabled: true,
  MetricName: name,
  SampledRequestsEnabled: false,
});
const AS_SENT = [{ Priority: 0, Type: 'NONE' }];

test('blocks an IP address after 2,000 requests in five minutes', () => {
  expect(rules.get('rate-limit')).toEqual({
    Name: 'rate-limit',
    Priority: 0,
    Statement: { RateBasedStatement: { Limit: 2000, AggregateKeyType: 'IP', EvaluationWindowSec: 300 } },
    Action: {
      Block: {
        CustomResponse: {
          ResponseCode: 429,
          CustomResponseBodyKey: 'too_many_requests',
          ResponseHeaders: [{ Name: 'retry-after', Value: '60' }],
        },
      },
    },
    VisibilityConfig: visibility('rate-limit'),
  });
});

test.each([
  ['AWSManagedRulesAmazonIpReputationList', 1, {}],
  ['AWSManagedRulesKnownBadInputsRuleSet', 2, {}],
  [
    'AWSManagedRulesCommonRuleSet',
    3,
    { RuleActionOverrides: [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }] },
  ],
])('%s keeps its own actions, and uses AWS’s newest version', (name, priority, overrides) => {
  expect(rules.get(name)).toEqual({
    Name: name,
    Priority: priority,
    Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS', Name: name, ...overrides } },
    OverrideAction: { None: {} },
    VisibilityConfig: visibility(name),
  });
});

test('a file of the site is for GET and HEAD without a body', () => {
  expect(rules.get('site')).toMatchObject({
    Statement: {
      AndStatement: {
        Statements: [
          {
            RegexMatchStatement: {
              FieldToMatch: { Method: {} },
              RegexString: '^(?:GET|HEAD)$',
              TextTransformations: AS_SENT,
            },
          },
          {
            RegexMatchStatement: {
              FieldToMatch: { UriPath: {} },
              RegexString: '^(?:/|/app\\.js)$',
              TextTransformations: AS_SENT,
            },
          },
          {
            NotStatement: {
              Statement: {
                SizeConstraintStatement: {
                  FieldToMatch: { Body: { OversizeHandling: 'MATCH' } },
                  ComparisonOperator: 'GT',
                  Size: 0,
                  TextTransformations: AS_SENT,
                },
              },
            },
          },
        ],
      },
    },
    Action: { Allow: {} },
  });
});

test('only the site is allowed', () => {
  const allowed = [...rules.values()].filter(({ Action }) => Object.hasOwn((Action ?? {}) as object, 'Allow'));
  expect(allowed.map(({ Name }) => Name)).toEqual(['site']);
});
