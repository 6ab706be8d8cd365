import { Annotations } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { acknowledge } from '../../validation';

/** States which findings of scanners don't hold for the distribution, and why. */
export function acknowledgeDistribution(distribution: Distribution, hasDomain: boolean): void {
  // A reason stands in the template's metadata; the warning is about S3 answering '/' with a list.
  Annotations.of(distribution).acknowledgeWarning(
    '@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk',
    "The viewer function turns '/' and every folder into its index.html, so no request reaches the bucket itself.",
  );
  acknowledge(
    distribution,
    { id: 'AwsSolutions-CFR1', reason: 'Who may call is said by each route; countries are not a boundary of trust.' },
    {
      id: 'AwsSolutions-CFR3',
      reason: 'Access logs hold addresses of people; blocked requests are logged by the web ACL, calls by the modules.',
    },
    { id: 'CKV_AWS_86', reason: 'Blocked requests are logged by the web ACL, calls by the modules.' },
    { id: 'CKV_AWS_374', reason: 'Countries are not a boundary of trust; each route says who may call.' },
    { id: 'CKV_AWS_310', reason: 'A module has one origin; a second one would need its data in a second Region.' },
    {
      id: 'CKV_AWS_305',
      reason: "The viewer function maps '/' to the site's index.html, as it does for every folder.",
    },
  );
  if (!hasDomain) {
    const reason = "Synth warns: CloudFront fixes TLSv1 for its own certificate; with 'domain' it is TLSv1.2_2025.";
    acknowledge(distribution, { id: 'AwsSolutions-CFR4', reason }, { id: 'CKV_AWS_174', reason });
  }
}
