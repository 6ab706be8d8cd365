import { resourcesOf, shopTemplate } from './template';

interface Rule {
  readonly Name: string;
  readonly Priority: number;
  readonly Action?: Readonly<Record<string, object>>;
  readonly OverrideAction?: Readonly<Record<string, object>>;
  readonly Statement: {
    readonly RateBasedStatement?: {
      readonly Limit: number;
      readonly EvaluationWindowSec: number;
      readonly AggregateKeyType: string;
    };
    readonly ManagedRuleGroupStatement?: {
      readonly VendorName: string;
      readonly Name: string;
      readonly Version?: string;
      readonly RuleActionOverrides?: readonly { readonly Name: string; readonly ActionToUse: object }[];
      readonly ScopeDownStatement?: object;
    };
  };
}

const [[, acl] = []] = resourcesOf(shopTemplate(), 'AWS::WAFv2::WebACL');
const properties = acl?.Properties as { DefaultAction: object; Rules: Rule[]; Scope: string };
const rules = [...properties.Rules].sort((a, b) => a.Priority - b.Priority);

test('refuses everything that no rule allows, with our own 404', () => {
  expect(properties.Scope).toBe('CLOUDFRONT');
  expect(properties.DefaultAction).toEqual({
    Block: { CustomResponse: { CustomResponseBodyKey: 'not_found', ResponseCode: 404 } },
  });
});

test('limits each address first, then asks the managed groups, and only then allows routes', () => {
  const kinds = rules.map(({ Statement, Action, OverrideAction }) => {
    if (Statement.RateBasedStatement) return 'rate';
    if (Statement.ManagedRuleGroupStatement) return `managed ${Object.keys(OverrideAction ?? {})}`;
    return Object.keys(Action ?? {}).join();
  });
  const order = kinds.map((kind) => (kind === 'rate' ? 0 : kind.startsWith('managed') ? 1 : 2));
  expect(order).toEqual([...order].sort());
  expect(kinds.filter((kind) => kind === 'rate')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'managed None')).toHaveLength(3);
  expect(kinds.filter((kind) => kind === 'managed Count')).toEqual([]);
  const own = rules.slice(4).map(({ Name, Action }) => `${Name.replace(/-\d+$/, '')} ${Object.keys(Action ?? {})}`);
  expect([...new Set(own)]).toEqual([
    'route-get Count', // counting labels the request; the rules behind it read the label
    'route-post Count',
    'body-over Block',
    'body-over-managed Block',
    'type-application-json Block',
    'declared Allow',
    'site Allow',
    'page-not-found Block',
  ]);
});

test('blocks an address beyond 2,000 requests in five minutes', () => {
  expect(rules[0]?.Statement.RateBasedStatement).toEqual({
    AggregateKeyType: 'IP',
    EvaluationWindowSec: 300,
    Limit: 2000,
  });
  expect(Object.keys(rules[0]?.Action ?? {})).toEqual(['Block']);
});

test('has these managed groups, their versions not pinned, their rules not weakened', () => {
  const groups = rules.flatMap(({ Statement }) => Statement.ManagedRuleGroupStatement ?? []);
  expect(groups.map(({ Name }) => Name)).toEqual([
    'AWSManagedRulesAmazonIpReputationList',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesCommonRuleSet',
  ]);
  for (const { VendorName, Version, RuleActionOverrides = [], ScopeDownStatement } of groups) {
    expect({ VendorName, Version, ScopeDownStatement }).toEqual({ VendorName: 'AWS' });
    // The group's own limit of a body only labels: the rule body-over-managed blocks where no route allows more.
    const overrides = RuleActionOverrides.map(({ Name, ActionToUse }) => `${Name} ${Object.keys(ActionToUse)}`);
    expect(overrides.filter((override) => override !== 'SizeRestrictions_BODY Count')).toEqual([]);
  }
});
