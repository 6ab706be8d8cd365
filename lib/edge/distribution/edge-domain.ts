import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';

/**
 * Custom host names of a distribution. For custom names, the TLS policy is TLSv1.2_2025. For
 * CloudFront's default name, it is always TLSv1.
 */
export interface EdgeDomain {
  /**
   * Host names in lower case, 1 to 100: `['shop.example.com']`. Links use the first one. If
   * `hostedZone` is set, the names must be in that zone.
   */
  readonly domainNames: string[];

  /**
   * Certificate for these names. CloudFront requires that the certificate is in us-east-1.
   * @default - a new certificate, validated by DNS in `hostedZone`; for this, the stack's Region
   * must be the literal us-east-1
   */
  readonly certificate?: ICertificate;

  /**
   * Zone for the A and AAAA records of the names.
   * @default - no records
   */
  readonly hostedZone?: IHostedZone;

  /**
   * Whether browsers must use TLS for every subdomain of these names too (`includeSubDomains` of
   * Strict-Transport-Security). The rule also applies to subdomains that other systems serve.
   * Browsers remember this rule for two years.
   * @default false
   */
  readonly hstsIncludeSubdomains?: boolean;
}
