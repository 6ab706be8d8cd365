import { createHash, randomUUID } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { cacheKey, EdgeCache, selectCookies, selectHeaders, selectQuery, timeToLive } from './edge-cache';
import {
  type BehaviorModel,
  type DistributionModel,
  type EdgeRequest,
  type EdgeResponse,
  type IOriginClient,
  jsonResponse,
  type OriginModel,
  OriginTimeout,
} from './model';
import { behaviorOf } from './path-pattern';
import { policyAllows } from './resource-policy';
import { type FunctionContext, ViewerFunction } from './viewer-function';
import { WebAclEvaluator } from './web-acl';

const CLOUDFRONT_PRINCIPAL = 'cloudfront.amazonaws.com';
const BODY_HASH = 'x-amz-content-sha256';
/** CloudFront's own headers and those that belong to one connection: never the origin's. */
const HOP_HEADERS = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'proxy-authorization',
];
/** What a function URL takes at most. */
const FUNCTION_URL_BODY_LIMIT = 6 * 1024 * 1024;
const COMPRESSIBLE = /^(text\/|application\/(json|javascript|xml|manifest\+json|wasm)|image\/svg\+xml)/;
const COMPRESS_FROM = 1_000;
const COMPRESS_UP_TO = 10_000_000;

export interface EdgeSimulatorProps {
  readonly model: DistributionModel;
  readonly origin: IOriginClient;
  /**
   * Texts that are replaced in `/config.json` and in the content security policy: the sign-in address, which is
   * another one than the deployed.
   * @default none
   */
  readonly rewrites?: Readonly<Record<string, string>>;
  /** Clock in milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Told what each request came to. @default nobody */
  readonly onRequest?: (entry: EdgeLogEntry) => void;
}

/** One line of the edge's log. No header and no query, since those carry tokens and searches. */
export interface EdgeLogEntry {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** `Hit`, `Miss`, `Error`, `FunctionGenerated`, `Blocked`... */
  readonly result: string;
  /** Rule of the web ACL that decided. */
  readonly rule?: string;
  /** Why, where the simulator itself refused. */
  readonly reason?: string;
}

/**
 * A distribution as one edge location serves it: web ACL, behaviour, viewer function, cache, origin access control,
 * origin, custom errors, response headers. Everything that decides is the deployed configuration.
 */
export class EdgeSimulator {
  private readonly cache: EdgeCache;
  private readonly webAcl?: WebAclEvaluator;
  private readonly functions = new Map<string, ViewerFunction>();
  private readonly now: () => number;

  /** @throws Error if the web ACL or a function has something that isn't simulated */
  public constructor(private readonly props: EdgeSimulatorProps) {
    this.now = props.now ?? Date.now;
    this.cache = new EdgeCache(this.now);
    if (props.model.webAcl !== undefined) this.webAcl = new WebAclEvaluator(props.model.webAcl, this.now);
    for (const { viewerRequest, viewerResponse } of props.model.behaviors) {
      for (const model of [viewerRequest, viewerResponse]) {
        if (model !== undefined && !this.functions.has(model.name)) {
          this.functions.set(model.name, new ViewerFunction(model));
        }
      }
    }
  }

  /** Forgets what is cached, as an invalidation of every path does. */
  public invalidate(): void {
    this.cache.clear();
  }

