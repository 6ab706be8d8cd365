import fc from 'fast-check';
import { type JsonObject, WebAclEvaluator, type WebAclModel } from '../../testing';
import { request, textOf } from './fixtures';

const NONE = [{ Priority: 0, Type: 'NONE' }];
const bytes = (FieldToMatch: JsonObject, SearchString: string, PositionalConstraint = 'EXACTLY'): JsonObject => ({
  ByteMatchStatement: { FieldToMatch, SearchString, PositionalConstraint, TextTransformations: NONE },
});
const regex = (FieldToMatch: JsonObject, RegexString: string, TextTransformations = NONE): JsonObject => ({
  RegexMatchStatement: { FieldToMatch, RegexString, TextTransformations },
});
const size = (FieldToMatch: JsonObject, ComparisonOperator: string, Size: number): JsonObject => ({
  SizeConstraintStatement: { FieldToMatch, ComparisonOperator, Size, TextTransformations: NONE },
});
const METHOD = { Method: {} };
const PATH = { UriPath: {} };
const body = (OversizeHandling: string): JsonObject => ({ Body: { OversizeHandling } });

function acl(rules: JsonObject[], props: Partial<WebAclModel> = {}): WebAclModel {
  return {
    name: 'acl',
    account: '111122223333',
    defaultAction: { Block: { CustomResponse: { ResponseCode: 404, CustomResponseBodyKey: 'none' } } },
    rules: rules.map((rule, i) => ({ Name: `rule${i}`, Priority: i, ...rule })),
    customResponseBodies: { none: { contentType: 'APPLICATION_JSON', content: '{"error":{}}' } },
    bodyLimit: 16_384,
    ...props,
  };
}

const allows = (statement: JsonObject, asked: Parameters<WebAclEvaluator['evaluate']>[0], props = {}): boolean =>
  new WebAclEvaluator(acl([{ Statement: statement, Action: { Allow: {} } }], props)).evaluate(asked).action === 'allow';

test('a request without a matching rule gets the default answer', () => {
  const { action, rule, response } = new WebAclEvaluator(acl([])).evaluate(request('GET', '/'));
  expect({ action, rule, status: response?.status }).toEqual({ action: 'block', rule: undefined, status: 404 });
  expect(response!.headers['content-type']).toBe('application/json');
  expect(textOf(response!)).toBe('{"error":{}}');
});

test('rules run by priority, not by their place in the list', () => {
  const every = regex(PATH, '^/');
  const evaluator = new WebAclEvaluator(
    acl([
      { Statement: every, Action: { Allow: {} }, Priority: 5 },
      { Statement: every, Action: { Block: {} }, Priority: 1 },
    ]),
  );
  expect(evaluator.evaluate(request('GET', '/'))).toMatchObject({ action: 'block', rule: 'rule1' });
});

test.each([
  [bytes(METHOD, 'GET'), true],
  [bytes(PATH, '/orders', 'STARTS_WITH'), true],
  [bytes(PATH, '/17', 'ENDS_WITH'), true],
  [bytes(PATH, 'rder', 'CONTAINS'), true],
  [bytes(PATH, 'rder', 'CONTAINS_WORD'), false],
  [bytes({ SingleHeader: { Name: 'Content-Type' } }, 'application/json'), true],
  [bytes({ SingleHeader: { Name: 'x-none' } }, ''), false],
  [regex({ QueryString: {} }, '^(?:q)=[^&]*$'), true],
  [regex({ SingleQueryArgument: { Name: 'Q' } }, '^a b$'), true],
  [regex(PATH, '^/ORDERS', [{ Priority: 0, Type: 'LOWERCASE' }]), false],
  [regex(PATH, '^/orders/[^/]+$'), true],
  [size({ QueryString: {} }, 'GT', 4), true],
  [size({ QueryString: {} }, 'LE', 4), false],
  [{ NotStatement: { Statement: bytes(METHOD, 'GET') } }, false],
  [{ AndStatement: { Statements: [bytes(METHOD, 'GET'), bytes(METHOD, 'PUT')] } }, false],
  [{ OrStatement: { Statements: [bytes(METHOD, 'GET'), bytes(METHOD, 'PUT')] } }, true],
])('%j is %s', (statement, expected) => {
  const asked = request('GET', '/orders/17?q=a%20b', { headers: { 'content-type': 'application/json' } });
  expect(allows(statement, asked)).toBe(expected);
});

