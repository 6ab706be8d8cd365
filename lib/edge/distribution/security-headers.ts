import { Duration, Lazy, Token } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { regionalName } from '../../stacks';

/** Two years, as the preload lists of browsers require. */
const HSTS_AGE = Duration.days(730);

/** Input of `securityHeaders`. */
export interface SecurityHeadersProps {
  /** Addresses of sign-in pages, possibly CDK tokens. Called when the template is made. */
  readonly signInUrls: () => readonly string[];
  /** Whether browsers must use TLS for subdomains too. */
  readonly includeSubdomains: boolean;
}

/**
 * Response headers policy with the security headers of every answer. It replaces such headers of
 * the origin. Pages can load scripts and styles from their own site only, can't be framed, and can
 * connect only to their own site and the sign-in pages.
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

/** The address without its path, because a source with a path would match that path only. */
function originOf(url: string): string {
  return Token.isUnresolved(url) ? url : new URL(url).origin;
}
