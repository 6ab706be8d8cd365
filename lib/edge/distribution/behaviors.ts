import { Duration } from 'aws-cdk-lib';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheCookieBehavior,
  CachedMethods,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  type Function as EdgeFunction,
  FunctionEventType,
  OriginRequestPolicy,
  type ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import type { Route } from '../../modules';
import { regionalName, shortHash } from '../../stacks';
import { invalid } from '../../validation';
import { behaviorPatterns, routesOfBehavior } from './route-table';
import { type SecurityHeadersProps, securityHeaders } from './security-headers';

/** Maximum time to live of the site's files. Their `cache-control` headers set a shorter time. */
const SITE_TTL = Duration.days(365);

type Behavior = Omit<BehaviorOptions, 'origin'>;

/**
 * Makes the options of a distribution's cache behaviours, and the policies that the behaviours
 * share.
 */
export class Behaviors {
  private readonly headers: ResponseHeadersPolicy;
  private readonly policies = new Map<string, CachePolicy>();

  constructor(
    private readonly scope: Construct,
    headers: SecurityHeadersProps,
  ) {
    this.headers = securityHeaders(scope, 'SecurityHeaders', headers);
  }

  /** Number of cache policies. */
  public get cachePolicies(): number {
    return this.policies.size;
  }

  /** The default behaviour, for the site. It redirects plain HTTP to HTTPS. */
  public site(viewer: EdgeFunction): Behavior {
    return {
      ...this.shared(viewer),
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
      cachePolicy: this.cachePolicy(SITE_TTL, []),
    };
  }

  /**
   * Fails if a cached read and a write have the same path. At such a path, CloudFront forwards all
   * headers and cookies to the handler, also for reads. If an answer depended on these headers or
   * cookies, the cache would return that answer to other callers.
   */
  public checkShared(routes: Route[]): void {
    for (const pattern of behaviorPatterns(routes.map((route) => route._declaration()))) {
      const here = routesAt(pattern, routes);
      const kept = here.find((route) => route.caching.isShared);
      const write = here.find((route) => route.method !== 'GET');
      if (!kept || !write) continue;
      throw invalid(
        this.scope,
        `caching of '${kept}'`,
        `must be Caching.none() because '${write}' has the same path, got Caching.shared; for writes, CloudFront forwards all headers and cookies, on reads too, so a cached answer could depend on the caller; move one route to another path`,
      );
    }
  }

  /**
   * The behaviour for a path pattern of a module. It refuses plain HTTP instead of redirecting,
   * because a token in a plain request is already exposed.
   */
  public route(pattern: string, routes: Route[], viewer: EdgeFunction): Behavior {
    const here = routesAt(pattern, routes);
    const onlyReads = here.every((route) => route.method === 'GET');
    // There is at most one GET route, because a module refuses two routes with the same method that
    // match the same path.
    const read = here.find((route) => route.method === 'GET');
    const ttl = read?.caching.ttl;
    return {
      ...this.shared(viewer),
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: onlyReads ? AllowedMethods.ALLOW_GET_HEAD : AllowedMethods.ALLOW_ALL,
      cachedMethods: CachedMethods.CACHE_GET_HEAD,
      cachePolicy: read && ttl ? this.cachePolicy(ttl, read.query) : CachePolicy.CACHING_DISABLED,
      // A cached answer may depend only on the cache key, so no other header is forwarded. Routes
      // that aren't cached need the caller's token, body hash and headers.
      originRequestPolicy: ttl ? undefined : OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    };
  }

  private shared(viewer: EdgeFunction): Behavior {
    return {
      compress: true,
      responseHeadersPolicy: this.headers,
      functionAssociations: [{ eventType: FunctionEventType.VIEWER_REQUEST, function: viewer }],
    };
  }

  /**
   * Makes one cache policy for each pair of a time to live and a set of query parameters. The
   * header `cache-control` of an answer can shorten the time.
   */
  private cachePolicy(ttl: Duration, query: string[]): CachePolicy {
    const key = cacheKey(ttl, query);
    const known = this.policies.get(key);
    if (known) return known;
    const names = [...query].sort();
    const id = `Cache${shortHash(key)}`;
    const policy = new CachePolicy(this.scope, id, {
      cachePolicyName: regionalName(this.scope, id),
      comment: `${ttl.toHumanString()}, ${names.join(', ') || 'no query'}`.slice(0, 128),
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
    this.policies.set(key, policy);
    return policy;
  }
}

/** The routes of a module that can match a path of the behaviour. */
function routesAt(pattern: string, routes: Route[]): Route[] {
  const declarations = routes.map((route) => route._declaration());
  const own = routesOfBehavior(pattern, declarations);
  return routes.filter((_, i) => own.includes(declarations[i]!));
}

function cacheKey(ttl: Duration, query: string[]): string {
  return `${ttl.toSeconds()} ${[...query].sort().join(' ')}`;
}