describe('bodies larger than what is inspected', () => {
  const asked = request('POST', '/', { body: Buffer.concat([Buffer.alloc(100, 'a'), Buffer.from('needle')]) });
  const find = (handling: string) => allows(bytes(body(handling), 'needle', 'CONTAINS'), asked, { bodyLimit: 100 });

  test('match, do not match, or are inspected in part, as the rule states', () => {
    expect([find('MATCH'), find('NO_MATCH'), find('CONTINUE')]).toEqual([true, false, false]);
  });

  test('are larger than any limit', () => {
    expect(allows(size(body('MATCH'), 'GT', 50), asked, { bodyLimit: 100 })).toBe(true);
  });
});

describe('labels', () => {
  const rules: JsonObject[] = [
    { Statement: bytes(PATH, '/orders'), Action: { Count: {} }, RuleLabels: [{ Name: 'breakwater:route' }] },
    { Statement: { LabelMatchStatement: { Scope: 'LABEL', Key: 'breakwater:route' } }, Action: { Allow: {} } },
  ];

  test('a counting rule leaves one behind for a later rule', () => {
    const evaluator = new WebAclEvaluator(acl(rules));
    expect(evaluator.evaluate(request('GET', '/orders'))).toMatchObject({ action: 'allow', counted: ['rule0'] });
    expect(evaluator.evaluate(request('GET', '/else')).action).toBe('block');
  });

  test('a label does not match by its end alone', () => {
    const key = { LabelMatchStatement: { Scope: 'LABEL', Key: 'oute' } };
    const evaluator = new WebAclEvaluator(acl([rules[0]!, { Statement: key, Action: { Allow: {} } }]));
    expect(evaluator.evaluate(request('GET', '/orders')).action).toBe('block');
  });
});

describe('managed body rule', () => {
  const group = (overrides: JsonObject): JsonObject => ({
    Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS', Name: 'AWSManagedRulesCommonRuleSet', ...overrides } },
    OverrideAction: { None: {} },
  });
  const counted = group({ RuleActionOverrides: [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }] });
  const all = { Statement: regex(PATH, '^/'), Action: { Allow: {} } };
  const large = request('POST', '/', { body: Buffer.alloc(8_193) });

  test('blocks a body above 8 KB, and lets 8 KB through', () => {
    const evaluator = new WebAclEvaluator(acl([group({}), all]));
    expect(evaluator.evaluate(large).response?.status).toBe(403);
    expect(evaluator.evaluate({ ...large, body: Buffer.alloc(8_192) }).action).toBe('allow');
  });

  test('counted, it leaves its label', () => {
    const decision = new WebAclEvaluator(acl([counted, all])).evaluate(large);
    expect(decision.action).toBe('allow');
    expect(decision.labels).toEqual(['awswaf:managed:aws:core-rule-set:SizeRestrictions_Body']);
  });

  test('another group matches nothing', () => {
    const other = group({ Name: 'AWSManagedRulesKnownBadInputsRuleSet' });
    expect(new WebAclEvaluator(acl([other, all])).evaluate(large).action).toBe('allow');
  });
});

test('a rate counts each address for itself, and only within its window', () => {
  let now = 0;
  const rate = {
    Statement: { RateBasedStatement: { Limit: 10, AggregateKeyType: 'IP', EvaluationWindowSec: 60 } },
    Action: { Block: { CustomResponse: { ResponseCode: 429 } } },
  };
  const all = { Statement: regex(PATH, '^/'), Action: { Allow: {} } };
  const evaluator = new WebAclEvaluator(acl([rate, all]), () => now);
  const ask = (ip: string) => evaluator.evaluate(request('GET', '/', { ip })).response?.status;
  for (let i = 0; i < 10; i++) expect(ask('192.0.2.1')).toBeUndefined();
  expect(ask('192.0.2.1')).toBe(429);
  expect(ask('192.0.2.2')).toBeUndefined();
  now = 61_000;
  expect(ask('192.0.2.1')).toBeUndefined();
});

