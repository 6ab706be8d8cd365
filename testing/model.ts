import type { JsonObject } from './cloud-api';

/** What a deployed distribution does, read from its cloud: everything the simulator needs and nothing it must ask for again. */
export interface DistributionModel {
  readonly id: string;
  readonly arn: string;
  /** The distribution's own name, as viewer functions and origins see it: `d111.cloudfront.net`. */
  readonly domainName: string;
  /** Alternate domain names; the first label may be `*`. */
  readonly aliases: readonly string[];
  readonly defaultRootObject: string;
  readonly origins: readonly OriginModel[];
  /** In order of precedence; the default behaviour comes last, with the pattern `*`. */
  readonly behaviors: readonly BehaviorModel[];
  readonly errorResponses: readonly ErrorResponseModel[];
  readonly webAcl?: WebAclModel;
}

/** Who signs a request to the origin: `always`, `never`, or only where the viewer sent no signature. */
export type SigningBehavior = 'always' | 'never' | 'no-override';

/** Where a behaviour gets its answers from. */
export interface OriginModel {
  readonly id: string;
  readonly domainName: string;
  /** Prefix of the path. */
  readonly path: string;
  /** Headers that CloudFront adds on its way to the origin. */
  readonly customHeaders: Readonly<Record<string, string>>;
  /** Seconds that the origin has for its answer. */
  readonly readTimeout: number;
  /** Origin access control, if it has one. */
  readonly accessControl?: { readonly type: 's3' | 'lambda'; readonly signing: SigningBehavior };
  /** What answers: a function URL, a bucket, or something on the internet, which isn't simulated. */
  readonly target: FunctionUrlTarget | BucketTarget | { readonly kind: 'other' };
}

export interface FunctionUrlTarget {
  readonly kind: 'function-url';
  readonly region: string;
  /** Function, with its alias where the URL is an alias's. */
  readonly functionArn: string;
  readonly policy: PolicyDocument;
}

export interface BucketTarget {
  readonly kind: 'bucket';
  readonly bucket: string;
  readonly policy: PolicyDocument;
}

/** A resource policy. */
export interface PolicyDocument {
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What CloudFront does with the paths of one pattern. */
export interface BehaviorModel {
  readonly pattern: string;
  readonly originId: string;
  readonly allowedMethods: readonly string[];
  readonly viewerProtocol: 'allow-all' | 'redirect-to-https' | 'https-only';
  readonly compress: boolean;
  readonly cache: CachePolicyModel;
  readonly originRequest?: OriginRequestPolicyModel;
  readonly responseHeaders?: ResponseHeadersPolicyModel;
  /** Source of the function that each request goes through first. */
  readonly viewerRequest?: FunctionModel;
  readonly viewerResponse?: FunctionModel;
}

export interface FunctionModel {
  readonly name: string;
  readonly code: string;
}

/** A choice of names: none, these, all, or all except these. */
export interface Selection {
  readonly behavior: 'none' | 'whitelist' | 'all' | 'allExcept';
  readonly names: readonly string[];
}

export interface CachePolicyModel {
  /** Seconds. */
  readonly minTtl: number;
  readonly defaultTtl: number;
  readonly maxTtl: number;
  readonly headers: Selection;
  readonly cookies: Selection;
  readonly queryStrings: Selection;
  readonly gzip: boolean;
  readonly brotli: boolean;
}

export interface OriginRequestPolicyModel {
  readonly headers: Selection;
  readonly cookies: Selection;
  readonly queryStrings: Selection;
}

export interface ResponseHeadersPolicyModel {
  readonly set: readonly { readonly name: string; readonly value: string; readonly override: boolean }[];
  readonly remove: readonly string[];
}

/** What is answered instead of an error of the origin. */
export interface ErrorResponseModel {
  readonly status: number;
  /** Seconds for which the error is kept. */
  readonly cachingMinTtl: number;
  readonly page?: string;
  readonly responseStatus?: number;
}

/** A web ACL as WAFv2's API tells it. */
export interface WebAclModel {
  readonly name: string;
  readonly account: string;
  readonly defaultAction: JsonObject;
  readonly rules: readonly JsonObject[];
  readonly customResponseBodies: Readonly<Record<string, { readonly contentType: string; readonly content: string }>>;
  /** Bytes of a body that are looked at. */
  readonly bodyLimit: number;
}

/** A request as a viewer sends it. Header names are in lower case. */
export interface EdgeRequest {
  readonly method: string;
  /** Path, percent-encoded as it came. */
  readonly path: string;
  /** Without the question mark; '' if there's none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Every value of the headers that came more than once, of which `headers` has the values joined.
   * @default none came more than once
   */
  readonly headerValues?: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
  readonly ip: string;
  /** Came over TLS, or counts as if it had. */
  readonly secure: boolean;
}

/** An answer. Header names are in lower case; `set-cookie` stands apart, since it may come several times. */
export interface EdgeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Uint8Array;
}

/** Sends requests to origins. */
export interface IOriginClient {
  /**
   * Checks that the client can reach an origin. The simulator calls it once at its start.
   * @throws Error that says why the origin can't be reached
   */
  check?(origin: OriginModel): void;
  /**
   * Sends a request.
   * @throws OriginTimeout if the origin doesn't answer in its time, and any other error if it can't be reached
   */
  send(origin: OriginModel, request: EdgeRequest): Promise<EdgeResponse>;
}

/** The origin didn't answer within its read timeout. The caller gets a 504. */
export class OriginTimeout extends Error {
  public override readonly name = 'OriginTimeout';
}

/** A small answer in JSON, in the form that the library's errors have. */
export function jsonResponse(status: number, value: JsonObject, headers: Record<string, string> = {}): EdgeResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    cookies: [],
    body: Buffer.from(JSON.stringify(value)),
  };
}
