import { App, Size, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { ManagedRuleGroup, WebAcl, type WebAclProps } from '../../../lib/edge';
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
  METHOD,
  matches,
  matchesInLowerCase,
  not,
} from '../../../lib/edge/web-acl/web-acl-statements';
import { Access, ParameterForm, Route } from '../../../lib/modules';
import { NOWHERE } from '../fixtures';

function acl(props: WebAclProps = {}) {
  const stack = new Stack(new App(), 'Shop', { env: NOWHERE });
  return { stack, acl: new WebAcl(stack, 'WebAcl', props) };
}

interface Rule {
  Name: string;
  Priority: number;
  Action?: Record<string, { CustomResponse?: { ResponseCode: number } }>;
  Statement: object;
  RuleLabels?: { Name: string }[];
}
function rulesOf(stack: Stack): Rule[] {
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::WAFv2::WebACL'));
  return resource!['Properties'].Rules;
}
const ORDER = Route.get('/orders/{orderId}', { access: Access.ANYONE });
const SEARCH = Route.get('/search', {
  access: Access.ANYONE,
  query: { q: ParameterForm.text(100), 'page.size': ParameterForm.text(9) },
});
const CHECKOUT = Route.post('/checkout', { access: Access.ANYONE, maxBody: Size.kibibytes(64) });
const FEEDBACK = Route.post('/feedback', { access: Access.ANYONE, maxBody: Size.kibibytes(4) });

test('answers 404 to undeclared requests', () => {
  const { stack } = acl();
  Template.fromStack(stack).hasResourceProperties('AWS::WAFv2::WebACL', {
    Scope: 'CLOUDFRONT',
    DefaultAction: { Block: { CustomResponse: { ResponseCode: 404, CustomResponseBodyKey: 'not_found' } } },
    CustomResponseBodies: Match.objectLike({
      not_found: { ContentType: 'APPLICATION_JSON', Content: Match.stringLikeRegexp('"code":"not_found"') },
    }),
  });
});

test('has rate limit and managed groups first, and counts the body rule of the common group', () => {
  const { stack, acl: webAcl } = acl({ rateLimit: 500 });
  webAcl._addRoutes([ORDER]);
  const rules = rulesOf(stack);
  expect(rules.map((r) => r.Name)).toEqual([
    'rate-limit',
    'AWSManagedRulesAmazonIpReputationList',
    'AWSManagedRulesKnownBadInputsRuleSet',
    'AWSManagedRulesCommonRuleSet',
    'route-get',
    'body-over-managed',
    'declared',
  ]);
  expect(rules.map((r) => r.Priority)).toEqual(rules.map((_, i) => i));
  expect(rules[0]!.Statement).toEqual({
    RateBasedStatement: { Limit: 500, AggregateKeyType: 'IP', EvaluationWindowSec: 300 },
  });
  expect(rules[0]!.Action!['Block']!.CustomResponse!.ResponseCode).toBe(429);
  expect(rules[3]!.Statement).toMatchObject({
    ManagedRuleGroupStatement: { RuleActionOverrides: [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }] },
  });
});

test('allows a route by method, path, query and absence of a body', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addRoutes([SEARCH]);
  const rule = rulesOf(stack).find((r) => r.Name === 'route-get')!;
  const text = [{ Priority: 0, Type: 'NONE' }];
  const none = (FieldToMatch: object) => ({
    NotStatement: {
      Statement: {
        SizeConstraintStatement: { FieldToMatch, ComparisonOperator: 'GT', Size: 0, TextTransformations: text },
      },
    },
  });
  expect(rule.Statement).toEqual({
    AndStatement: {
      Statements: [
        {
          RegexMatchStatement: {
            FieldToMatch: { Method: {} },
            RegexString: '^(?:GET|HEAD)$',
            TextTransformations: text,
          },
        },
        {
          RegexMatchStatement: {
            FieldToMatch: { UriPath: {} },
            RegexString: '^(?:/search)$',
            TextTransformations: text,
          },
        },
        {
          OrStatement: {
            Statements: [
              none({ QueryString: {} }),
              {
                RegexMatchStatement: {
                  FieldToMatch: { QueryString: {} },
                  RegexString: '^(?:(?:page\\.size|q)=[^&]*(?:&(?:page\\.size|q)=[^&]*)*)$',
                  TextTransformations: text,
                },
              },
            ],
          },
        },
        none({ Body: { OversizeHandling: 'MATCH' } }),
      ],
    },
  });
  expect(rule.Action).toEqual({ Count: {} });
  expect(rule.RuleLabels).toEqual([{ Name: 'breakwater:route' }]);
});

