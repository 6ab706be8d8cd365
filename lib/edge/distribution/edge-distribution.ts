import { Duration } from 'aws-cdk-lib';
import {
  CfnOriginAccessControl,
  Distribution,
  type ErrorResponse,
  HttpVersion,
  PriceClass,
  SecurityPolicyProtocol,
} from 'aws-cdk-lib/aws-cloudfront';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { noteIdentity, requireIdentity } from '../../identity';
import { MicroModule } from '../../modules';
import { type DeploymentProfile, PROFILE, profileOf } from '../../profile';
import { noteReference, regionalName, shortHash } from '../../stacks';
import {
  invalid,
  mustBe,
  type PropChecks,
  requireLiteral,
  requireOwnProps,
  requirePart,
  requireProps,
} from '../../validation';
import { siteBucket, siteOrigin } from '../site/site-bucket';
import { filePaths, readSite, type SiteFiles, sitePaths } from '../site/site-files';
import { StaticSite } from '../site/static-site';
import { ViewerFunctions } from '../viewer/viewer-functions';
import { edgeWebAcl } from '../web-acl/edge-web-acl';
import type { WebAcl } from '../web-acl/web-acl';
import { WEB_ACL_OPTIONS } from '../web-acl/web-acl';
import { Behaviors } from './behaviors';
import { checkRoutes, checkSitePaths, quotaErrors } from './distribution-checks';
import { acknowledgeDistribution } from './distribution-findings';
import type { EdgeDistributionProps, EdgeSiteProps } from './edge-distribution-props';
import { edgeTimeout, ModuleOrigin } from './function-url-origin';
import { permitCalls } from './module-permissions';
import { addRecords, certificateOf, EDGE_DOMAIN } from './own-domain';
import { behaviorPatterns, type OwnedRoute } from './route-table';
import { addSiteSignIn } from './sign-in';
import { sortBehaviors } from './sort-behaviors';

const PROPS: PropChecks<EdgeDistributionProps> = {
  identity: requireIdentity,
  domain: EDGE_DOMAIN,
  webAcl: mustBe.props(WEB_ACL_OPTIONS),
  priceClass: mustBe.oneOf('PriceClass', PriceClass),
  profile: PROFILE,
};
const SITE = mustBe.props<EdgeSiteProps>({
  source: mustBe.text,
  signIn: mustBe.flag,
  config: mustBe.texts,
});

/**
 * HTTP statuses that CloudFront caches for 10 seconds by default. Here they aren't cached. The
 * cache key doesn't contain the caller, so other callers would get the 403 of one person. No status
 * has an error page, because CloudFront applies an error page to all behaviours. The answers of a
 * module with 502, 503 or 504 would lose their JSON and their header `retry-after`.
 */
const UNCACHED_ERRORS: ErrorResponse[] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((httpStatus) => ({
  httpStatus,
  ttl: Duration.seconds(0),
}));

/**
 * A CloudFront distribution in front of micro-modules and a static site. It has an allow-list web
 * ACL, and a viewer function for each module (a CloudFront Function that runs before the cache).
 * CloudFront signs its requests to the modules. From outside the account, modules accept only these
 * signed requests.
 *
 * ```ts
 * const edge = new EdgeDistribution(this, 'Edge', { identity });
 * edge.addModule(search);
 * edge.addSite({ source: 'site' });
 * ```
 */
export class EdgeDistribution extends Construct {
  /** The distribution itself. */
  public readonly distribution: Distribution;
  /**
   * The web ACL. It is in this stack if the stack's Region is the literal us-east-1, else in the
   * support stack `<name>-edge`.
   */
  public readonly webAcl: WebAcl;
  /** Bucket of the site's files, the origin of the default behaviour. */
  public readonly siteBucket: Bucket;
  /** `https://` and the first custom host name, or CloudFront's default name. */
  public readonly url: string;
  private readonly props: EdgeDistributionProps;
  private readonly profile: DeploymentProfile;
  private readonly routes: OwnedRoute[] = [];
  private readonly behaviors: Behaviors;
  private readonly functions: ViewerFunctions;
  private readonly accessControl: CfnOriginAccessControl;
  private readonly signInUrls: string[] = [];
  private site?: SiteFiles;
  private modules = 0;

