import { CrossStackReferences, Names, ReferenceStrength, Stack, Stage, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { WebAcl, type WebAclProps } from './web-acl';

/** Where CloudFront's web ACLs live. */
const EDGE_REGION = 'us-east-1';

/**
 * A web ACL for a distribution in any Region: beside it if its stack is in us-east-1, else in a support stack `<name>-edge` there.
 * The tie is a weak reference: one output, where a strong one costs two functions and two custom resources. A replaced web ACL
 * therefore reaches the distribution with its next deployment, and both stacks are deployed together.
 */
export function edgeWebAcl(scope: Construct, props: WebAclProps): WebAcl {
  const stack = rootStack(Stack.of(scope));
  // A Region that synth doesn't know may be us-east-1 or not: the support stack is right in both cases.
  if (!Token.isUnresolved(stack.region) && stack.region === EDGE_REGION) return new WebAcl(scope, 'WebAcl', props);

  const id = `${stack.stackName}-edge`;
  const home = Stage.of(stack)!;
  const known = home.node.tryFindChild(id);
  const support =
    known instanceof Stack
      ? known
      : new Stack(home, id, {
          stackName: id,
          description: `Web ACL of ${stack.stackName}: CloudFront reads it in ${EDGE_REGION} only`,
          env: { region: EDGE_REGION, ...(Token.isUnresolved(stack.account) ? {} : { account: stack.account }) },
        });
  const acl = new WebAcl(support, Names.uniqueResourceName(scope, { maxLength: 60 }), props);
  CrossStackReferences.of(acl.resource).produce(ReferenceStrength.WEAK);
  Stack.of(scope).addDependency(support, 'the distribution names the web ACL');
  return acl;
}

function rootStack(stack: Stack): Stack {
  return stack.nestedStackParent ? rootStack(stack.nestedStackParent) : stack;
}
