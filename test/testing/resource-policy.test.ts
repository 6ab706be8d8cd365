import type { PolicyStatement } from '../../testing';
import { policyAllows } from '../../testing/resource-policy';
import { DISTRIBUTION_ARN, functionStatements } from './fixtures';

const ask = (statements: readonly PolicyStatement[], context: Record<string, string>, resource?: string): boolean =>
  policyAllows(
    { Statement: statements },
    { service: 'cloudfront.amazonaws.com', action: 'lambda:InvokeFunctionUrl', resource, context },
  );
const FROM_HERE = { 'aws:sourcearn': DISTRIBUTION_ARN };
const ALLOW: PolicyStatement = {
  Effect: 'Allow',
  Principal: { Service: 'cloudfront.amazonaws.com' },
  Action: 'lambda:InvokeFunctionUrl',
};

test('an allow counts for its own source only', () => {
  expect(ask(functionStatements(), FROM_HERE)).toBe(true);
  expect(ask(functionStatements(), { 'aws:sourcearn': `${DISTRIBUTION_ARN}0` })).toBe(false);
  expect(ask(functionStatements(), {})).toBe(false);
});

test.each<[string, PolicyStatement]>([
  ['another service', { ...ALLOW, Principal: { Service: 'apigateway.amazonaws.com' } }],
  ['another action', { ...ALLOW, Action: 'lambda:InvokeFunction' }],
  ['another resource', { ...ALLOW, Resource: 'arn:aws:lambda:us-east-1:111122223333:function:other' }],
  ['an unknown operator', { ...ALLOW, Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }],
  ['nobody', { ...ALLOW, Principal: undefined }],
])('an allow of %s does not apply', (_name, statement) => {
  const context = { ...FROM_HERE, 'aws:sourceip': '192.0.2.1' };
  expect(ask([statement], context, 'arn:aws:lambda:us-east-1:111122223333:function:mine')).toBe(false);
});

test('a deny takes precedence over every allow, also if it is not understood', () => {
  const deny: PolicyStatement = { ...ALLOW, Effect: 'Deny', Principal: '*' };
  expect(ask([ALLOW], FROM_HERE)).toBe(true);
  expect(ask([ALLOW, deny], FROM_HERE)).toBe(false);
  const strange = { ...deny, Condition: { DateGreaterThan: { 'aws:currenttime': '2026-01-01' } } };
  expect(ask([ALLOW, strange], { ...FROM_HERE, 'aws:currenttime': '2025-01-01' })).toBe(false);
});

test('the TLS-only deny leaves TLS alone', () => {
  const tlsOnly: PolicyStatement = {
    Effect: 'Deny',
    Principal: { AWS: '*' },
    Action: ['lambda:*'],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  expect(ask([ALLOW, tlsOnly], { ...FROM_HERE, 'aws:securetransport': 'true' })).toBe(true);
  expect(ask([ALLOW, tlsOnly], { ...FROM_HERE, 'aws:securetransport': 'false' })).toBe(false);
});
