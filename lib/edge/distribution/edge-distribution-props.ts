import type { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import type { IIdentity } from '../../identity';
import type { DeploymentProfile } from '../../profile';
import type { WebAclOptions } from '../web-acl/web-acl';
import type { EdgeDomain } from './edge-domain';

/** Props of an `EdgeDistribution`. */
export interface EdgeDistributionProps {
  /**
   * Identity that issues the tokens that the edge accepts. Visitors of the site sign in with it.
   * @default - none: a module may have its own identity, and the site has no sign-in
   */
  readonly identity?: IIdentity;

  /**
   * Custom host names and their certificate. With CloudFront's default name the TLS policy is
   * always TLSv1, and synth warns about it.
   * @default - CloudFront's default name
   */
  readonly domain?: EdgeDomain;

  /**
   * Rate limit and managed rule groups of the web ACL.
   * @default - 2,000 requests per IP address in five minutes; IP reputation, known bad inputs and
   * common rules
   */
  readonly webAcl?: WebAclOptions;

  /**
   * Price class of CloudFront: the regions in which edge locations answer.
   * @default - all locations
   */
  readonly priceClass?: PriceClass;

  /**
   * Purpose of the deployment. It decides which resources are retained, and how long logs are kept.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** A static site at the edge. */
export interface EdgeSiteProps {
  /** Folder with the site's files. It must contain an index.html. */
  readonly source: string;

  /**
   * Whether visitors can sign in. The identity then gets a client that redirects to the site's
   * first page after a sign-in. An `OidcIdentity` needs `clientId` and `signInUrl` for this.
   * @default false
   */
  readonly signIn?: boolean;

  /**
   * Further values of `/config.json`. Everybody can read them.
   * @default - only the values of the sign-in
   */
  readonly config?: { [name: string]: string };
}
