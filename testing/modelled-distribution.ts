import { ANY, type Rule, type Shape } from './modelled';

/** Shape of a list in CloudFront's API: a quantity, and items with one element name. */
const items = (name: string, rule: Rule): Shape => ({ Quantity: ANY, Items: { [name]: rule } });

const ORIGIN: Shape = {
  Id: ANY,
  DomainName: ANY,
  OriginPath: ANY,
  CustomHeaders: items('OriginCustomHeader', { HeaderName: ANY, HeaderValue: ANY }),
  S3OriginConfig: { OriginReadTimeout: ANY },
  CustomOriginConfig: {
    HTTPPort: ANY,
    HTTPSPort: ['443'],
    OriginProtocolPolicy: ['https-only'],
    OriginSslProtocols: ANY,
    OriginReadTimeout: ANY,
    OriginKeepaliveTimeout: ANY,
    IpAddressType: ANY,
  },
  ConnectionAttempts: ANY,
  ConnectionTimeout: ANY,
  ResponseCompletionTimeout: ANY,
  OriginShield: ANY,
  OriginAccessControlId: ANY,
};

const BEHAVIOR: Shape = {
  PathPattern: ANY,
  TargetOriginId: ANY,
  ViewerProtocolPolicy: ['allow-all', 'redirect-to-https', 'https-only'],
  AllowedMethods: {
    ...items('Method', ANY),
    CachedMethods: items('Method', ['GET', 'HEAD']),
  },
  Compress: ANY,
  FunctionAssociations: items('FunctionAssociation', {
    FunctionARN: ANY,
    EventType: ['viewer-request', 'viewer-response'],
  }),
  RealtimeLogConfigArn: ANY,
  CachePolicyId: ANY,
  OriginRequestPolicyId: ANY,
  ResponseHeadersPolicyId: ANY,
};

/**
 * The accepted properties of a distribution. The simulator models them, or they have no effect on
 * answers (logs, price class, certificates, HTTP versions). Trusted key groups, geographic
 * restrictions, Lambda@Edge, origin groups and legacy cache settings aren't modelled.
 */
export const DISTRIBUTION: Shape = {
  CallerReference: ANY,
  Aliases: items('CNAME', ANY),
  DefaultRootObject: ANY,
  Origins: items('Origin', ORIGIN),
  DefaultCacheBehavior: BEHAVIOR,
  CacheBehaviors: items('CacheBehavior', BEHAVIOR),
  CustomErrorResponses: items('CustomErrorResponse', {
    ErrorCode: ANY,
    ErrorCachingMinTTL: ANY,
    ResponsePagePath: ANY,
    ResponseCode: ANY,
  }),
  Comment: ANY,
  Logging: ANY,
  PriceClass: ANY,
  Enabled: ['true'],
  ViewerCertificate: ANY,
  WebACLId: ANY,
  HttpVersion: ANY,
  IsIPV6Enabled: ANY,
  ConnectionMode: ['direct'],
};

/**
 * Shapes of the selections in policies.
 */
const COOKIES: Shape = { CookieBehavior: ['none', 'whitelist', 'allExcept', 'all'], Cookies: ANY };
const QUERY_STRINGS: Shape = { QueryStringBehavior: ['none', 'whitelist', 'allExcept', 'all'], QueryStrings: ANY };

export const CACHE_POLICY: Shape = {
  Comment: ANY,
  Name: ANY,
  DefaultTTL: ANY,
  MaxTTL: ANY,
  MinTTL: ANY,
  ParametersInCacheKeyAndForwardedToOrigin: {
    EnableAcceptEncodingGzip: ANY,
    EnableAcceptEncodingBrotli: ANY,
    HeadersConfig: { HeaderBehavior: ['none', 'whitelist'], Headers: ANY },
    CookiesConfig: COOKIES,
    QueryStringsConfig: QUERY_STRINGS,
  },
};

export const ORIGIN_REQUEST_POLICY: Shape = {
  Comment: ANY,
  Name: ANY,
  HeadersConfig: { HeaderBehavior: ['none', 'whitelist', 'allExcept', 'allViewer'], Headers: ANY },
  CookiesConfig: COOKIES,
  QueryStringsConfig: QUERY_STRINGS,
};

export const RESPONSE_HEADERS_POLICY: Shape = {
  Comment: ANY,
  Name: ANY,
  SecurityHeadersConfig: {
    ContentSecurityPolicy: ANY,
    ContentTypeOptions: ANY,
    FrameOptions: ANY,
    ReferrerPolicy: ANY,
    StrictTransportSecurity: ANY,
    XSSProtection: { Override: ANY, Protection: ANY, ModeBlock: ANY },
  },
  CustomHeadersConfig: ANY,
  RemoveHeadersConfig: ANY,
};

export const ACCESS_CONTROL: Shape = {
  Name: ANY,
  Description: ANY,
  OriginAccessControlOriginType: ['s3', 'lambda'],
  SigningBehavior: ['always', 'never', 'no-override'],
  SigningProtocol: ['sigv4'],
};

/** A CloudFront Function with runtime 2.0. Key-value stores aren't modelled. */
export const FUNCTION: Shape = { Comment: ANY, Runtime: ['cloudfront-js-2.0'] };
