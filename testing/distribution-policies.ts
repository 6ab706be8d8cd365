import type { CachePolicyModel, OriginRequestPolicyModel, ResponseHeadersPolicyModel, Selection } from './model';
import { child, items, text, type XmlNode } from './xml';

/** Reads a cache policy's configuration. */
export function cachePolicy(config: XmlNode): CachePolicyModel {
  const key = child(config, 'ParametersInCacheKeyAndForwardedToOrigin');
  return {
    minTtl: Number(text(config, 'MinTTL')),
    defaultTtl: Number(text(config, 'DefaultTTL')),
    maxTtl: Number(text(config, 'MaxTTL')),
    ...selections(key),
    gzip: text(key, 'EnableAcceptEncodingGzip') === 'true',
    brotli: text(key, 'EnableAcceptEncodingBrotli') === 'true',
  };
}

/** Reads an origin request policy's configuration. */
export function originRequestPolicy(config: XmlNode): OriginRequestPolicyModel {
  return selections(config);
}

/** Reads a response headers policy's configuration. */
export function responseHeadersPolicy(config: XmlNode): ResponseHeadersPolicyModel {
  return {
    set: [...securityHeaders(child(config, 'SecurityHeadersConfig')), ...customHeaders(config)],
    remove: items(config, 'RemoveHeadersConfig', 'Items').map((node) => text(node, 'Header').toLowerCase()),
  };
}

/** Reads the headers, cookies and query parameters that a policy selects. */
function selections(node: XmlNode | undefined): OriginRequestPolicyModel {
  const selection = (config: string, behavior: string, list: string): Selection => {
    const stated = text(node, config, behavior) || 'none';
    const names = items(node, config, list, 'Items').map((item) => item.text.trim());
    const added = names.find((name) => /^cloudfront-/i.test(name));
    if (added !== undefined) throw new Error(`the simulator does not model the header ${added} that CloudFront adds`);
    return { behavior: stated === 'allViewer' ? 'all' : (stated as Selection['behavior']), names };
  };
  return {
    headers: selection('HeadersConfig', 'HeaderBehavior', 'Headers'),
    cookies: selection('CookiesConfig', 'CookieBehavior', 'Cookies'),
    queryStrings: selection('QueryStringsConfig', 'QueryStringBehavior', 'QueryStrings'),
  };
}

function customHeaders(config: XmlNode): ResponseHeadersPolicyModel['set'] {
  return items(config, 'CustomHeadersConfig', 'Items').map((node) => ({
    name: text(node, 'Header').toLowerCase(),
    value: text(node, 'Value'),
    override: text(node, 'Override') === 'true',
  }));
}

function securityHeaders(config: XmlNode | undefined): ResponseHeadersPolicyModel['set'] {
  const values: [string, string, (node: XmlNode) => string][] = [
    ['ContentSecurityPolicy', 'content-security-policy', (n) => text(n, 'ContentSecurityPolicy')],
    ['ContentTypeOptions', 'x-content-type-options', () => 'nosniff'],
    ['FrameOptions', 'x-frame-options', (n) => text(n, 'FrameOption')],
    ['ReferrerPolicy', 'referrer-policy', (n) => text(n, 'ReferrerPolicy')],
    ['StrictTransportSecurity', 'strict-transport-security', transportSecurity],
    ['XSSProtection', 'x-xss-protection', xssProtection],
  ];
  return values.flatMap(([element, name, value]) => {
    const node = child(config, element);
    return node === undefined ? [] : [{ name, value: value(node), override: text(node, 'Override') === 'true' }];
  });
}

function transportSecurity(node: XmlNode): string {
  const parts = [`max-age=${text(node, 'AccessControlMaxAgeSec')}`];
  if (text(node, 'IncludeSubdomains') === 'true') parts.push('includeSubDomains');
  if (text(node, 'Preload') === 'true') parts.push('preload');
  return parts.join('; ');
}

function xssProtection(node: XmlNode): string {
  if (text(node, 'Protection') !== 'true') return '0';
  return text(node, 'ModeBlock') === 'true' ? '1; mode=block' : '1';
}
