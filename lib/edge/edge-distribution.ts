import { createHash } from 'node:crypto';
import { Annotations, CfnOutput, Duration, type IResolveContext, Lazy, Stack, Token } from 'aws-cdk-lib';
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheCookieBehavior,
  CachedMethods,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  type CfnDistribution,
  CfnOriginAccessControl,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  type ICachePolicy,
  OriginRequestPolicy,
  type PriceClass,
  type ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { AaaaRecord, ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { IIdentity, MicroModule, Route } from '../modules';
import { Profile } from '../profile';
import { METHODS_WITH_BODY, patternToBehavior, type RouteDeclaration } from '../protocol';
import { acknowledge, invalid, requireLiteral } from '../validation';
import type { BodySigner } from './body-signer';
import type { EdgeDomain } from './edge-domain';
import { edgeWebAcl } from './edge-stack';
import { ModuleOrigin } from './function-url-origin';
import { EdgeQuota } from './quotas';
import {
  behaviorPatterns,
  compareBehaviors,
  findClash,
  type OwnedRoute,
  routeAt,
  routesOfBehavior,
} from './route-table';
import { securityHeaders } from './security-headers';
import { siteBucket, siteOrigin } from './site-bucket';
import { filePaths, readSite, type SiteFiles, sitePaths, smallPage, UNAVAILABLE_FILE } from './site-files';
import { StaticSite } from './static-site';
import { siteFunctionCode, viewerFunctionCode } from './viewer-function';
import type { WebAcl, WebAclOptions } from './web-acl';

/** Errors that CloudFront would keep for ten seconds, under a key that knows no caller: one person's 403 would be another's. */
const CACHEABLE_ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
/** Errors that say that nobody is there, which a person gets as a page. */
const OUTAGES = [502, 503, 504];
/** What a token of the CDK may become: an issuer's address with a pool's id. */
const TOKEN_LENGTH = 100;

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
   * Who states the hash of a request's body; needed as soon as a route writes.
   * @default - none: only routes that read
   */
  readonly bodySigner?: BodySigner;

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
   * @default Profile.PRODUCTION
   */
  readonly profile?: Profile;
}

/** A static site at the edge. */
export interface EdgeSiteProps {
  /** Folder with the site's files, an index.html among them. */
  readonly source: string;

  /**
   * Whether its visitors can sign in: makes a client of the identity that returns to the site's first page.
   * @default false
   */
  readonly signIn?: boolean;

  /**
   * Further values of `/config.json`; all of them are public.
   * @default - only those of the sign-in
   */
  readonly config?: { [name: string]: string };
}

