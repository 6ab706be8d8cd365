import { randomUUID } from 'node:crypto';
import {
  applyResponseHeaders,
  compress,
  errorPage,
  isUnchanged,
  notModified,
  rewrite,
  withCacheHeader,
} from './edge-answer';
import { cacheKey, EdgeCache, timeToLive } from './edge-cache';
import { EdgeOrigins } from './edge-origins';
import type { BehaviorModel, DistributionModel, EdgeRequest, EdgeResponse, IOriginClient } from './model';
import { behaviorOf } from './path-pattern';
import { type FunctionContext, ViewerFunction } from './viewer-function';
import { WebAclEvaluator } from './web-acl';

const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** Props of an `EdgeSimulator`. */
export interface EdgeSimulatorProps {
  readonly model: DistributionModel;
  readonly origin: IOriginClient;
  /**
   * Texts to replace in `/config.json` and in the content security policy, with their replacements.
   * `local/` uses it for the address of the sign-in pages.
   * @default - none
   */
  readonly rewrites?: Readonly<Record<string, string>>;
  /** Clock in milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Called with the outcome of each request. @default - not called */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
  /**
   * Accepted host names, in addition to those of the distribution. Requests with another host get
   * 403, as from CloudFront.
   * @default localhost, 127.0.0.1 and [::1]
   */
  readonly hosts?: readonly string[];
}

/**
 * An entry of the edge's log. It doesn't contain headers and the query, because they may contain
 * tokens and personal data.
 */
export interface EdgeLogEntry {
  /** Time at which the request arrived, in milliseconds since 1970. */
  readonly time: number;
  /** Milliseconds until the answer. */
  readonly ms: number;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /**
   * Path pattern of the behaviour. Undefined if the request was refused before a behaviour was
   * chosen.
   */
  readonly behavior?: string;
  /** `Hit`, `Miss`, `Error`, `FunctionGenerated`, `Blocked`... */
  readonly result: string;
  /** Rule of the web ACL that made the decision. */
  readonly rule?: string;
  /** Reason of a refusal or failure. */
  readonly reason?: string;
  /**
   * Request id of the function URL. The function logs it too. Undefined if no function was called.
   */
  readonly originRequestId?: string;
  /**
   * Header `cache-control` of an answer that it keeps out of the cache, although the behaviour's
   * cache policy allows caching. Otherwise undefined.
   */
  readonly uncached?: string;
}

/**
 * Answers requests like one edge location of a distribution. It simulates web ACL, behaviours,
 * viewer functions, cache, origin access control, custom errors and response headers.
 * `docs/edge-simulator.md` lists what it models.
 *
 * ```ts
 * const simulator = new EdgeSimulator({
 *   model: await loadDistribution(api, id),
 *   origin: new CloudOriginClient(api.props),
 * });
 * ```
 */
export class EdgeSimulator {
  private readonly cache: EdgeCache;
  private readonly origins: EdgeOrigins;
  private readonly webAcl?: WebAclEvaluator;
  private readonly functions = new Map<string, ViewerFunction>();
  private readonly now: () => number;

  /** @throws Error that names a part of the web ACL, a function or an origin that isn't modelled */
  public constructor(private readonly props: EdgeSimulatorProps) {
    this.now = props.now ?? Date.now;
    this.cache = new EdgeCache(this.now);
    this.origins = new EdgeOrigins(props.model, props.origin);
    if (props.model.webAcl !== undefined) this.webAcl = new WebAclEvaluator(props.model.webAcl, this.now);
    for (const { viewerRequest, viewerResponse } of props.model.behaviors) {
      for (const model of [viewerRequest, viewerResponse]) {
        if (model !== undefined && !this.functions.has(model.name)) {
          this.functions.set(model.name, new ViewerFunction(model));
        }
      }
    }
  }

  /** Empties the cache, like an invalidation of all paths. */
  public invalidate(): void {
    this.cache.clear();
  }

  /**
   * Answers a request. It never throws. After a failure, it returns the 5xx answer that CloudFront
   * would send.
   */
  public async handle(viewerRequest: EdgeRequest): Promise<EdgeResponse> {
    const exchange = new Exchange();
    const time = this.now();
    let response: EdgeResponse;
    try {
      response = await this.answer(viewerRequest, exchange);
    } catch (error) {
      exchange.result = 'Error';
      exchange.reason = error instanceof Error ? error.message : String(error);
      response = errorPage(500, 'The simulator failed.');
    }
    const { requestId } = exchange;
    const tracked = {
      ...response.headers,
      via: `1.1 ${this.props.model.domainName} (CloudFront)`,
      'x-amz-cf-id': requestId,
    };
    this.props.onRequest?.({
      time,
      ms: this.now() - time,
      requestId,
      method: viewerRequest.method,
      path: viewerRequest.path,
      status: response.status,
      behavior: exchange.behavior,
      result: exchange.result,
      rule: exchange.rule,
      reason: exchange.reason,
      originRequestId: exchange.originRequestId,
      ...(exchange.uncached !== undefined && { uncached: exchange.uncached }),
    });
    return { ...response, headers: tracked, body: viewerRequest.method === 'HEAD' ? new Uint8Array() : response.body };
  }