test('inspects larger bodies completely, answers 413 for each limit, and exempts only these routes from the managed 8 KiB rule', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addRoutes([CHECKOUT, FEEDBACK]);
  const rules = rulesOf(stack);
  const labels = rules.flatMap((r) => (r.RuleLabels ? [r.RuleLabels.map((l) => l.Name)] : []));
  expect(labels).toEqual([
    ['breakwater:route', 'breakwater:body:4096', 'breakwater:type:application-json'],
    ['breakwater:route', 'breakwater:body:65536', 'breakwater:large-body', 'breakwater:type:application-json'],
  ]);
  const codes = rules
    .filter((r) => r.Action?.['Block'])
    .map((r) => [r.Name, r.Action!['Block']!.CustomResponse!.ResponseCode]);
  expect(codes).toEqual([
    ['rate-limit', 429],
    ['body-over-4096', 413],
    ['body-over-65536', 413],
    ['body-over-managed', 413],
    ['type-application-json', 415],
  ]);
  const managed = rules.find((r) => r.Name === 'body-over-managed')!;
  expect(JSON.stringify(managed.Statement)).toContain('awswaf:managed:aws:core-rule-set:SizeRestrictions_Body');
  expect(JSON.stringify(managed.Statement)).toContain(
    '"NotStatement":{"Statement":{"LabelMatchStatement":{"Scope":"LABEL","Key":"breakwater:large-body"',
  );
  Template.fromStack(stack).hasResourceProperties('AWS::WAFv2::WebACL', {
    AssociationConfig: { RequestBody: { CLOUDFRONT: { DefaultSizeInspectionLimit: 'KB_64' } } },
  });
});

test('lets the module check bodies above 64 KiB, and synth warns', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addRoutes([Route.post('/upload', { access: Access.ANYONE, maxBody: Size.mebibytes(1) })]);
  Annotations.fromStack(stack).hasInfo(
    '*',
    Match.stringLikeRegexp('POST /upload accepts bodies of 1024 KiB.*only the module checks'),
  );
  expect(rulesOf(stack).map((r) => r.Name)).not.toContain('body-over-1048576');
});

test('allows the paths of a site’s files, and answers browsers with its page for other paths', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addSite(['/', '/index.html', '/about/'], '<h1>Nothing</h1>');
  const rules = rulesOf(stack);
  expect(JSON.stringify(rules.find((r) => r.Name === 'site'))).toContain('^(?:/|/about/|/index\\\\.html)$');
  expect(rules.at(-1)).toMatchObject({
    Name: 'page-not-found',
    Action: { Block: { CustomResponse: { ResponseCode: 404, CustomResponseBodyKey: 'page' } } },
  });
});

test('leaves out a page above 4 KiB', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addSite(['/'], 'x'.repeat(4_097));
  expect(rulesOf(stack).map((r) => r.Name)).not.toContain('page-not-found');
});

test('logs blocked requests encrypted, without tokens and cookies', () => {
  const { stack } = acl();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
    RedactedFields: ['authorization', 'cookie', 'x-breakwater-token'].map((Name) => ({ SingleHeader: { Name } })),
    LoggingFilter: Match.objectLike({ DefaultBehavior: 'DROP' }),
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', {
    KmsKeyId: Match.anyValue(),
  });
});

test("the log's name differs for each creation of the stack, so a retained log doesn't prevent the next one", () => {
  const { stack } = acl();
  const template = Template.fromStack(stack);
  const [group] = Object.values(template.findResources('AWS::Logs::LogGroup'));
  const uuid = { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };
  expect(group!['Properties'].LogGroupName).toEqual({
    'Fn::Join': [
      '',
      [
        expect.stringMatching(/^aws-waf-logs-Shop-WebAcl-[0-9A-F]{8}-$/),
        { 'Fn::Select': [4, { 'Fn::Split': ['-', uuid] }] },
      ],
    ],
  });
});

test('no rule stores samples of requests, which contain tokens', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addRoutes([ORDER, CHECKOUT]);
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::WAFv2::WebACL'));
  const { Rules, VisibilityConfig } = resource!['Properties'];
  const configs: object[] = [VisibilityConfig, ...Rules.map((r: { VisibilityConfig: object }) => r.VisibilityConfig)];
  expect(configs.length).toBeGreaterThan(5);
  for (const config of configs) {
    expect(config).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
  }
});