/**
 * The only way in: CloudFront with a positive web ACL, a viewer function in front of each module, and signed calls to what is behind.
 *
 * ```ts
 * const edge = new EdgeDistribution(this, 'Edge', { identity, bodySigner: BodySigner.CALLER });
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
  private readonly profile: Profile;
  private readonly routes: OwnedRoute[] = [];
  private readonly cachePolicies = new Map<string, CachePolicy>();
  private readonly functions = new Map<string, EdgeFunction>();
  private readonly accessControl: CfnOriginAccessControl;
  private readonly headers: ResponseHeadersPolicy;
  private siteCode = siteFunctionCode({ files: [], notFoundPage: smallPage('Nothing here', 'There is no page here.') });
  private site?: SiteFiles;
  private modules = 0;

  constructor(scope: Construct, id: string, props: EdgeDistributionProps = {}) {
    super(scope, id);
    this.props = props;
    this.profile = props.profile ?? Profile.PRODUCTION;
    const certificate = this.checkDomain(props.domain);

    this.webAcl = edgeWebAcl(this, { ...props.webAcl, profile: this.profile });
    this.siteBucket = siteBucket(this, 'SiteBucket', this.profile);
    this.headers = securityHeaders(this, 'SecurityHeaders', props.identity?.signInUrl);
    this.accessControl = new CfnOriginAccessControl(this, 'ModuleAccess', {
      originAccessControlConfig: {
        name: `breakwater-${this.node.addr.slice(0, 16)}-${Stack.of(this).stackName}`.slice(0, 64),
        originAccessControlOriginType: 'lambda',
        signingBehavior: 'always',
        signingProtocol: 'sigv4',
      },
    });
    const siteFunction = this.makeFunction('SiteFunction', Lazy.string({ produce: () => this.siteCode }));

    this.distribution = new Distribution(this, 'Distribution', {
      comment: this.node.path,
      defaultBehavior: {
        ...this.behavior(siteFunction),
        origin: siteOrigin(this.siteBucket),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: this.cachePolicy(Duration.days(365), []),
      },
      domainNames: props.domain?.domainNames,
      certificate,
      minimumProtocolVersion: certificate ? SecurityPolicyProtocol.TLS_V1_2_2025 : undefined,
      httpVersion: HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      priceClass: props.priceClass,
      webAclId: this.webAcl.webAclArn,
    });
    this.finishLater();
    this.url = `https://${props.domain?.domainNames[0] ?? this.distribution.distributionDomainName}`;
    this.addRecords(props.domain);
    new CfnOutput(this, 'Url', { value: this.url, description: 'Where everything is reached' });
    this.acknowledgeFindings();
    this.node.addValidation({ validate: () => this.quotaErrors() });
  }

  /**
   * Opens a module's routes, and nothing else of it, to callers of the distribution.
   * @throws BreakwaterError if a route needs what the distribution lacks (a body signer), fits a path of another module or of the site,
   *   or the module's viewer function would be above 10 KB
   */
  public addModule(module: MicroModule): void {
    const owner = module.node.path;
    const added = module.routes.map((route) => ({ owner, route: route._declaration() }));
    this.checkRoutes(module, added);
    const origin = new ModuleOrigin(
      module.functionUrl,
      this.originId(module),
      module.function.timeout,
      this.accessControl,
    );
    const viewer = this.moduleFunction(module);
    for (const pattern of behaviorPatterns(added.map(({ route }) => route))) {
      this.distribution.addBehavior(pattern, origin, this.routeBehavior(pattern, module.routes, viewer));
    }
    this.permit(module);
    this.routes.push(...added);
    this.webAcl.addRoutes(module.routes);
    this.modules++;
  }

  /**
   * Serves a folder of files at every path that no route has, with error pages, robots.txt and sitemap.xml (where it lacks them) and
   * `/config.json`, by which the site knows the identity.
   * @throws BreakwaterError if the folder has no index.html, a file is at a route's path, there is a site already, or a sign-in lacks an identity
   */
  public addSite(props: EdgeSiteProps): void {
    if (this.site) throw invalid(this, 'site', `must be added once, got a second one from '${props.source}'`);
    requireLiteral(this, 'site.source', props.source, 'its files are read at synth');
    const files = this.readSite(props.source);
    const made = ['robots.txt', 'sitemap.xml', 'config.json', UNAVAILABLE_FILE];
    const names = [...new Set([...files.names, ...made])].sort();
    for (const path of sitePaths(names)) {
      const clash = routeAt(path, this.routes);
      if (clash) throw this.siteClash(path, clash);
    }
    this.site = { ...files, names };
    this.siteCode = this.fitSiteCode(filePaths(names), files.notFoundPage);
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

  private behavior(viewer: EdgeFunction): Omit<BehaviorOptions, 'origin'> {
    return {
      compress: true,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: this.headers,
      functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: viewer }],
    };
  }

  private routeBehavior(pattern: string, routes: Route[], viewer: EdgeFunction): Omit<BehaviorOptions, 'origin'> {
    const own = new Set(
      routesOfBehavior(
        pattern,
        routes.map((route) => route._declaration()),
      ).map((r) => `${r.m} ${r.p}`),
    );
    const here = routes.filter((route) => own.has(`${route.method} ${route.path}`));
    const reads = here.filter((route) => route.method === 'GET');
    const [first] = reads;
    // Paths of two patterns of one module may meet here: answers are kept only if all reads say the same of them.
    const same = reads.every(
      (r) =>
        r.cache.ttl?.toSeconds() === first?.cache.ttl?.toSeconds() &&
        `${[...r.query].sort()}` === `${[...first!.query].sort()}`,
    );
    const ttl = same ? first?.cache.ttl : undefined;
    const onlyReads = reads.length === here.length;
    return {
      ...this.behavior(viewer),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: onlyReads ? AllowedMethods.ALLOW_GET_HEAD : AllowedMethods.ALLOW_ALL,
      cachedMethods: CachedMethods.CACHE_GET_HEAD,
      cachePolicy: ttl ? this.cachePolicy(ttl, first!.query) : CachePolicy.CACHING_DISABLED,
      // A cached answer may depend on nothing but its key; everything else needs the caller's token, body hash and headers.
      originRequestPolicy: ttl && onlyReads ? undefined : OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    };
  }

  /** One policy for each time to live and set of parameters. An origin's own `cache-control` shortens it; `no-store` is obeyed. */
  private cachePolicy(ttl: Duration, query: string[]): ICachePolicy {
    const names = [...query].sort();
    const key = `${ttl.toSeconds()} ${names.join(' ')}`;
    const known = this.cachePolicies.get(key);
    if (known) return known;
    const policy = new CachePolicy(this, `Cache${shortHash(key)}`, {
      comment: `${ttl.toHumanString()}; ${names.join(', ') || 'no query'}`,
      minTtl: Duration.seconds(0),
      defaultTtl: ttl,
      maxTtl: ttl,
      queryStringBehavior:
        names.length > 0 ? CacheQueryStringBehavior.allowList(...names) : CacheQueryStringBehavior.none(),
      headerBehavior: CacheHeaderBehavior.none(),
      cookieBehavior: CacheCookieBehavior.none(),
      enableAcceptEncodingGzip: true,
      enableAcceptEncodingBrotli: true,
    });
    this.cachePolicies.set(key, policy);
    return policy;
  }

  /** One function a module rather than a behaviour: an account has 100, and a module's change then touches its own only. */
  private moduleFunction(module: MicroModule): EdgeFunction {
    const routes = module.routes.map((route) => route._declaration());
    const issuer = (module.identity ?? this.props.identity)?.issuer;
    const code = viewerFunctionCode({ routes, issuer: routes.some(readsToken) ? issuer : undefined });
    const bytes = renderedBytes(code);
    if (bytes > EdgeQuota.FUNCTION_BYTES) {
      throw invalid(
        this,
        `routes of ${module.node.path}`,
        `must fit a viewer function of ${EdgeQuota.FUNCTION_BYTES} bytes, got ${bytes}; split the module`,
      );
    }
    // By content, so that equal ones are one; not by the code, whose tokens differ from one synth to the next.
    const key = JSON.stringify([
      routes,
      (module.identity ?? this.props.identity) === this.props.identity ? '' : module.node.path,
    ]);
    const known = this.functions.get(key);
    if (known) return known;
    const made = this.makeFunction(`Viewer${shortHash(key)}`, code);
    this.functions.set(key, made);
    return made;
  }

  private makeFunction(id: string, code: string): EdgeFunction {
    return new EdgeFunction(this, id, {
      code: FunctionCode.fromInline(code),
      runtime: FunctionRuntime.JS_2_0,
      comment: this.node.path.slice(-100),
      autoPublish: true,
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
    const both = { principal: 'cloudfront.amazonaws.com', sourceArn, functionName: module.functionUrl.functionArn };
    new CfnPermission(this, `InvokeUrl${id}`, {
      ...both,
      action: 'lambda:InvokeFunctionUrl',
      functionUrlAuthType: 'AWS_IAM',
    });
    new CfnPermission(this, `Invoke${id}`, { ...both, action: 'lambda:InvokeFunction', invokedViaFunctionUrl: true });
  }

  /** What modules and a site that are added later change: the order of behaviours, and the page for outages. */
  private finishLater(): void {
    const resource = this.distribution.node.defaultChild as CfnDistribution;
    const config = resource.distributionConfig as CfnDistribution.DistributionConfigProperty;
    const unsorted = config.cacheBehaviors;
    resource.distributionConfig = {
      ...config,
      cacheBehaviors: Lazy.uncachedAny({
        produce: (context: IResolveContext) => {
          const behaviors = context.resolve(unsorted) as CfnDistribution.CacheBehaviorProperty[] | undefined;
          return behaviors?.sort((a, b) => compareBehaviors(a.pathPattern, b.pathPattern));
        },
      }) as unknown as CfnDistribution.CacheBehaviorProperty[],
      customErrorResponses: Lazy.any({
        produce: () =>
          CACHEABLE_ERRORS.map((errorCode) => ({
            errorCode,
            errorCachingMinTtl: 0,
            ...(this.site && OUTAGES.includes(errorCode)
              ? { responseCode: errorCode, responsePagePath: `/${UNAVAILABLE_FILE}` }
              : {}),
          })),
      }) as unknown as CfnDistribution.CustomErrorResponseProperty[],
    };
  }

  private checkDomain(domain: EdgeDomain | undefined): ICertificate | undefined {
    if (!domain) {
      Annotations.of(this).addWarningV2(
        'breakwater:no-domain',
        "without 'domain' CloudFront's own certificate holds, and with it TLSv1 as the oldest protocol; give domainNames and a certificate for TLSv1.2_2025",
      );
      return undefined;
    }
    const names = domain.domainNames;
    if (names.length < 1 || names.length > EdgeQuota.DOMAIN_NAMES) {
      throw invalid(this, 'domain.domainNames', `must be 1 to ${EdgeQuota.DOMAIN_NAMES} names, got ${names.length}`);
    }
    for (const name of names) {
      if (Token.isUnresolved(name)) continue;
      if (!/^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(name)) {
        throw invalid(
          this,
          'domain.domainNames',
          `must be host names in lower case like 'shop.example.com', got '${name}'`,
        );
      }
    }
    if (domain.certificate) return domain.certificate;
    if (!domain.hostedZone) {
      throw invalid(
        this,
        'domain.certificate',
        'must be given where there is no hostedZone to make one in, got neither',
      );
    }
    if (Stack.of(this).region !== 'us-east-1') {
      throw invalid(
        this,
        'domain.certificate',
        `must be given (from us-east-1), since the stack's Region is ${Token.isUnresolved(Stack.of(this).region) ? 'not known at synth' : Stack.of(this).region}`,
      );
    }
    return new Certificate(this, 'Certificate', {
      domainName: names[0]!,
      subjectAlternativeNames: names.length > 1 ? names.slice(1) : undefined,
      validation: CertificateValidation.fromDns(domain.hostedZone),
    });
  }

  private addRecords(domain: EdgeDomain | undefined): void {
    if (!domain?.hostedZone) return;
    const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    for (const [i, recordName] of domain.domainNames.entries()) {
      new ARecord(this, `A${i}`, { zone: domain.hostedZone, recordName: `${recordName}.`, target });
      new AaaaRecord(this, `Aaaa${i}`, { zone: domain.hostedZone, recordName: `${recordName}.`, target });
    }
  }

  private checkRoutes(module: MicroModule, added: OwnedRoute[]): void {
    const owner = module.node.path;
    if (this.routes.some((route) => route.owner === owner))
      throw invalid(this, `module ${owner}`, 'must be added once, got it twice');
    const write = added.find(({ route }) => METHODS_WITH_BODY.includes(route.m));
    if (write && !this.props.bodySigner) {
      throw invalid(
        this,
        'bodySigner',
        `must be given, since '${write.route.m} ${write.route.p}' of ${owner} may have a body whose hash CloudFront signs; BodySigner.CALLER lets the caller state it`,
      );
    }
    const clash = findClash(this.routes, added);
    if (clash) {
      const [one, two] = clash;
      throw invalid(
        this,
        'routes',
        `must not overlap, got '${one.route.m} ${one.route.p}' of ${one.owner} and '${two.route.m} ${two.route.p}' of ${two.owner}; CloudFront chooses by path alone, so a path belongs to one module`,
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
      `must not have files at a route's path, got '${path}' and '${route.m} ${route.p}' of ${owner}; rename one`,
    );
  }

  private readSite(source: string): SiteFiles {
    try {
      return readSite(source);
    } catch (error) {
      throw invalid(this, 'site.source', (error as Error).message);
    }
  }

  /** The most that fits: the site's own page and all files, a small page and all files, or no list, and then S3 answers. */
  private fitSiteCode(files: string[], ownPage: string): string {
    const smaller = smallPage('Nothing here', 'There is no page at this address.');
    const codes = [ownPage, smaller].map((notFoundPage) => siteFunctionCode({ files, notFoundPage }));
    const fitting = codes.find((code) => Buffer.byteLength(code) <= EdgeQuota.FUNCTION_BYTES);
    if (fitting !== undefined) return fitting;
    Annotations.of(this).addWarningV2(
      'breakwater:site-too-large-for-edge',
      `the names of ${files.length} files don't fit a viewer function of ${EdgeQuota.FUNCTION_BYTES} bytes: unknown paths are answered by S3, and '/folder' without a slash isn't found`,
    );
    return siteFunctionCode({ notFoundPage: smaller });
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
    const { clientId, signInUrl, scope } = identity.addSignIn('Site', {
      callbackUrls: names.filter((name) => !name.startsWith('*')).map((name) => `https://${name}/`),
    });
    return { issuer: identity.issuer, clientId, scope, ...(signInUrl === undefined ? {} : { signInUrl }) };
  }

  /** Of an origin, in a template; from the path, so that adding a module doesn't rename the others. */
  private originId(module: MicroModule): string {
    return `module-${module.node.id.slice(0, 60)}-${shortHash(module.node.path)}`;
  }

  private quotaErrors(): string[] {
    const behaviors = new Set(this.routes.map(({ route }) => patternToBehavior(route.p))).size + 1;
    const counted: [string, number, number][] = [
      ['cache behaviours of the distribution', behaviors, EdgeQuota.CACHE_BEHAVIORS],
      ['origins of the distribution', this.modules + 1, EdgeQuota.ORIGINS],
      [
        'cache policies (times to live and query sets of shared routes)',
        this.cachePolicies.size,
        EdgeQuota.CACHE_POLICIES,
      ],
      ['viewer functions', this.functions.size + 1, EdgeQuota.FUNCTIONS],
    ];
    return counted
      .filter(([, count, quota]) => count > quota)
      .map(
        ([what, count, quota]) =>
          `${what} must be at most ${quota}, got ${count}; use fewer path patterns, or a second distribution`,
      );
  }

  private acknowledgeFindings(): void {
    acknowledge(
      this.distribution,
      { id: 'AwsSolutions-CFR1', reason: 'Who may call is said by each route; countries are not a boundary of trust.' },
      {
        id: 'AwsSolutions-CFR3',
        reason:
          'Access logs hold addresses of people; blocked requests are logged by the web ACL, calls by the modules.',
      },
      { id: 'CKV_AWS_86', reason: 'Blocked requests are logged by the web ACL, calls by the modules.' },
      { id: 'CKV_AWS_374', reason: 'Countries are not a boundary of trust; each route says who may call.' },
      { id: 'CKV_AWS_310', reason: 'A module has one origin; a second one would need its data in a second Region.' },
      {
        id: 'CKV_AWS_305',
        reason: "The viewer function maps '/' to the site's index.html, as it does for every folder.",
      },
    );
    if (!this.props.domain) {
      const reason = "Synth warns: CloudFront fixes TLSv1 for its own certificate; with 'domain' it is TLSv1.2_2025.";
      acknowledge(this.distribution, { id: 'AwsSolutions-CFR4', reason }, { id: 'CKV_AWS_174', reason });
    }
  }
}

function readsToken(route: RouteDeclaration): boolean {
  return route.a.some((access) => access !== 'anyone');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Bytes of a code in which tokens of the CDK are counted as what they may become. */
function renderedBytes(code: string): number {
  return Buffer.byteLength(code.replace(/\$\{Token\[[^\]]*\]\}/g, 'x'.repeat(TOKEN_LENGTH)));
}
