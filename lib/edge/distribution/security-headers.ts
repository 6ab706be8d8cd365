import { Duration, Lazy, Token } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { edgeName } from '../edge-name';

/** Two years, as browsers' preload lists ask. */
const HSTS_AGE = Duration.days(730);

/** What the headers depend on. */
export interface SecurityHeadersProps {
  /** Addresses of sign-in pages, asked for when the template is made; may be tokens. */
  readonly signInUrls: () => readonly string[];
  /** Whether browsers must use TLS for all names below the site's as well. */
  readonly includeSubdomains: boolean;
}

/**
 * Headers that every answer carries, an origin's own replaced: scripts and styles come from the site itself, nobody frames it,
 * and it talks to itself and to the issuer's sign-in pages only.
 */
export function securityHeaders(scope: Construct, id: string, props: SecurityHeadersProps): ResponseHeadersPolicy {
  const contentSecurityPolicy = Lazy.string({ produce: () => policyFor(props.signInUrls()) });
  return new ResponseHeadersPolicy(scope, id, {
    responseHeadersPolicyName: edgeName(scope, id),
    comment: 'Security headers of every answer',
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override: true },
      strictTransportSecurity: {
        accessControlMaxAge: HSTS_AGE,
        includeSubdomains: props.includeSubdomains,
        override: true,
      },
    },
    customHeadersBehavior: {
      customHeaders: [
        { header: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=(), payment=()', override: true },
        { header: 'cross-origin-opener-policy', value: 'same-origin', override: true },
      ],
    },
  });
}

function policyFor(signInUrls: readonly string[]): string {
  const own = ["'self'", ...new Set(signInUrls.map(originOf))].join(' ');
  return [
    "default-src 'self'",
    "img-src 'self' data:",
    `connect-src ${own}`,
    `form-action ${own}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Without the path, since a source that has one stands for that one address and none below it. */
function originOf(url: string): string {
  return Token.isUnresolved(url) ? url : new URL(url).origin;
}
