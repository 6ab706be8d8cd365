import { type IResolveContext, Lazy } from 'aws-cdk-lib';
import type { CfnDistribution, Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { compareBehaviors } from './route-table';

/**
 * Sorts a distribution's behaviours when its template is made, because modules are added after the
 * distribution.
 */
export function sortBehaviors(distribution: Distribution): void {
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
  };
}
