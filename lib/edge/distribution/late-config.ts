import { type IResolveContext, Lazy } from 'aws-cdk-lib';
import type { CfnDistribution, Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { UNAVAILABLE_FILE } from '../site/site-files';
import { compareBehaviors } from './route-table';

/** Errors that CloudFront would keep for ten seconds, under a key that knows no caller: one person's 403 would be another's. */
const CACHEABLE_ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
/** Errors that say that nobody is there, which a person gets as a page. */
const OUTAGES = [502, 503, 504];

/** What modules and a site that are added later change: the order of behaviours, and the page for outages. */
export function decideLate(distribution: Distribution, hasSite: () => boolean): void {
  const resource = distribution.node.defaultChild as CfnDistribution;
  const config = resource.distributionConfig as CfnDistribution.DistributionConfigProperty;
  const unsorted = config.cacheBehaviors;
  resource.distributionConfig = {
    ...config,
    cacheBehaviors: Lazy.uncachedAny({
      produce: (context: IResolveContext) => {
        const behaviors = context.resolve(unsorted) as CfnDistribution.CacheBehaviorProperty[] | undefined;
        return behaviors?.sort((a, b) => compareBehaviors(a.pathPattern, b.pathPattern));
      },
    }),
    customErrorResponses: Lazy.uncachedAny({
      produce: () =>
        CACHEABLE_ERRORS.map((errorCode) => ({
          errorCode,
          errorCachingMinTtl: 0,
          ...(hasSite() && OUTAGES.includes(errorCode)
            ? { responseCode: errorCode, responsePagePath: `/${UNAVAILABLE_FILE}` }
            : {}),
        })),
    }),
  };
}