  constructor(scope: Construct, id: string, props: EdgeDistributionProps = {}) {
    super(scope, id);
    requireOwnProps(this, EdgeDistribution, props, PROPS);
    if (props.identity !== undefined) noteIdentity(this, props.identity);
    this.props = props;
    this.profile = profileOf(this, props.profile);
    const certificate = certificateOf(this, props.domain);

    const { acl, arn: webAclId } = edgeWebAcl(this, { ...props.webAcl, profile: this.profile });
    this.webAcl = acl;
    this.siteBucket = siteBucket(this, 'SiteBucket', this.profile);
    this.behaviors = new Behaviors(this, {
      signInUrls: () => this.signInUrls,
      includeSubdomains: props.domain?.hstsIncludeSubdomains ?? false,
    });
    if (props.identity?.signInUrl !== undefined) this.signInUrls.push(props.identity.signInUrl);
    this.functions = new ViewerFunctions(this, props.identity);
    this.accessControl = new CfnOriginAccessControl(this, 'ModuleAccess', {
      originAccessControlConfig: {
        name: regionalName(this, 'Modules'),
        originAccessControlOriginType: 'lambda',
        signingBehavior: 'always',
        signingProtocol: 'sigv4',
      },
    });

    this.distribution = new Distribution(this, 'Distribution', {
      comment: this.node.path,
      defaultBehavior: { ...this.behaviors.site(this.functions.site), origin: siteOrigin(this, this.siteBucket) },
      domainNames: props.domain?.domainNames,
      certificate,
      minimumProtocolVersion: certificate ? SecurityPolicyProtocol.TLS_V1_2_2025 : undefined,
      httpVersion: HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      priceClass: props.priceClass,
      webAclId,
      errorResponses: UNCACHED_ERRORS,
    });
    this.node.defaultChild = this.distribution.node.defaultChild;
    sortBehaviors(this.distribution);
    this.url = `https://${props.domain?.domainNames[0] ?? this.distribution.distributionDomainName}`;
    addRecords(this, props.domain, this.distribution);
    acknowledgeDistribution(this.distribution, props.domain !== undefined);
    this.node.addValidation({ validate: () => this.validateParts() });
  }

  /**
   * Serves a module's routes. Callers can't reach other paths of the module.
   * @throws BreakwaterError if the module is already added, if a route also matches a path of
   * another module or of the site, if a cached route has the same path as a write, if the code of
   * the module's viewer function would exceed 10 KB, or if the module's timeout exceeds 110 seconds
   */
  public addModule(module: MicroModule): void {
    requirePart(this, 'module', module, MicroModule, 'give the module itself');
    const owner = module.node.path;
    noteReference(this, 'module', this, module);
    const added = module.routes.map((route) => ({ owner, route: route._declaration() }));
    checkRoutes(this, this.routes, added);
    checkSitePaths(this, sitePaths(this.site?.names ?? []), added);
    this.behaviors.checkShared(module.routes);
    const origin = new ModuleOrigin(module, this.originId(module), edgeTimeout(this, module), this.accessControl);
    const viewer = this.functions.module(module);
    for (const pattern of behaviorPatterns(added.map(({ route }) => route))) {
      this.distribution.addBehavior(pattern, origin, this.behaviors.route(pattern, module.routes, viewer));
    }
    permitCalls(this, this.distribution, module);
    module._reachedByEdge();
    this.routes.push(...added);
    this.webAcl._addRoutes(module.routes);
    this.modules++;
  }

  /**
   * Serves a folder of files at all paths that no route matches. If the folder has no robots.txt or
   * no sitemap.xml, the deployment adds it. The deployment also adds `/config.json` with the values
   * of the sign-in.
   * @throws BreakwaterError if there is a site already, if the folder has no index.html, if a
   * module's route matches a file's path, or if a sign-in has no identity or no `signInUrl`
   */
  public addSite(props: EdgeSiteProps): void {
    requireProps(this, props, 'source');
    SITE(this, 'addSite', props);
    if (this.site) throw invalid(this, 'site', `must be added once, got a second one from '${props.source}'`);
    requireLiteral(this, 'site.source', props.source, 'synth reads its files');
    const files = this.readSite(props.source);
    const made = ['robots.txt', 'sitemap.xml', 'config.json'];
    const names = [...new Set([...files.names, ...made])].sort();
    checkSitePaths(this, sitePaths(names), this.routes);
    this.site = { ...files, names };
    this.functions.setSite(filePaths(names), files.notFoundPage);
    this.webAcl._addSite(sitePaths(names), files.notFoundPage);
    new StaticSite(this, 'Site', {
      source: props.source,
      files,
      bucket: this.siteBucket,
      origin: this.url,
      config: { ...this.signInConfig(props.signIn ?? false), ...props.config },
      profile: this.profile,
    });
  }

  /**
   * Whether the distribution serves a module's routes.
   * @internal
   */
  public _serves(module: MicroModule): boolean {
    return this.routes.some(({ owner }) => owner === module.node.path);
  }

  private signInConfig(signIn: boolean): { [name: string]: string } {
    const { identity, domain } = this.props;
    const issuer: { [name: string]: string } = identity ? { issuer: identity.issuer } : {};
    if (!signIn) return issuer;
    const hosts = domain?.domainNames ?? [this.distribution.distributionDomainName];
    const { config, signInUrl } = addSiteSignIn(this, identity, hosts);
    this.signInUrls.push(signInUrl);
    return { ...issuer, ...config };
  }

  private readSite(source: string): SiteFiles {
    try {
      return readSite(source);
    } catch (error) {
      throw invalid(this, 'site.source', (error as Error).message);
    }
  }

  /**
   * Id of a module's origin. It depends on the module's path, so adding another module doesn't
   * change it.
   */
  private originId(module: MicroModule): string {
    return `module-${module.node.id.slice(0, 60)}-${shortHash(module.node.path)}`;
  }

  private validateParts(): string[] {
    return quotaErrors({
      behaviors: behaviorPatterns(this.routes.map(({ route }) => route)).length + 1,
      origins: this.modules + 1,
      cachePolicies: this.behaviors.cachePolicies,
      viewerFunctions: this.functions.count,
    });
  }
}
