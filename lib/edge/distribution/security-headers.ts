import { Duration, Lazy, Token } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { regionalName } from '../../stacks';

/** Two years. The HSTS preload list of browsers recommends this value. */
const HSTS_AGE = Duration.days(730);

/** Input of `securityHeaders`. */
export interface SecurityHeadersProps {
  /** Addresses of sign-in pages, possibly CDK tokens. Called when the template is made. */
  readonly signInUrls: () => readonly string[];
  /** Whether browsers must use TLS for subdomains too. */
  readonly includeSubdomains: boolean;
}

/**
 * Makes the response headers policy with the security headers of every answer. These headers
 * replace the origin's. With them, pages of the site can load scripts and styles only from their
 * own site. These pages can connect only to their own site and to the sign-in pages. No page can
 * show them in a frame.
 */
export function securityHeaders(scope: Construct, id: string, props: SecurityHeadersProps): ResponseHeadersPolicy {
  const contentSecurityPolicy = Lazy.string({ produce: () => policyFor(props.signInUrls()) });
  return new ResponseHeadersPolicy(scope, id, {
    responseHeadersPolicyName: regionalName(scope, id),
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

/** Returns the origin of an address. A source with a path would match only that path. */
function originOf(url: string): string {
  return Token.isUnresolved(url) ? url : new URL(url).origin;
}
