import { type Duration, Fn } from 'aws-cdk-lib';
import {
  type CfnDistribution,
  type CfnOriginAccessControl,
  OriginBase,
  type OriginBindConfig,
  type OriginBindOptions,
  OriginSslPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import type { IFunctionUrl } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/**
 * A function URL behind origin access control. The CDK's own makes one control for each origin and, up to its version of 2025,
 * only one of the two permissions; here a distribution has one control, and its module's permissions are made beside it.
 */
export class ModuleOrigin extends OriginBase {
  constructor(
    url: IFunctionUrl,
    originId: string,
    private readonly timeout: Duration,
    private readonly accessControl: CfnOriginAccessControl,
  ) {
    super(Fn.select(2, Fn.split('/', url.url)), {
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
      // A minute of quiet doesn't cost the next caller a handshake; more than the default, less than the 300 s CloudFront allows.
      originKeepaliveTimeout: 60,
    };
  }
}