describe('capacity', () => {
  test('is the sum of managed groups, the rate rule and each statement', () => {
    const { acl: webAcl } = acl({ managedGroups: [] });
    expect(webAcl.capacity).toBe(2);
    webAcl._addRoutes([ORDER]);
    // method 3, path 3, no query 1, no body 1; the label that allows 1
    expect(webAcl.capacity).toBe(2 + 8 + 1);
    webAcl._addRoutes([FEEDBACK]);
    // method 2, path 3, no query 1; limit: label 1, size 1; type: label 1, expression in lower case
    // 13
    expect(webAcl.capacity).toBe(11 + 6 + 2 + 14);
    expect(acl().acl.capacity).toBe(2 + 25 + 200 + 700 + 2);
  });

  test('of statements is as in AWS’s documentation', () => {
    expect(capacityOf(equals(METHOD, 'POST'))).toBe(2);
    expect(capacityOf(matches(METHOD, 'a'))).toBe(3);
    expect(capacityOf(matchesInLowerCase(header('accept'), 'a'))).toBe(13);
    expect(capacityOf(all(not(larger(BODY, 1)), any(hasLabel('a'), hasLabel('b'))))).toBe(3);
  });

  test('above 5,000 synth fails, above 1,500 it warns', () => {
    const large = acl({ managedGroups: [ManagedRuleGroup.of('AWSManagedRulesHuge', 4_999)] });
    expect(() => Template.fromStack(large.stack)).toThrow(/at most 5000 capacity units of the web ACL, got 5001/);
    const dear = acl({ managedGroups: [ManagedRuleGroup.of('AWSManagedRulesLarge', 2_000)] });
    Annotations.fromStack(dear.stack).hasWarning('*', Match.stringLikeRegexp('uses 2002 capacity units; above 1500'));
  });
});

test('routes that differ only in their paths share a rule, which is split if the expression is too long', () => {
  const { stack, acl: webAcl } = acl();
  webAcl._addRoutes(
    Array.from({ length: 20 }, (_, i) => Route.get(`/${'x'.repeat(60)}/${i}`, { access: Access.ANYONE })),
  );
  const rules = rulesOf(stack).filter((r) => r.Name.startsWith('route-'));
  expect(rules).toHaveLength(1);
  const regexes = alternatives(Array.from({ length: 20 }, (_, i) => `/${'x'.repeat(60)}/${i}`));
  expect(regexes.length).toBeGreaterThan(1);
  for (const regex of regexes) expect(regex.length).toBeLessThanOrEqual(512);
});

describe('fails when', () => {
  test.each([[9], [2_000_000_001], [10.5], [Token.asNumber({ Ref: 'Limit' })]])('rateLimit is %p', (rateLimit) => {
    expect(() => acl({ rateLimit })).toThrow(
      /Shop\/WebAcl: rateLimit must be a (whole number from 10 to 2000000000|literal)/,
    );
  });

  test('a managed group is named twice', () => {
    expect(() => acl({ managedGroups: [ManagedRuleGroup.COMMON, ManagedRuleGroup.COMMON] })).toThrow(
      "got 'AWSManagedRulesCommonRuleSet' twice",
    );
  });

  test.each([[0], [5_001], [1.5]])('the capacity of a managed group is %p', (capacity) => {
    expect(() => ManagedRuleGroup.of('AWSManagedRulesX', capacity)).toThrow(
      `must be a whole number from 1 to 5000, got ${capacity}`,
    );
  });

  test('the capacity of a managed group is a token', () => {
    expect(() => ManagedRuleGroup.of('AWSManagedRulesX', Token.asNumber({ Ref: 'X' }))).toThrow(
      'groupName and capacity must be literals, got a token: synth sums the capacity',
    );
  });

  test('its stack is in another Region', () => {
    const stack = new Stack(new App(), 'Shop', { env: { region: 'eu-west-1' } });
    expect(() => new WebAcl(stack, 'WebAcl')).toThrow(
      "stack must be in us-east-1, the Region of CloudFront's web ACLs, got eu-west-1",
    );
  });

  test('the query of a route is too long for an expression', () => {
    const { acl: webAcl } = acl();
    const names = Array.from({ length: 20 }, (_, i) => `${'parameter'.repeat(3)}${i}`);
    const query = Object.fromEntries(names.map((name) => [name, ParameterForm.text(9)]));
    expect(() => webAcl._addRoutes([Route.get('/search', { access: Access.ANYONE, query })])).toThrow(
      /routes must fit into a regular expression of 512 characters/,
    );
  });

  test('a site is added twice', () => {
    const { acl: webAcl } = acl();
    webAcl._addSite(['/'], '');
    expect(() => webAcl._addSite(['/'], '')).toThrow('site must be added once');
  });
});
