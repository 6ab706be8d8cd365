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
import { rootStack } from '../../stacks';
import { invalid } from '../../validation';
import { WebAcl, type WebAclProps } from './web-acl';

/** Region of CloudFront's web ACLs. */
const EDGE_REGION = 'us-east-1';

/** A web ACL, and its ARN as the distribution's stack refers to it. */
export interface EdgeWebAcl {
  readonly acl: WebAcl;
  readonly arn: string;
}

/** Partitions that CloudFront or its web ACLs don't serve. */
const UNSERVED_REGION = /^(?:cn|us-gov|us-iso[a-z]*|eu-isoe)-/;

/**
 * A web ACL for a distribution in any Region: in the distribution's stack if that is in us-east-1,
 * else in a support stack `<name>-edge` there. The reference between the stacks is weak: it needs
 * one output, a strong one needs two functions and two custom resources. So both stacks must be
 * deployed together, and a replaced web ACL reaches the distribution with its next deployment.
 * @throws BreakwaterError if the Region's partition has no CloudFront web ACLs
 */
export function edgeWebAcl(scope: Construct, props: WebAclProps): EdgeWebAcl {
  const stack = rootStack(scope);
  if (UNSERVED_REGION.test(stack.region)) {
    throw invalid(
      scope,
      'stack',
      `must be in a Region of the aws partition, which has CloudFront web ACLs, got ${stack.region}`,
    );
  }
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
  // A Region that synth doesn't know may be us-east-1 or another one. The support stack is right in
  // both cases. The CDK refuses cross-Region references from such a stack, so this code writes the
  // same CloudFormation function.
  const OutputName = `WebAclArn${scope.node.addr.slice(0, 8)}`;
  new CfnOutput(support, OutputName, { value: acl.webAclArn });
  const reference = { 'Fn::GetStackOutput': { StackName: support.stackName, Region: EDGE_REGION, OutputName } };
  return { acl, arn: Token.asString(reference) };
}

/**
 * The support stack of a stack: one for all its distributions, with the same synthesizer, tags and
 * protection.
 */
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
 * The synthesizer that a stack was given, for a second stack. The stack itself has a copy that is
 * bound to it, with the given one as its prototype. Without such a copy the app's default applies,
 * as for every stack.
 */
function synthesizerOf(stack: Stack): IStackSynthesizer | undefined {
  const given = Object.getPrototypeOf(stack.synthesizer) as IStackSynthesizer;
  const isInstance = given !== stack.synthesizer.constructor.prototype;
  return isInstance && isReusableStackSynthesizer(given) ? given : undefined;
}
