import type { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import type { IIdentity } from '../../identity';
import type { DeploymentProfile } from '../../profile';
import type { WebAclOptions } from '../web-acl/web-acl';
import type { EdgeDomain } from './edge-domain';

/** Props of an `EdgeDistribution`. */
export interface EdgeDistributionProps {
  /**
   * Whose tokens the edge lets pass, and where a site's visitors sign in.
   * @default - none: a module may bring its own; a site can't have a sign-in
   */
  readonly identity?: IIdentity;

  /**
   * Host names of your own and their certificate. Without, CloudFront fixes the TLS policy at TLSv1 and synth warns.
   * @default - the name CloudFront gives
   */
  readonly domain?: EdgeDomain;

  /**
   * Rate limit and managed rules of the web ACL.
   * @default - 2,000 requests per IP address in five minutes; IP reputation, known bad inputs, common rules
   */
  readonly webAcl?: WebAclOptions;

  /**
   * Which of CloudFront's locations answer.
   * @default - all of them
   */
  readonly priceClass?: PriceClass;

  /**
   * What the deployment is for.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** A static site at the edge. */
export interface EdgeSiteProps {
  /** Folder with the site's files, an index.html among them. */
  readonly source: string;

  /**
   * Whether its visitors can sign in: makes a client of the identity that returns to the site's first page. An issuer of your own must
   * state its `clientId` and `signInUrl`.
   * @default false
   */
  readonly signIn?: boolean;

  /**
   * Further values of `/config.json`; all of them are public.
   * @default - only those of the sign-in
   */
  readonly config?: { [name: string]: string };
}
