import type { CachePolicyModel, ResponseHeadersPolicyModel, Selection } from './model';
import { child, items, text, type XmlNode } from './xml';

/** Which headers, cookies and query parameters a policy names. */
export function selections(node: XmlNode | undefined): Pick<CachePolicyModel, 'headers' | 'cookies' | 'queryStrings'> {
  const selection = (config: string, behavior: string, list: string): Selection => {
    const named = text(node, config, behavior) || 'none';
    return {
      // Some headers that CloudFront adds by itself aside, 'allViewer' is 'all'.
      behavior: (named.startsWith('allViewer') ? 'all' : named) as Selection['behavior'],
      names: items(node, config, list, 'Items').map((item) => item.text),
    };
  };
  return {
    headers: selection('HeadersConfig', 'HeaderBehavior', 'Headers'),
    cookies: selection('CookiesConfig', 'CookieBehavior', 'Cookies'),
    queryStrings: selection('QueryStringsConfig', 'QueryStringBehavior', 'QueryStrings'),
  };
}

/** Headers that a response headers policy adds of its own. */
export function customHeaders(config: XmlNode | undefined): ResponseHeadersPolicyModel['set'] {
  return items(config, 'CustomHeadersConfig', 'Items').map((node) => ({
    name: text(node, 'Header').toLowerCase(),
    value: text(node, 'Value'),
    override: text(node, 'Override') === 'true',
  }));
}

/** Headers that a response headers policy adds by their own elements. */
export function securityHeaders(config: XmlNode | undefined): ResponseHeadersPolicyModel['set'] {
  const values: [string, string, (node: XmlNode) => string][] = [
    ['ContentSecurityPolicy', 'content-security-policy', (n) => text(n, 'ContentSecurityPolicy')],
    ['ContentTypeOptions', 'x-content-type-options', () => 'nosniff'],
    ['FrameOptions', 'x-frame-options', (n) => text(n, 'FrameOption')],
    ['ReferrerPolicy', 'referrer-policy', (n) => text(n, 'ReferrerPolicy')],
    ['StrictTransportSecurity', 'strict-transport-security', transportSecurity],
    ['XSSProtection', 'x-xss-protection', (n) => (text(n, 'Protection') === 'true' ? '1; mode=block' : '0')],
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