  private async answer(viewerRequest: EdgeRequest, exchange: Exchange): Promise<EdgeResponse> {
    if (!this.isOwnHost(viewerRequest.headers['host'])) {
      exchange.result = 'Refused';
      exchange.reason = 'another host';
      return errorPage(403, 'Bad request. This distribution does not serve the host of this request.');
    }
    const decision = this.webAcl?.evaluate(viewerRequest);
    exchange.rule = decision?.rule;
    if (decision?.response !== undefined) {
      exchange.result = 'Blocked';
      return decision.response;
    }
    const behavior = behaviorOf(this.props.model.behaviors, viewerRequest.path);
    exchange.behavior = behavior.pattern;
    const refused = this.refuse(behavior, viewerRequest);
    if (refused !== undefined) {
      exchange.result = 'Refused';
      return refused;
    }

    const context = this.functionContext(exchange);
    // Functions and origins always get the distribution's host name, not the simulator's.
    let request: EdgeRequest = {
      ...viewerRequest,
      headers: { ...viewerRequest.headers, host: this.props.model.domainName },
    };
    if (behavior.viewerRequest !== undefined) {
      try {
        const result = await this.functions.get(behavior.viewerRequest.name)!.onRequest(request, context);
        if (result.response !== undefined) {
          exchange.result = 'FunctionGenerated';
          return applyResponseHeaders(behavior, withCacheHeader(result.response, exchange.result));
        }
        request = result.request;
      } catch (error) {
        exchange.result = 'FunctionError';
        exchange.reason = error instanceof Error ? error.message : String(error);
        return withCacheHeader(errorPage(503, 'The function of the distribution failed.'), 'Error');
      }
    }

    let response = await this.fromCacheOrOrigin(behavior, request, exchange);
    response = rewrite(viewerRequest.path, applyResponseHeaders(behavior, response), this.props.rewrites ?? {});
    if (behavior.viewerResponse !== undefined) {
      response = await this.functions.get(behavior.viewerResponse.name)!.onResponse(request, response, context);
    }
    if (isUnchanged(viewerRequest, response)) return notModified(response);
    return compress(behavior, viewerRequest, response);
  }

  /** Whether the distribution serves a request with this host header, or without one. */
  private isOwnHost(header: string | undefined): boolean {
    if (header === undefined) return true;
    const host = header.toLowerCase().replace(/:\d+$/, '');
    const { domainName, aliases } = this.props.model;
    const names = [domainName, ...aliases, ...(this.props.hosts ?? LOCAL_HOSTS)].map((name) => name.toLowerCase());
    return names.some((name) =>
      name.startsWith('*.')
        ? host.endsWith(name.slice(1)) && !host.slice(0, 1 - name.length).includes('.')
        : host === name,
    );
  }

  private refuse(behavior: BehaviorModel, request: EdgeRequest): EdgeResponse | undefined {
    if (!request.secure && behavior.viewerProtocol !== 'allow-all') {
      if (behavior.viewerProtocol === 'https-only') return errorPage(403, 'HTTPS only.');
      const query = request.query === '' ? '' : `?${request.query}`;
      return {
        ...errorPage(301, 'Moved permanently.'),
        headers: {
          location: `https://${request.headers['host'] ?? this.props.model.domainName}${request.path}${query}`,
        },
      };
    }
    if (behavior.allowedMethods.includes(request.method)) return undefined;
    return errorPage(403, 'This distribution is not configured to allow the HTTP request method of this request.');
  }

  private async fromCacheOrOrigin(
    behavior: BehaviorModel,
    request: EdgeRequest,
    exchange: Exchange,
  ): Promise<EdgeResponse> {
    const cacheable = request.method === 'GET' || request.method === 'HEAD';
    const key = cacheKey(behavior, request);
    const stored = cacheable ? this.cache.find(key) : undefined;
    if (stored !== undefined) {
      exchange.result = 'Hit';
      return withCacheHeader(stored, stored.status >= 400 ? 'Error' : 'Hit');
    }
    exchange.result = 'Miss';
    const { emptied } = this.cache;
    const { response, reason } = await this.origins.answer(behavior, request);
    exchange.reason = reason;
    exchange.originRequestId = response.headers['x-amzn-requestid'];
    if (response.status >= 400) exchange.result = 'Error';
    const custom = this.props.model.errorResponses.find((e) => e.status === response.status);
    // If the cache was emptied during the request, the answer may come from old code, so it isn't
    // stored.
    if (cacheable && response.cookies.length === 0 && emptied === this.cache.emptied) {
      const ttl = timeToLive(behavior.cache, response, custom?.cachingMinTtl, this.now());
      this.cache.store(key, response, ttl);
      const mayCache = behavior.cache.maxTtl > 0 && response.status < 400;
      if (mayCache && ttl <= 0) exchange.uncached = response.headers['cache-control'];
    }
    return withCacheHeader(response, exchange.result === 'Error' ? 'Error' : 'Miss');
  }

  private functionContext(exchange: Exchange): FunctionContext {
    const { id: distributionId, domainName: distributionDomainName } = this.props.model;
    return { distributionId, distributionDomainName, requestId: exchange.requestId };
  }
}

/** Collects the fields of a request's log entry. */
class Exchange {
  public readonly requestId = randomUUID();
  public result = 'Miss';
  public behavior?: string;
  public originRequestId?: string;
  public rule?: string;
  public reason?: string;
  public uncached?: string;
}
