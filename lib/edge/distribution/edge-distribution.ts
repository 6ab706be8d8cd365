import { Duration, Stack } from 'aws-cdk-lib';
import {
  CfnOriginAccessControl,
  Distribution,
  type ErrorResponse,
  HttpVersion,
  SecurityPolicyProtocol,
} from 'aws-cdk-lib/aws-cloudfront';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ACCOUNT, CLOUDFRONT } from '../../limits';
import type { MicroModule } from '../../modules';
import { type DeploymentProfile, profileOf } from '../../profile';
import { patternToBehavior } from '../../protocol';
import { invalid, requireLiteral } from '../../validation';
import { edgeName } from '../edge-name';
import { shortHash } from '../short-hash';
import { siteBucket, siteOrigin } from '../site/site-bucket';
import { filePaths, readSite, type SiteFiles, sitePaths } from '../site/site-files';
import { StaticSite } from '../site/static-site';
import { ViewerFunctions } from '../viewer/viewer-functions';
import { edgeWebAcl } from '../web-acl/edge-web-acl';
import type { WebAcl } from '../web-acl/web-acl';
import { Behaviors } from './behaviors';
import { acknowledgeDistribution } from './distribution-findings';
import type { EdgeDistributionProps, EdgeSiteProps } from './edge-distribution-props';
import { edgeTimeout, ModuleOrigin } from './function-url-origin';
import { addRecords, certificateOf } from './own-domain';
import { behaviorPatterns, findClash, type OwnedRoute, routeAt } from './route-table';
import { sortBehaviors } from './sort-behaviors';

/**
 * Statuses that CloudFront caches for 10 seconds by default. The cache key knows no caller, so one person's 403
 * would reach another. No status is replaced by a page: CloudFront would replace it for all behaviours, whoever
 * answered, and a module's own 502, 503 and 504 would lose their JSON and `retry-after`.
 */
const UNCACHED_ERRORS: ErrorResponse[] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((httpStatus) => ({
  httpStatus,
  ttl: Duration.seconds(0),
}));

/**
 * The only way in: CloudFront with a positive web ACL, a viewer function in front of each module, and signed calls to what is behind.
 *
 * ```ts
 * const edge = new EdgeDistribution(this, 'Edge', { identity });
 * edge.addModule(search);
 * edge.addSite({ source: 'site' });
 * ```
 */
