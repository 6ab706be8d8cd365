import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';

/**
 * Custom host names of a distribution. With them the TLS policy is TLSv1.2_2025. With CloudFront's
 * default name it is always TLSv1.
 */
export interface EdgeDomain {
  /**
   * Host names in lower case, 1 to 100: `['shop.example.com']`. Links use the first one. If there
   * is a `hostedZone`, the names must be in it.
   */
  readonly domainNames: string[];

  /**
   * Certificate for these names. It must be in us-east-1, because CloudFront requires it.
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
   * Whether browsers must use TLS for every subdomain of these names too (`includeSubDomains` of
   * Strict-Transport-Security). This includes subdomains that other systems serve. Browsers
   * remember it for two years.
   * @default false
   */
  readonly hstsIncludeSubdomains?: boolean;
}
