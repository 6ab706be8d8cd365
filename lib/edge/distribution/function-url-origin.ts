import { Duration, Fn } from 'aws-cdk-lib';
import {
  type CfnDistribution,
  type CfnOriginAccessControl,
  OriginBase,
  type OriginBindConfig,
  type OriginBindOptions,
  OriginSslPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { CLOUDFRONT } from '../../limits';
import type { MicroModule } from '../../modules';
import { invalid } from '../../validation';

/**
 * Seconds that CloudFront waits beyond the function's timeout, for a cold start and the network.
 */
const MARGIN_SECONDS = 10;

/**
 * Time that CloudFront waits for a module. It is longer than the function's timeout, so the
 * function stops first, and its log and metrics show the timeout. With a shorter time, the function
 * would still run after the caller got a 504.
 * @throws BreakwaterError if CloudFront can't wait that long
 */
export function edgeTimeout(scope: Construct, module: MicroModule): Duration {
  const seconds = module.function.timeout.toSeconds();
  const max = CLOUDFRONT.MAX_ORIGIN_READ_SECONDS - MARGIN_SECONDS;
  if (seconds > max) {
    throw invalid(
      scope,
      `timeout of ${module.node.path}`,
      `must be at most ${max} seconds, because CloudFront waits at most ${CLOUDFRONT.MAX_ORIGIN_READ_SECONDS} seconds and ${MARGIN_SECONDS} of them are for the cold start and the network, got ${seconds}; move longer work to a queue worker`,
    );
  }
  return Duration.seconds(seconds + MARGIN_SECONDS);
}

/**
 * A function URL as an origin with origin access control. The CDK's `FunctionUrlOrigin` makes an
 * access control for each origin. In this class, all modules of a distribution share one access
 * control.
 */
export class ModuleOrigin extends OriginBase {
  constructor(
    module: MicroModule,
    originId: string,
    /**
     * Limit for the time to the first byte, and for the time of the whole answer including retries.
     */
    private readonly timeout: Duration,
    private readonly accessControl: CfnOriginAccessControl,
  ) {
    super(Fn.select(2, Fn.split('/', module.functionUrl.url)), {
      originId,
      connectionAttempts: 3,
      responseCompletionTimeout: timeout,
    });
  }

  public override bind(scope: Construct, options: OriginBindOptions): OriginBindConfig {
    const config = super.bind(scope, options);
    return {
      ...config,
      originProperty: { ...config.originProperty!, originAccessControlId: this.accessControl.attrId },
    };
  }

  protected override renderCustomOriginConfig(): CfnDistribution.CustomOriginConfigProperty {
    return {
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      originProtocolPolicy: 'https-only',
      originReadTimeout: this.timeout.toSeconds(),
      // An idle connection stays open for 60 seconds, so later requests need no TLS handshake. The
      // default is 5 seconds.
      originKeepaliveTimeout: 60,
    };
  }
}