describe('fails at the start, and names', () => {
  const every = regex(PATH, '^/');
  const make = (rule: JsonObject) => () => new WebAclEvaluator(acl([rule]));
  const rate = (props: JsonObject) => ({ RateBasedStatement: { Limit: 10, ...props } });

  test.each<[string, JsonObject, RegExp]>([
    ['a statement', { GeoMatchStatement: { CountryCodes: ['NL'] } }, /'rule0': .*GeoMatchStatement/],
    ['a nested statement', { NotStatement: { Statement: { AsnMatchStatement: {} } } }, /AsnMatchStatement/],
    [
      'a scope-down statement',
      rate({ ScopeDownStatement: { IPSetReferenceStatement: {} } }),
      /IPSetReferenceStatement/,
    ],
    ['a transformation', regex(PATH, 'x', [{ Priority: 0, Type: 'MD5' }]), /Type: .*'MD5'/],
    [
      'transformations before parsing',
      { RegexMatchStatement: { ...(every['RegexMatchStatement'] as JsonObject), PreParseTextTransformations: NONE } },
      /PreParseTextTransformations/,
    ],
    ['a regular expression', regex(PATH, '('), /'rule0': .*regular expression/],
    ['the JSON of a body', regex({ JsonBody: { MatchScope: 'ALL' } }, 'x'), /FieldToMatch: .*JsonBody/],
    ['cookies', regex({ Cookies: { MatchScope: 'ALL' } }, 'x'), /FieldToMatch: .*Cookies/],
    ['a constraint', bytes(PATH, '/', 'SOUNDS_LIKE'), /PositionalConstraint: .*'SOUNDS_LIKE'/],
    ['an operator', size(PATH, 'ABOUT', 1), /ComparisonOperator: .*'ABOUT'/],
    ['a rate by forwarded address', rate({ AggregateKeyType: 'FORWARDED_IP' }), /AggregateKeyType: .*'FORWARDED_IP'/],
    ['a rate by keys', rate({ AggregateKeyType: 'IP', CustomKeys: [{ IP: {} }] }), /CustomKeys/],
  ])('%s', (_name, Statement, message) => {
    expect(make({ Statement, Action: { Block: {} } })).toThrow(message);
  });

  test.each<[string, JsonObject, RegExp]>([
    ['Captcha', { Action: { Captcha: {} } }, /Action: .*Captcha/],
    ['Challenge', { Action: { Challenge: {} } }, /Action: .*Challenge/],
    [
      'inserted headers',
      { Action: { Count: { CustomRequestHandling: { InsertHeaders: [{ Name: 'a' }] } } } },
      /Count: .*CustomRequestHandling/,
    ],
    ['a Captcha setting', { Action: { Allow: {} }, CaptchaConfig: {} }, /CaptchaConfig/],
  ])('%s', (_name, rule, message) => {
    expect(make({ Statement: every, ...rule })).toThrow(message);
  });

  test('a default action', () => {
    expect(() => new WebAclEvaluator(acl([], { defaultAction: { Captcha: {} } }))).toThrow(/default action: .*Captcha/);
  });
});

test('an escape that cannot be read stays as it is, and the others are decoded', () => {
  const decode = [{ Priority: 0, Type: 'URL_DECODE' }];
  expect(allows(regex(PATH, '^/<script>%zz$', decode), request('GET', '/%3Cscript%3e%zz'))).toBe(true);
  expect(allows(bytes(PATH, '/ü'), request('GET', '/\xc3\xbc'))).toBe(true);
});

test('"not" inverts every decision', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.constantFrom('GET', 'POST'), (path, method) => {
      const statement = { OrStatement: { Statements: [bytes(METHOD, 'POST'), bytes(PATH, '/', 'EXACTLY')] } };
      const asked = request(method, path);
      return allows(statement, asked) !== allows({ NotStatement: { Statement: statement } }, asked);
    }),
  );
});
