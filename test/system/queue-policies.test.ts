import * as fc from 'fast-check';
import { differenceOf } from '../../lambdas/system/tick/queue-policies';

const DENY = {
  Sid: 'OnlyDeclaredSenders',
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'sqs:SendMessage',
  Resource: 'arn:aws:sqs:us-east-1:111111111111:mail',
  Condition: {
    StringNotEquals: { 'aws:PrincipalArn': ['arn:aws:iam::111111111111:role/a', 'arn:aws:iam::111111111111:role/b'] },
  },
};
const TLS = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 'sqs:*',
  Resource: DENY.Resource,
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
const POLICY = { Version: '2012-10-17', Statement: [TLS, DENY] };

const changed = (statement: object) => differenceOf(POLICY, JSON.stringify({ ...POLICY, Statement: [TLS, statement] }));

test('forms that AWS may return mean the same policy', () => {
  const returned = {
    Statement: [
      {
        ...DENY,
        Principal: '*',
        Action: ['sqs:SendMessage'],
        Resource: [DENY.Resource],
        Condition: {
          StringNotEquals: { 'aws:PrincipalArn': [...DENY.Condition.StringNotEquals['aws:PrincipalArn']].reverse() },
        },
      },
      { ...TLS, Condition: { Bool: { 'aws:SecureTransport': false } } },
    ],
    Id: 'made by CloudFormation',
    Version: '2012-10-17',
  };
  expect(differenceOf(POLICY, JSON.stringify(returned))).toBeUndefined();
});

test('the order of names and members doesn’t matter', () => {
  const shuffle = (value: unknown, random: () => number): unknown => {
    if (Array.isArray(value)) return value.map((one) => shuffle(one, random)).sort(() => random() - 0.5);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, inner]) => [name, shuffle(inner, random)]);
    return Object.fromEntries(entries.sort(() => random() - 0.5));
  };
  void fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (numbers) => {
      const random = () => numbers.next().value as number;
      expect(differenceOf(POLICY, JSON.stringify(shuffle(POLICY, random)))).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});

test.each<[string, object]>([
  ['another effect', { ...DENY, Effect: 'Allow' }],
  ['fewer principals', { ...DENY, Principal: { AWS: 'arn:aws:iam::111111111111:role/a' } }],
  ['another action', { ...DENY, Action: 'sqs:PurgeQueue' }],
  ['one more sender', { ...DENY, Condition: { StringNotEquals: { 'aws:PrincipalArn': ['a', 'b', 'c'] } } }],
  ['another condition', { ...DENY, Condition: { StringNotLike: DENY.Condition.StringNotEquals } }],
  ['one more condition', { ...DENY, Condition: { ...DENY.Condition, Bool: { 'aws:SecureTransport': 'true' } } }],
  ['no condition', { ...DENY, Condition: undefined }],
])('a statement with %s is a difference', (_what, statement) => {
  expect(changed(statement)).toEqual({ missing: ['OnlyDeclaredSenders'], added: ['OnlyDeclaredSenders'] });
});

test('a statement that was added, and one that was removed, are named', () => {
  const more = { ...POLICY, Statement: [...POLICY.Statement, { Effect: 'Allow', Principal: '*', Action: 'sqs:*' }] };
  expect(differenceOf(POLICY, JSON.stringify(more))).toEqual({ missing: [], added: ['unnamed'] });
  expect(differenceOf(POLICY, JSON.stringify({ Statement: TLS }))).toEqual({
    missing: ['OnlyDeclaredSenders'],
    added: [],
  });
});

test.each([undefined, ''])('a queue without a policy (%p) lacks all statements', (text) => {
  expect(differenceOf(POLICY, text)).toEqual({ missing: ['unnamed', 'OnlyDeclaredSenders'], added: [] });
});
