import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DeploymentProfile } from '../../lib/profile';
import { BreakwaterError } from '../../lib/validation';

function fromContext(context: Record<string, unknown>): DeploymentProfile {
  return DeploymentProfile.fromContext(new Stack(new App({ context }), 'Shop'));
}

test('production retains data, and provisions the requested capacity', () => {
  expect(DeploymentProfile.PRODUCTION).toMatchObject({
    profileName: 'production',
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    protectedRemovalPolicy: RemovalPolicy.RETAIN,
    deletionProtection: true,
    pointInTimeRecovery: true,
    provisionsCapacity: true,
    logRetention: RetentionDays.THREE_MONTHS,
  });
});

test('the sandbox is deleted completely and costs nothing while it is idle', () => {
  expect(DeploymentProfile.SANDBOX).toMatchObject({
    profileName: 'sandbox',
    removalPolicy: RemovalPolicy.DESTROY,
    protectedRemovalPolicy: RemovalPolicy.DESTROY,
    deletionProtection: false,
    pointInTimeRecovery: false,
    provisionsCapacity: false,
    logRetention: RetentionDays.ONE_WEEK,
  });
});

test('the context names the profile; the default is production', () => {
  expect(fromContext({})).toBe(DeploymentProfile.PRODUCTION);
  expect(fromContext({ profile: 'production' })).toBe(DeploymentProfile.PRODUCTION);
  expect(fromContext({ profile: 'sandbox' })).toBe(DeploymentProfile.SANDBOX);
});

test.each(['Sandbox', 'dev', '', 7, true, {}])('fails if the context contains %p', (profile) => {
  expect(() => fromContext({ profile })).toThrow(BreakwaterError);
  expect(() => fromContext({ profile })).toThrow(
    `Shop: context profile must be 'production' or 'sandbox', got ${JSON.stringify(profile)}`,
  );
});
