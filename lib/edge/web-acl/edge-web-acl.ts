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
import { requireAwsPartition, rootStack, shortHash } from '../../stacks';
import { WebAcl, type WebAclProps } from './web-acl';

/** Region of CloudFront's web ACLs. */
const EDGE_REGION = 'us-east-1';

/** A web ACL, and its ARN as the distribution's stack refers to it. */
export interface EdgeWebAcl {
  readonly acl: WebAcl;
  readonly arn: string;
}

/**
 * Makes a web ACL for a distribution in any Region. If the distribution's stack is in us-east-1,
 * the web ACL is in that stack. Otherwise it is in a support stack `<name>-edge` in us-east-1. The
 * reference between the stacks is weak, because a weak reference needs only one output. A strong
 * reference needs two functions and two custom resources. With a weak reference, both stacks must
 * be deployed together. If the web ACL is replaced, the distribution refers to the new one after
 * the next deployment of its own stack.
 * @throws BreakwaterError if the Region's partition has no CloudFront web ACLs
 */
export function edgeWebAcl(scope: Construct, props: WebAclProps): EdgeWebAcl {
  const stack = rootStack(scope);
  requireAwsPartition(scope);
  if (!Token.isUnresolved(stack.region) && stack.region === EDGE_REGION) {
    const acl = new WebAcl(scope, 'WebAcl', props);
    return { acl, arn: acl.webAclArn };
  }
  const support = supportStack(stack);
  const acl = new WebAcl(support, webAclId(scope, support), props);
  stack.addStackDependency(support);
  if (!Token.isUnresolved(stack.region)) {
    CrossStackReferences.of(acl.resource).produce(ReferenceStrength.WEAK);
    return { acl, arn: acl.webAclArn };
  }
  // Synth doesn't know the Region here, so the Region may be us-east-1 or another one. The support
  // stack works in both cases. The CDK refuses cross-Region references from such a stack, so this
  // code writes the CloudFormation function itself.
  const OutputName = `WebAclArn${scope.node.addr.slice(0, 8)}`;
  new CfnOutput(support, OutputName, { value: acl.webAclArn });
  const reference = { 'Fn::GetStackOutput': { StackName: support.stackName, Region: EDGE_REGION, OutputName } };
  return { acl, arn: Token.asString(reference) };
}

/**
 * Returns the id of a web ACL in a support stack. If stacks of several Regions have the same name
 * and content, their web ACLs are in one support stack, and the id of each further one has a hash.
 */
function webAclId(scope: Construct, support: Stack): string {
  const id = Names.uniqueResourceName(scope, { maxLength: 60 });
  return support.node.tryFindChild(id) === undefined ? id : `${id.slice(0, 50)}${shortHash(scope.node.path)}`;
}

/**
 * Returns the support stack of a stack, one for all its distributions, and for the stacks with the
 * same name in other Regions of the account. The support stack has the same synthesizer, tags and
 * termination protection as that stack.
 */
function supportStack(stack: Stack): Stack {
  const stackName = `${stack.stackName}-edge`;
  const home = Stage.of(stack)!;
  const known = home.node.children.find(
    (child): child is Stack =>
      child instanceof Stack && child.stackName === stackName && child.account === stack.account,
  );
  if (known !== undefined) return known;
  // A stack with the same name in another account has a support stack of its own there.
  const id = home.node.tryFindChild(stackName) === undefined ? stackName : `${stack.artifactId}-edge`;
  return new Stack(home, id, {
    stackName,
    description: `Web ACL of ${stack.stackName}: CloudFront reads it in ${EDGE_REGION} only`,
    synthesizer: synthesizerOf(stack),
    tags: stack.tags.tagValues(),
    terminationProtection: stack.terminationProtection,
    env: { region: EDGE_REGION, ...(Token.isUnresolved(stack.account) ? {} : { account: stack.account }) },
  });
}

/**
 * Returns the synthesizer that the app passed to a stack, for use in a second stack. The stack's
 * own synthesizer is a bound copy, and the copy's prototype is the original. If the app passed no
 * synthesizer, this function returns undefined, and the app's default applies.
 */
function synthesizerOf(stack: Stack): IStackSynthesizer | undefined {
  const given = Object.getPrototypeOf(stack.synthesizer) as IStackSynthesizer;
  const isInstance = given !== stack.synthesizer.constructor.prototype;
  return isInstance && isReusableStackSynthesizer(given) ? given : undefined;
}
