import { type App, Aspects, CfnResource, Duration, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { IConstruct } from 'constructs';
import { AliasedFunction, HandlerBundle, PredictiveScaling, Scaling } from '../../lib';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../local/cloud';

/** Bounds of the provisioned function. */
export const MIN = 2;
export const MAX = 60;
export const LEAD_MINUTES = 5;

/** Makes `cdk destroy` remove a production stack. Only production provisions capacity, and no data here is worth keeping. */
class Removable implements IAspect {
  public visit(node: IConstruct): void {
    if (CfnResource.isCfnResource(node)) node.applyRemovalPolicy(RemovalPolicy.DESTROY);
    if (node instanceof CfnTable) node.deletionProtectionEnabled = false;
  }
}

/** One provisioned function of the shop with a forecast floor. */
export function buildCapacityStack(app: App): Stack {
  const stack = new Stack(app, 'Capacity', { env: { region: LOCAL_REGION, account: LOCAL_ACCOUNT } });
  const search = new AliasedFunction(stack, 'Search', {
    handler: HandlerBundle.fromDirectory('lambdas/shop').handler('search'),
    scaling: Scaling.provisioned({ min: MIN, max: MAX }),
  });
  new PredictiveScaling(stack, 'SearchAhead', { target: search, lead: Duration.minutes(LEAD_MINUTES) });
  Aspects.of(stack).add(new Removable());
  return stack;
}
