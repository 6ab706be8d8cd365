import {
  CfnOutput,
  CrossStackReferences,
  type IStackSynthesizer,
  isReusableStackSynthesizer,
  Names,
  ReferenceStrength,
  Stack,
  Stage,
  Token,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { rootStack } from '../edge-name';
import { WebAcl, type WebAclProps } from './web-acl';

/** Where CloudFront's web ACLs live. */
const EDGE_REGION = 'us-east-1';

/** A web ACL and its ARN as the distribution's stack reads it. */
export interface EdgeWebAcl {
  readonly acl: WebAcl;
  readonly arn: string;
}

/**
 * A web ACL for a distribution in any Region: beside it if its stack is in us-east-1, else in a support stack `<name>-edge` there.
 * The tie is a weak reference: one output, where a strong one costs two functions and two custom resources. A replaced web ACL
 * therefore reaches the distribution with its next deployment, and both stacks are deployed together.
 */
export function edgeWebAcl(scope: Construct, props: WebAclProps): EdgeWebAcl {
  const stack = rootStack(Stack.of(scope));
  if (!Token.isUnresolved(stack.region) && stack.region === EDGE_REGION) {
    const acl = new WebAcl(scope, 'WebAcl', props);
    return { acl, arn: acl.webAclArn };
  }
  const support = supportStack(stack);
  const acl = new WebAcl(support, Names.uniqueResourceName(scope, { maxLength: 60 }), props);
  stack.addStackDependency(support);
  if (!Token.isUnresolved(stack.region)) {
    CrossStackReferences.of(acl.resource).produce(ReferenceStrength.WEAK);
    return { acl, arn: acl.webAclArn };
  }
  // A Region that synth doesn't know may be us-east-1 or not: the support stack is right in both cases. The CDK refuses references
  // between Regions from such a stack, so the same function of CloudFormation is written here.
  const OutputName = `WebAclArn${scope.node.addr.slice(0, 8)}`;
  new CfnOutput(support, OutputName, { value: acl.webAclArn });
  const reference = { 'Fn::GetStackOutput': { StackName: support.stackName, Region: EDGE_REGION, OutputName } };
  return { acl, arn: Token.asString(reference) };
}

/** One for all distributions of a stack, deployed as that one is: by the same roles, under the same tags and protection. */
function supportStack(stack: Stack): Stack {
  const id = `${stack.stackName}-edge`;
  const home = Stage.of(stack)!;
  const known = home.node.tryFindChild(id);
  if (known instanceof Stack) return known;
  return new Stack(home, id, {
    stackName: id,
    description: `Web ACL of ${stack.stackName}: CloudFront reads it in ${EDGE_REGION} only`,
    synthesizer: synthesizerOf(stack),
    tags: stack.tags.tagValues(),
    terminationProtection: stack.terminationProtection,
    env: { region: EDGE_REGION, ...(Token.isUnresolved(stack.account) ? {} : { account: stack.account }) },
  });
}

/**
 * The synthesizer a stack was given, for a second stack. What a stack has is a copy that is bound to it, made with the given one as
 * prototype. Of one that is bound in place, or otherwise, the app's own default holds, as for every stack.
 */
function synthesizerOf(stack: Stack): IStackSynthesizer | undefined {
  const given = Object.getPrototypeOf(stack.synthesizer) as IStackSynthesizer;
  const isInstance = given !== stack.synthesizer.constructor.prototype;
  return isInstance && isReusableStackSynthesizer(given) ? given : undefined;
}