  /** Answers a viewer. Never throws: what goes wrong is the 5xx that CloudFront would answer. */
  public async handle(viewerRequest: EdgeRequest): Promise<EdgeResponse> {
    const exchange = new Exchange();
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
      requestId,
      method: viewerRequest.method,
      path: viewerRequest.path,
      status: response.status,
      result: exchange.result,
      rule: exchange.rule,
      reason: exchange.reason,
    });
    return { ...response, headers: tracked, body: viewerRequest.method === 'HEAD' ? new Uint8Array() : response.body };
  }

  private async answer(viewerRequest: EdgeRequest, exchange: Exchange): Promise<EdgeResponse> {
    const verdict = this.webAcl?.evaluate(viewerRequest);
    exchange.rule = verdict?.rule;
    if (verdict?.response !== undefined) {
      exchange.result = 'Blocked';
      return verdict.response;
    }
    const behavior = behaviorOf(this.props.model.behaviors, viewerRequest.path);
    const refused = this.refuse(behavior, viewerRequest);
    if (refused !== undefined) {
      exchange.result = 'Refused';
      return refused;
    }

    const context = this.functionContext(exchange);
    // Functions and origins see the distribution's own name, whatever the simulator's address is.
    let request: EdgeRequest = {
      ...viewerRequest,
      headers: { ...viewerRequest.headers, host: this.props.model.domainName },
    };
    if (behavior.viewerRequest !== undefined) {
      try {
        const result = await this.functions.get(behavior.viewerRequest.name)!.onRequest(request, context);
        if (result.response !== undefined) {
          exchange.result = 'FunctionGenerated';
          return this.dress(behavior, withCacheHeader(result.response, exchange.result));
        }
        request = result.request;
      } catch (error) {
        exchange.result = 'FunctionError';
        exchange.reason = error instanceof Error ? error.message : String(error);
        return withCacheHeader(errorPage(503, 'The function of the distribution failed.'), 'Error');
      }
    }

    let response = await this.fromCacheOrOrigin(behavior, request, exchange);
    response = this.rewrite(viewerRequest.path, this.dress(behavior, response));
    if (behavior.viewerResponse !== undefined) {
      response = await this.functions.get(behavior.viewerResponse.name)!.onResponse(request, response, context);
    }
    const etag = response.headers['etag'];
    if (response.status === 200 && etag !== undefined && viewerRequest.headers['if-none-match'] === etag) {
      const { 'content-length': _length, 'content-encoding': _encoding, ...headers } = response.headers;
      return { ...response, status: 304, headers, body: new Uint8Array() };
    }
    return this.compress(behavior, viewerRequest, response);
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
    let response = await this.fromOrigin(behavior.originId, this.originRequest(behavior, request), exchange);
    if (response.status >= 400) {
      exchange.result = 'Error';
      response = await this.customError(response, exchange);
    }
    const custom = this.props.model.errorResponses.find((e) => e.status === response.status);
    if (cacheable && response.cookies.length === 0) {
      this.cache.store(key, response, timeToLive(behavior.cache, response, custom?.cachingMinTtl, this.now()));
    }
    return withCacheHeader(response, exchange.result === 'Error' ? 'Error' : 'Miss');
  }

  /** What of a request goes on to the origin: what the cache key has, and what the origin request policy adds. */
  private originRequest(behavior: BehaviorModel, request: EdgeRequest): EdgeRequest {
    const { cache, originRequest } = behavior;
    const none = { behavior: 'none', names: [] } as const;
    const headers: Record<string, string> = {
      ...selectHeaders(cache.headers, request.headers),
      ...selectHeaders(originRequest?.headers ?? none, request.headers),
    };
    // Forwarded whatever the policies say, since they belong to the body and its signature.
    for (const name of ['content-type', 'content-length', BODY_HASH]) {
      const value = request.headers[name];
      if (value !== undefined) headers[name] = value;
    }
    for (const name of HOP_HEADERS) delete headers[name];
    // The cache does its own compressing.
    delete headers['accept-encoding'];
    delete headers['if-none-match'];
    const cookies = [cache.cookies, originRequest?.cookies ?? none].map((selection) =>
      selectCookies(selection, request.headers['cookie'] ?? ''),
    );
    const cookie = cookies[1] !== '' ? cookies[1] : cookies[0];
    if (cookie) headers['cookie'] = cookie;
    const inKey = selectQuery(cache.queryStrings, request.query);
    const added = selectQuery(originRequest?.queryStrings ?? none, request.query);
    const root = request.path === '/' && this.props.model.defaultRootObject !== '';
    return {
      ...request,
      path: root ? `/${this.props.model.defaultRootObject}` : request.path,
      query: added.length >= inKey.length ? added : inKey,
      headers: {
        ...headers,
        'x-forwarded-for': request.ip,
        'user-agent': headers['user-agent'] ?? 'Amazon CloudFront',
        via: `2.0 ${this.props.model.domainName} (CloudFront)`,
        'x-amz-cf-id': randomUUID(),
      },
    };
  }

  private async fromOrigin(originId: string, request: EdgeRequest, exchange: Exchange): Promise<EdgeResponse> {
    const origin = this.props.model.origins.find((candidate) => candidate.id === originId);
    if (origin === undefined) return errorPage(502, `There is no origin '${originId}'.`);
    const refused = this.accessRefusal(origin, request);
    if (refused !== undefined) {
      exchange.reason = refused.reason;
      return refused.response;
    }
    const sent = {
      ...request,
      path: `${origin.path}${request.path}`,
      headers: { ...request.headers, ...origin.customHeaders },
    };
    try {
      const response = await this.props.origin.send(origin, sent);
      return this.hideMissing(origin, response);
    } catch (error) {
      exchange.reason = error instanceof Error ? error.message : String(error);
      return error instanceof OriginTimeout
        ? errorPage(504, 'The origin did not answer in time.')
        : errorPage(502, 'The origin could not be reached.');
    }
  }

  /** Why the service behind an origin would refuse CloudFront, from its resource policy and the body's stated hash. */
  private accessRefusal(
    origin: OriginModel,
    request: EdgeRequest,
  ): { readonly response: EdgeResponse; readonly reason: string } | undefined {
    const { target, accessControl } = origin;
    if (target.kind === 'other') return undefined;
    const signs =
      accessControl !== undefined &&
      (accessControl.signing === 'always' ||
        (accessControl.signing === 'no-override' && request.headers['authorization'] === undefined));
    if (target.kind === 'bucket') {
      if (signs && this.bucketAllows(target, 's3:GetObject', `${origin.path}${request.path}`)) return undefined;
      const reason = signs ? 'the bucket policy lets this distribution not read' : 'no origin access control signs';
      return { response: accessDenied(), reason };
    }
    if (!signs)
      return { response: jsonResponse(403, { Message: 'Forbidden' }), reason: 'no origin access control signs' };
    const context = {
      'aws:sourcearn': this.props.model.arn,
      'aws:sourceaccount': this.account,
      'lambda:functionurlauthtype': 'AWS_IAM',
      'lambda:invokedviafunctionurl': 'true',
    };
    for (const action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction']) {
      if (!policyAllows(target.policy, { service: CLOUDFRONT_PRINCIPAL, action, context })) {
        return {
          response: jsonResponse(403, { Message: 'Forbidden' }),
          reason: `the function's policy lets this distribution not ${action}`,
        };
      }
    }
    const stated = request.headers[BODY_HASH];
    const actual = createHash('sha256').update(request.body).digest('hex');
    if ((request.body.length > 0 || stated !== undefined) && stated !== actual) {
      return {
        response: jsonResponse(403, {
          message:
            'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
        }),
        reason: stated === undefined ? `${BODY_HASH} is missing` : `${BODY_HASH} is not the hash of the body`,
      };
    }
    if (request.body.length > FUNCTION_URL_BODY_LIMIT) {
      return { response: jsonResponse(413, { Message: 'Request Entity Too Large' }), reason: 'body over 6 MB' };
    }
    return undefined;
  }

  /** Without the right to list, a bucket answers a missing object as it answers a forbidden one. */
  private hideMissing(origin: OriginModel, response: EdgeResponse): EdgeResponse {
    const { target } = origin;
    if (target.kind !== 'bucket' || response.status !== 404) return response;
    return this.bucketAllows(target, 's3:ListBucket', '') ? response : accessDenied();
  }

  private bucketAllows(
    target: Extract<OriginModel['target'], { kind: 'bucket' }>,
    action: string,
    key: string,
  ): boolean {
    return policyAllows(target.policy, {
      service: CLOUDFRONT_PRINCIPAL,
      action,
      resource: `arn:aws:s3:::${target.bucket}${decodePath(key)}`,
      context: {
        'aws:sourcearn': this.props.model.arn,
        'aws:sourceaccount': this.account,
        'aws:securetransport': 'true',
      },
    });
  }

  private async customError(response: EdgeResponse, exchange: Exchange): Promise<EdgeResponse> {
    const custom = this.props.model.errorResponses.find((candidate) => candidate.status === response.status);
    if (custom?.page === undefined) return response;
    const behavior = behaviorOf(this.props.model.behaviors, custom.page);
    const asked = {
      method: 'GET',
      path: custom.page,
      query: '',
      headers: {},
      body: new Uint8Array(),
      ip: '',
      secure: true,
    };
    const page = await this.fromOrigin(behavior.originId, this.originRequest(behavior, asked), exchange);
    return page.status === 200 ? { ...page, status: custom.responseStatus ?? response.status } : response;
  }

  private dress(behavior: BehaviorModel, response: EdgeResponse): EdgeResponse {
    if (behavior.responseHeaders === undefined) return response;
    const headers: Record<string, string> = { ...response.headers };
    for (const name of behavior.responseHeaders.remove) delete headers[name];
    for (const { name, value, override } of behavior.responseHeaders.set) {
      if (override || headers[name] === undefined) headers[name] = value;
    }
    return { ...response, headers };
  }

  private rewrite(path: string, response: EdgeResponse): EdgeResponse {
    const rewrites = Object.entries(this.props.rewrites ?? {});
    if (rewrites.length === 0) return response;
    const replace = (value: string): string => rewrites.reduce((all, [from, to]) => all.replaceAll(from, to), value);
    const headers: Record<string, string> = { ...response.headers };
    const policy = headers['content-security-policy'];
    if (policy !== undefined) headers['content-security-policy'] = replace(policy);
    if (path !== '/config.json') return { ...response, headers };
    delete headers['content-length'];
    delete headers['etag'];
    return { ...response, headers, body: Buffer.from(replace(Buffer.from(response.body).toString('utf8'))) };
  }

  private compress(behavior: BehaviorModel, request: EdgeRequest, response: EdgeResponse): EdgeResponse {
    const accepted = request.headers['accept-encoding'] ?? '';
    const { length } = response.body;
    if (!behavior.compress || length < COMPRESS_FROM || length > COMPRESS_UP_TO) return response;
    if (response.headers['content-encoding'] !== undefined) return response;
    if (!COMPRESSIBLE.test(response.headers['content-type'] ?? '')) return response;
    const brotli = behavior.cache.brotli && /\bbr\b/.test(accepted);
    if (!brotli && !(behavior.cache.gzip && /\bgzip\b/.test(accepted))) return response;
    const body = brotli
      ? brotliCompressSync(response.body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
      : gzipSync(response.body);
    const { 'content-length': _length, ...headers } = response.headers;
    return {
      ...response,
      headers: { ...headers, 'content-encoding': brotli ? 'br' : 'gzip', vary: 'Accept-Encoding' },
      body,
    };
  }

  private functionContext(exchange: Exchange): FunctionContext {
    const { id: distributionId, domainName: distributionDomainName } = this.props.model;
    return { distributionId, distributionDomainName, requestId: exchange.requestId };
  }

  private get account(): string {
    return this.props.model.arn.split(':')[4] ?? '';
  }
}

/** What is noted of one request while it is answered. */
class Exchange {
  public readonly requestId = randomUUID();
  public result = 'Miss';
  public rule?: string;
  public reason?: string;
}

function withCacheHeader(response: EdgeResponse, result: string): EdgeResponse {
  return { ...response, headers: { ...response.headers, 'x-cache': `${result} from cloudfront` } };
}

function errorPage(status: number, message: string): EdgeResponse {
  const body = `<!doctype html><title>${status}</title><h1>${status}</h1><p>${message}</p>`;
  const headers = { 'content-type': 'text/html', 'x-cache': 'Error from cloudfront' };
  return { status, headers, cookies: [], body: Buffer.from(body) };
}

function accessDenied(): EdgeResponse {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
  return { status: 403, headers: { 'content-type': 'application/xml' }, cookies: [], body: Buffer.from(body) };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