export class EdgeDistribution extends Construct {
  /** The distribution, for what isn't covered here. */
  public readonly distribution: Distribution;
  /** The web ACL: in this stack if its Region is literally us-east-1, else in the support stack `<name>-edge`. */
  public readonly webAcl: WebAcl;
  /** Bucket behind the default behaviour, for the site's files. */
  public readonly siteBucket: Bucket;
  /** `https://` and the first of the own host names, or CloudFront's. */
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
        name: edgeName(this, 'Modules'),
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
    sortBehaviors(this.distribution);
    this.url = `https://${props.domain?.domainNames[0] ?? this.distribution.distributionDomainName}`;
    addRecords(this, props.domain, this.distribution);
    acknowledgeDistribution(this.distribution, props.domain !== undefined);
    this.node.addValidation({ validate: () => this.quotaErrors() });
  }

  /**
   * Opens a module's routes, and nothing else of it, to callers of the distribution.
   * @throws BreakwaterError if a route fits a path of another module or of the site,
   *   keeps answers on a path that also takes a write, or the module's viewer function would be above 10 KB or its timeout above 110 s
   */
  public addModule(module: MicroModule): void {
    const owner = module.node.path;
    const added = module.routes.map((route) => ({ owner, route: route._declaration() }));
    this.checkRoutes(module, added);
    this.behaviors.checkShared(module.routes);
    const origin = new ModuleOrigin(module, this.originId(module), edgeTimeout(this, module), this.accessControl);
    const viewer = this.functions.module(module);
    for (const pattern of behaviorPatterns(added.map(({ route }) => route))) {
      this.distribution.addBehavior(pattern, origin, this.behaviors.route(pattern, module.routes, viewer));
    }
    this.permit(module);
    this.routes.push(...added);
    this.webAcl.addRoutes(module.routes);
    this.modules++;
  }

  /**
   * Serves a folder of files at every path that no route has, with error pages, robots.txt and sitemap.xml (where it lacks them) and
   * `/config.json`, by which the site knows the identity.
   * @throws BreakwaterError if the folder has no index.html, a file is at a path that a route's pattern takes, there is a site already,
   *   or a sign-in lacks an identity or the address of its pages
   */
  public addSite(props: EdgeSiteProps): void {
    if (this.site) throw invalid(this, 'site', `must be added once, got a second one from '${props.source}'`);
    requireLiteral(this, 'site.source', props.source, 'its files are read at synth');
    const files = this.readSite(props.source);
    const made = ['robots.txt', 'sitemap.xml', 'config.json'];
    const names = [...new Set([...files.names, ...made])].sort();
    for (const path of sitePaths(names)) {
      const clash = routeAt(path, this.routes);
      if (clash) throw this.siteClash(path, clash);
    }
    this.site = { ...files, names };
    this.functions.setSite(filePaths(names), files.notFoundPage);
    this.webAcl.addSite(sitePaths(names), files.notFoundPage);
    new StaticSite(this, 'Site', {
      source: props.source,
      files,
      bucket: this.siteBucket,
      origin: this.url,
      config: { ...this.signInConfig(props.signIn ?? false), ...props.config },
      profile: this.profile,
    });
  }

  /** Lambda asks for both rights since October 2025; the second one without its condition would open direct invocation. */
  private permit(module: MicroModule): void {
    const sourceArn = Stack.of(this).formatArn({
      service: 'cloudfront',
      region: '',
      resource: 'distribution',
      resourceName: this.distribution.distributionId,
    });
    const id = shortHash(module.node.path);
    // Of the alias: the URL is the alias's, and a right on the function itself wouldn't reach it.
    const functionName = module.function.alias.functionArn;
    const both = { principal: 'cloudfront.amazonaws.com', sourceArn, functionName };
    new CfnPermission(this, `InvokeUrl${id}`, {
      ...both,
      action: 'lambda:InvokeFunctionUrl',
      functionUrlAuthType: 'AWS_IAM',
    });
    new CfnPermission(this, `Invoke${id}`, { ...both, action: 'lambda:InvokeFunction', invokedViaFunctionUrl: true });
  }

  private checkRoutes(module: MicroModule, added: OwnedRoute[]): void {
    const owner = module.node.path;
    if (this.routes.some((route) => route.owner === owner))
      throw invalid(this, `module ${owner}`, 'must be added once, got it twice');
    const clash = findClash(this.routes, added);
    if (clash) {
      const [one, two] = clash;
      throw invalid(
        this,
        'routes',
        `must not overlap, got '${one.route.method} ${one.route.path}' of ${one.owner} and '${two.route.method} ${two.route.path}' of ${two.owner}; CloudFront chooses by path alone, so a path belongs to one module`,
      );
    }
    for (const path of sitePaths(this.site?.names ?? [])) {
      const taken = routeAt(path, added);
      if (taken) throw this.siteClash(path, taken);
    }
  }

  private siteClash(path: string, { owner, route }: OwnedRoute): Error {
    return invalid(
      this,
      'site',
      `must not have files where a route is, got '${path}' and '${route.method} ${route.path}' of ${owner}, which CloudFront gives all of '${patternToBehavior(route.path)}' (its * runs over slashes); rename one`,
    );
  }

  private readSite(source: string): SiteFiles {
    try {
      return readSite(source);
    } catch (error) {
      throw invalid(this, 'site.source', (error as Error).message);
    }
  }

  private signInConfig(signIn: boolean): { [name: string]: string } {
    const { identity } = this.props;
    if (!signIn) return identity ? { issuer: identity.issuer } : {};
    if (!identity) {
      throw invalid(
        this,
        'site.signIn',
        "must be false without an 'identity' that people could sign in with, got true",
      );
    }
    const names = this.props.domain?.domainNames ?? [this.distribution.distributionDomainName];
    const client = identity.addSignIn('Site', {
      callbackUrls: names.filter((name) => !name.startsWith('*')).map((name) => `https://${name}/`),
    });
    const signInUrl = client.signInUrl ?? identity.signInUrl;
    if (signInUrl === undefined) {
      throw invalid(
        this,
        'site.signIn',
        "needs the identity's 'signInUrl', got an identity without one: give the https address below which the issuer answers /oauth2/authorize and /oauth2/token; the page is allowed to talk to that one",
      );
    }
    this.signInUrls.push(signInUrl);
    return { issuer: identity.issuer, clientId: client.clientId, scope: client.scope, signInUrl };
  }

  /** Of an origin, in a template; from the path, so that adding a module doesn't rename the others. */
  private originId(module: MicroModule): string {
    return `module-${module.node.id.slice(0, 60)}-${shortHash(module.node.path)}`;
  }

  private quotaErrors(): string[] {
    const behaviors = new Set(this.routes.map(({ route }) => patternToBehavior(route.path))).size + 1;
    const counted: [string, number, number][] = [
      ['cache behaviours of the distribution', behaviors, CLOUDFRONT.MAX_CACHE_BEHAVIORS],
      ['origins of the distribution', this.modules + 1, CLOUDFRONT.MAX_ORIGINS],
      [
        'cache policies (times to live and query sets of shared routes)',
        this.behaviors.cachePolicies,
        ACCOUNT.MAX_CACHE_POLICIES,
      ],
      ['viewer functions', this.functions.count, ACCOUNT.MAX_EDGE_FUNCTIONS],
    ];
    return counted
      .filter(([, count, quota]) => count > quota)
      .map(
        ([what, count, quota]) =>
          `${what} must be at most ${quota}, got ${count}; use fewer path patterns, or a second distribution`,
      );
  }
}
