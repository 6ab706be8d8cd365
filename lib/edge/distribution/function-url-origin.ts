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

/** From a function's timeout to the edge's: starting it cold, its answer on the way. */
const MARGIN_SECONDS = 10;

/**
 * How long the edge waits for a module: longer than the function may run, so that what gives up first is the function, whose end is in
 * its log and its metrics, and not the edge, behind whose back it would go on.
 * @throws BreakwaterError if CloudFront doesn't wait that long
 */
export function edgeTimeout(scope: Construct, module: MicroModule): Duration {
  const seconds = module.function.timeout.toSeconds();
  const longest = CLOUDFRONT.MAX_ORIGIN_READ_SECONDS - MARGIN_SECONDS;
  if (seconds > longest) {
    throw invalid(
      scope,
      `timeout of ${module.node.path}`,
      `must be at most ${longest} seconds, since the edge waits ${MARGIN_SECONDS} more and ${CLOUDFRONT.MAX_ORIGIN_READ_SECONDS} at most, got ${seconds}; give longer work to a queue worker`,
    );
  }
  return Duration.seconds(seconds + MARGIN_SECONDS);
}

/**
 * A function URL behind origin access control. The CDK's own makes one control for each origin and, up to its version of 2025,
 * only one of the two permissions; here a distribution has one control, and its module's permissions are made beside it.
 */
export class ModuleOrigin extends OriginBase {
  constructor(
    module: MicroModule,
    originId: string,
    /** How long the edge waits: for a byte, and for the whole answer with any second try. */
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
      // A minute of quiet doesn't cost the next caller a handshake, as the default of five seconds would.
      originKeepaliveTimeout: 60,
    };
  }
}
