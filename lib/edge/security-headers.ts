import { Duration } from 'aws-cdk-lib';
import { HeadersFrameOption, HeadersReferrerPolicy, ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { edgeName } from './edge-name';

/** Two years, as browsers' preload lists ask. */
const HSTS_AGE = Duration.days(730);

/**
 * Headers that every answer carries, an origin's own replaced: scripts and styles come from the site itself, nobody frames it,
 * and it talks to itself and to the issuer's sign-in pages only.
 * @param signInUrl origin of the sign-in pages; may be a token
 */
export function securityHeaders(scope: Construct, id: string, signInUrl: string | undefined): ResponseHeadersPolicy {
  const issuer = signInUrl === undefined ? '' : ` ${signInUrl}`;
  const contentSecurityPolicy = [
    "default-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${issuer}`,
    `form-action 'self'${issuer}`,
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return new ResponseHeadersPolicy(scope, id, {
    responseHeadersPolicyName: edgeName(scope, id),
    comment: 'Security headers of every answer',
    securityHeadersBehavior: {
      contentSecurityPolicy: { contentSecurityPolicy, override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
      referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override: true },
      strictTransportSecurity: { accessControlMaxAge: HSTS_AGE, includeSubdomains: true, override: true },
    },
    customHeadersBehavior: {
      customHeaders: [
        { header: 'permissions-policy', value: 'camera=(), geolocation=(), microphone=(), payment=()', override: true },
        { header: 'cross-origin-opener-policy', value: 'same-origin', override: true },
      ],
    },
  });
}
