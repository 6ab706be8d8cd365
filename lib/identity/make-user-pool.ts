import { Duration, Lazy } from 'aws-cdk-lib';
import { AccountRecovery, type CfnUserPool, FeaturePlan, Mfa, UserPool } from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { type DeploymentProfile, isRetained } from '../profile';
import { acknowledge } from '../validation';

/**
 * Makes a user pool. Administrators create its users. Users sign in with an e-mail address and a
 * password.
 */
export function makeUserPool(scope: Construct, id: string, profile: DeploymentProfile, mfaRequired: boolean): UserPool {
  const pool = new UserPool(scope, id, {
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    signInCaseSensitive: false,
    autoVerify: { email: true },
    keepOriginal: { email: true },
    standardAttributes: { email: { required: true, mutable: true } },
    passwordPolicy: {
      minLength: 12,
      requireLowercase: true,
      requireUppercase: true,
      requireDigits: true,
      requireSymbols: true,
      tempPasswordValidity: Duration.days(3),
    },
    mfa: mfaRequired ? Mfa.REQUIRED : Mfa.OPTIONAL,
    mfaSecondFactor: { otp: true, sms: false },
    accountRecovery: AccountRecovery.EMAIL_ONLY,
    featurePlan: FeaturePlan.ESSENTIALS,
    removalPolicy: profile.protectedRemovalPolicy,
  });
  const resource = pool.node.defaultChild as CfnUserPool;
  resource.deletionProtection = Lazy.string({ produce: () => (isRetained(resource) ? 'ACTIVE' : 'INACTIVE') });
  acknowledge(pool, {
    id: 'AwsSolutions-COG8',
    reason: 'The plus plan bills every active user for threat protection. An app can set it on the pool.',
  });
  if (!mfaRequired) {
    acknowledge(pool, {
      id: 'AwsSolutions-COG2',
      reason: 'Each person may add a second factor (TOTP). With mfaRequired, each person must.',
    });
  }
  return pool;
}
