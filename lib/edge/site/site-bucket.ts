import type { IOrigin } from 'aws-cdk-lib/aws-cloudfront';
import { AccessLevel, S3OriginAccessControl, Signing } from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { emptyOnDelete } from '../../documents';
import type { DeploymentProfile } from '../../profile';
import { regionalName } from '../../stacks';
import { acknowledge } from '../../validation';

/**
 * A private bucket for a site's files. Only the distribution can read it. Its content is public, so
 * S3's own key encrypts it. The policy of a customer managed key would have to name the
 * distribution, but the distribution depends on the bucket. This would be a dependency cycle.
 */
export function siteBucket(scope: Construct, id: string, profile: DeploymentProfile): Bucket {
  const bucket = new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: profile.removalPolicy,
  });
  emptyOnDelete(bucket, profile);
  const madeAgain = 'Each deployment writes its content again from source.';
  acknowledge(
    bucket,
    { id: 'AwsSolutions-S1', reason: 'Only the distribution reads it; what it serves is public.' },
    { id: 'CKV_AWS_18', reason: 'Only the distribution reads it; what it serves is public.' },
    { id: 'CKV_AWS_21', reason: madeAgain },
    { id: 'NIST.800.53.R5-S3BucketVersioningEnabled', reason: madeAgain },
    { id: 'NIST.800.53.R5-S3BucketReplicationEnabled', reason: madeAgain },
    {
      id: 'NIST.800.53.R5-S3BucketLoggingEnabled',
      reason: 'Only the distribution reads it; what it serves is public.',
    },
    {
      id: 'NIST.800.53.R5-S3DefaultEncryptionKMS',
      reason: "Public content; a customer's key with origin access control makes a cycle.",
    },
  );
  return bucket;
}

/**
 * The bucket as an origin with access control. For a missing object, S3 answers 404 instead of 403,
 * because the distribution may list the bucket.
 */
export function siteOrigin(scope: Construct, bucket: Bucket): IOrigin {
  return S3BucketOrigin.withOriginAccessControl(bucket, {
    originAccessControl: new S3OriginAccessControl(scope, 'SiteAccess', {
      originAccessControlName: regionalName(scope, 'Site'),
      signing: Signing.SIGV4_ALWAYS,
    }),
    originAccessLevels: [AccessLevel.READ, AccessLevel.LIST],
    connectionAttempts: 3,
  });
}
