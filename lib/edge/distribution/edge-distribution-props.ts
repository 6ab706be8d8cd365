import type { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import type { IIdentity } from '../../identity';
import type { DeploymentProfile } from '../../profile';
import type { WebAclOptions } from '../web-acl/web-acl';
import type { EdgeDomain } from './edge-domain';

/** Props of an `EdgeDistribution`. */
export interface EdgeDistributionProps {
  /**
   * Identity whose tokens the edge lets pass, and that a site's visitors sign in with.
   * @default - none: modules may bring their own, and a site has no sign-in
   */
  readonly identity?: IIdentity;

  /**
   * Own host names and their certificate. Without them CloudFront fixes the TLS policy at TLSv1,
   * and synth warns.
   * @default - CloudFront's name
   */
  readonly domain?: EdgeDomain;

  /**
   * Rate limit and managed rule groups of the web ACL.
   * @default - 2,000 requests per IP address in five minutes; IP reputation, known bad inputs and
   * common rules
   */
  readonly webAcl?: WebAclOptions;

  /**
   * CloudFront's locations that answer.
   * @default - all of them
   */
  readonly priceClass?: PriceClass;

  /**
   * Purpose of the deployment: decides what is retained, and for how long.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** A static site at the edge. */
export interface EdgeSiteProps {
  /** Folder with the site's files, an index.html among them. */
  readonly source: string;

  /**
   * Whether visitors can sign in. Adds a client to the identity that returns to the site's first
   * page. An `OidcIdentity` needs `clientId` and `signInUrl` for this.
   * @default false
   */
  readonly signIn?: boolean;

  /**
   * Further values of `/config.json`. Everybody can read them.
   * @default - only the values of the sign-in
   */
  readonly config?: { [name: string]: string };
}
