import { type App, Aspects, CfnResource, Duration, type IAspect, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import type { IConstruct } from 'constructs';
import { AliasedFunction, HandlerBundle, PredictiveScaling, Scaling } from '../../lib';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../local/cloud';

/** Bounds of the provisioned function. */
export const MIN = 2;
export const MAX = 60;
export const LEAD_MINUTES = 5;

/** Lets a stack for production go with `cdk destroy`: only production provisions capacity, and nothing here is worth keeping. */
class Removable implements IAspect {
  public visit(node: IConstruct): void {
    if (CfnResource.isCfnResource(node)) node.applyRemovalPolicy(RemovalPolicy.DESTROY);
    if (node instanceof CfnTable) node.deletionProtectionEnabled = false;
  }
}

/** One provisioned function of the shop, with its floor forecast. */
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
