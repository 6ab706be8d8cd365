import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';

/** Names of your own for a distribution. Only with them does CloudFront let the TLS policy be chosen (TLSv1.2_2025). */
export interface EdgeDomain {
  /** Host names that the distribution answers to: `['shop.example.com']`. The first is the one that links name. */
  readonly domainNames: string[];

  /**
   * Certificate for these names. CloudFront reads certificates in us-east-1 only.
   * @default - one validated by DNS in `hostedZone`; that takes a stack whose Region is literally us-east-1
   */
  readonly certificate?: ICertificate;

  /**
   * Zone in which A and AAAA records for the names are made.
   * @default - you make the records
   */
  readonly hostedZone?: IHostedZone;

  /**
   * Whether browsers that were here once must use TLS for every name below these too, for two years, whoever answers there
   * (`includeSubDomains` of Strict-Transport-Security). It can't be taken back sooner than browsers forget it.
   * @default false
   */
  readonly hstsIncludeSubdomains?: boolean;
}
