import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';

/**
 * Own host names of a distribution. With them the TLS policy is TLSv1.2_2025. Without them
 * CloudFront fixes TLSv1.
 */
export interface EdgeDomain {
  /**
   * Host names in lower case, 1 to 100: `['shop.example.com']`. Links use the first one. If there
   * is a `hostedZone`, the names must be in it.
   */
  readonly domainNames: string[];

  /**
   * Certificate for these names, in us-east-1, where CloudFront reads certificates.
   * @default - a certificate validated by DNS in `hostedZone`; the stack's Region must be the
   * literal us-east-1
   */
  readonly certificate?: ICertificate;

  /**
   * Zone for the A and AAAA records of the names.
   * @default - no records
   */
  readonly hostedZone?: IHostedZone;

  /**
   * Whether browsers must use TLS for every subdomain of these names too, whoever serves it
   * (`includeSubDomains` of Strict-Transport-Security). Browsers remember this for two years.
   * @default false
   */
  readonly hstsIncludeSubdomains?: boolean;
}
