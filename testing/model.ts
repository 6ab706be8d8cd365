import type { JsonObject } from './cloud-api';

/** The data of a deployed distribution that the simulator needs. `loadDistribution` reads it. */
export interface DistributionModel {
  readonly id: string;
  readonly arn: string;
  /**
   * The distribution's default host name, such as `d111.cloudfront.net`. Viewer functions and
   * origins get this name.
   */
  readonly domainName: string;
  /** Alternate domain names; the first label may be `*`. */
  readonly aliases: readonly string[];
  readonly defaultRootObject: string;
  readonly origins: readonly OriginModel[];
  /**
   * Behaviours in order of precedence. The default behaviour is the last one and has the pattern
   * `*`.
   */
  readonly behaviors: readonly BehaviorModel[];
  readonly errorResponses: readonly ErrorResponseModel[];
  readonly webAcl?: WebAclModel;
}

/**
 * Whether CloudFront signs requests to an origin. With `no-override`, it signs only if the viewer's
 * request has no header `authorization`.
 */
export type SigningBehavior = 'always' | 'never' | 'no-override';

/** An origin of a distribution. */
export interface OriginModel {
  readonly id: string;
  readonly domainName: string;
  /** Prefix that CloudFront adds to paths. */
  readonly path: string;
  /** Headers that CloudFront adds to requests. */
  readonly customHeaders: Readonly<Record<string, string>>;
  /** Seconds until an origin's answer must be complete. */
  readonly readTimeout: number;
  /** Origin access control, if any. */
  readonly accessControl?: { readonly type: 's3' | 'lambda'; readonly signing: SigningBehavior };
  /**
   * A function URL, a bucket, or a host outside of the cloud. `CloudOriginClient` refuses hosts
   * outside of the cloud.
   */
  readonly target: FunctionUrlTarget | BucketTarget | { readonly kind: 'other' };
}

/** A function URL behind an origin. */
export interface FunctionUrlTarget {
  readonly kind: 'function-url';
  readonly region: string;
  /** ARN of the function, with the alias if the URL belongs to one. */
  readonly functionArn: string;
  readonly policy: PolicyDocument;
}

/** A bucket behind an origin. */
export interface BucketTarget {
  readonly kind: 'bucket';
  readonly bucket: string;
  readonly policy: PolicyDocument;
}

/** A resource policy. */
export interface PolicyDocument {
  readonly Statement: readonly PolicyStatement[];
}

/** A statement of a resource policy. */
export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A cache behaviour. */
export interface BehaviorModel {
  readonly pattern: string;
  readonly originId: string;
  readonly allowedMethods: readonly string[];
  readonly viewerProtocol: 'allow-all' | 'redirect-to-https' | 'https-only';
  readonly compress: boolean;
  readonly cache: CachePolicyModel;
  readonly originRequest?: OriginRequestPolicyModel;
  readonly responseHeaders?: ResponseHeadersPolicyModel;
  /** Function that runs on each request before the cache. */
  readonly viewerRequest?: FunctionModel;
  readonly viewerResponse?: FunctionModel;
}

/** A CloudFront function. */
export interface FunctionModel {
  readonly name: string;
  readonly code: string;
}

/** A selection of names: none, the listed ones, all, or all except the listed ones. */
export interface Selection {
  readonly behavior: 'none' | 'whitelist' | 'all' | 'allExcept';
  readonly names: readonly string[];
}

/** A cache policy. */
export interface CachePolicyModel {
  /** Times to live are in seconds. */
  readonly minTtl: number;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  readonly headers: Selection;
  readonly cookies: Selection;
  readonly queryStrings: Selection;
  readonly gzip: boolean;
  readonly brotli: boolean;
}

/** An origin request policy. */
export interface OriginRequestPolicyModel {
  readonly headers: Selection;
  readonly cookies: Selection;
  readonly queryStrings: Selection;
}

/** A response headers policy. */
export interface ResponseHeadersPolicyModel {
  readonly set: readonly { readonly name: string; readonly value: string; readonly override: boolean }[];
  readonly remove: readonly string[];
}

/** A custom error response. */
export interface ErrorResponseModel {
  readonly status: number;
  /** Seconds for which the error is cached. */
  readonly cachingMinTtl: number;
  readonly page?: string;
  readonly responseStatus?: number;
}

/** A web ACL, in the form of WAF's API. */
export interface WebAclModel {
  readonly name: string;
  readonly account: string;
  readonly defaultAction: JsonObject;
  readonly rules: readonly JsonObject[];
  readonly customResponseBodies: Readonly<Record<string, { readonly contentType: string; readonly content: string }>>;
  /** Bytes of a body that the web ACL inspects. */
  readonly bodyLimit: number;
}

/** A request of a viewer. Header names are in lower case. */
export interface EdgeRequest {
  readonly method: string;
  /** Path with the viewer's percent-encoding. */
  readonly path: string;
  /** Query without the question mark, or ''. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * All values of headers that occur more than once. In `headers`, these values are joined.
   * @default - every header occurs once
   */
  readonly headerValues?: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
  readonly ip: string;
  /** Whether the request came over TLS, or must be treated as if it did. */
  readonly secure: boolean;
}

/**
 * An answer. Header names are in lower case. `cookies` has the values of `set-cookie`, which may
 * occur several times.
 */
export interface EdgeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Uint8Array;
}

/** Sends requests to origins. */
export interface IOriginClient {
  /**
   * Checks that the client supports an origin. The simulator calls this method once for each
   * origin, when it is created.
   * @throws Error with the reason why the origin isn't supported
   */
  check?(origin: OriginModel): void;
  /**
   * Sends a request.
   * @throws OriginTimeout if the origin doesn't answer within its read timeout, and another error
   * if the origin can't be reached
   */
  send(origin: OriginModel, request: EdgeRequest): Promise<EdgeResponse>;
}

/** The origin didn't answer within its read timeout. The caller gets a 504. */
export class OriginTimeout extends Error {
  public override readonly name = 'OriginTimeout';
}

/** Makes an answer in JSON. */
export function jsonResponse(status: number, value: JsonObject, headers: Record<string, string> = {}): EdgeResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    cookies: [],
    body: Buffer.from(JSON.stringify(value)),
  };
}
