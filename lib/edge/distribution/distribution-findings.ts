import { Annotations } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { acknowledge } from '../../validation';

/**
 * Acknowledges scanner findings that don't apply to the distribution. Each has a reason.
 */
export function acknowledgeDistribution(distribution: Distribution, hasDomain: boolean): void {
  // The finding is about S3 origins: S3 answers '/' with a list of objects.
  Annotations.of(distribution).acknowledgeWarning(
    '@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk',
    "The viewer function turns '/' and every folder into its index.html, so no request reaches the bucket itself.",
  );
  acknowledge(
    distribution,
    { id: 'AwsSolutions-CFR1', reason: 'Each route states who may call. Countries are not a boundary of trust.' },
    {
      id: 'AwsSolutions-CFR3',
      reason: 'Access logs contain IP addresses of people. The web ACL logs blocked requests, the modules log calls.',
    },
    { id: 'CKV_AWS_86', reason: 'The web ACL logs blocked requests, the modules log calls.' },
    { id: 'CKV_AWS_374', reason: 'Each route states who may call. Countries are not a boundary of trust.' },
    { id: 'CKV_AWS_310', reason: 'A module has one origin. A second one would need its data in a second Region.' },
    {
      id: 'CKV_AWS_305',
      reason: "The viewer function maps '/' to the site's index.html, as it does for every folder.",
    },
  );
  if (!hasDomain) {
    const reason =
      "Synth warns about this: with its own certificate, CloudFront always allows TLS 1.0. With 'domain', the minimum is TLSv1.2_2025.";
    acknowledge(distribution, { id: 'AwsSolutions-CFR4', reason }, { id: 'CKV_AWS_174', reason });
  }
}
