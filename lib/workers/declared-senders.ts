import { Lazy, Stack, Token } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AnyPrincipal,
  CfnRole,
  Effect,
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { CfnQueuePolicy, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SQS } from '../limits';
import { invalid } from '../validation';

/** Bytes that a reference to an ARN becomes at deployment, at most. */
const ARN_BYTES = 110;

/** No principal has this ARN. A list of it alone refuses everybody. */
const NOBODY = 'nobody';

/**
 * The senders of a queue: a statement of its policy that denies `sqs:SendMessage` to everybody
 * else. So an IAM policy that allows `sqs:SendMessage` on every queue of the account doesn't open
 * this one.
 */
export class DeclaredSenders extends Construct {
  private readonly arns = new Set<string>();

  /** Adds the statement to the queue. */
  public constructor(
    scope: Construct,
    id: string,
    private readonly queue: IQueue,
  ) {
    super(scope, id);
    queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyDeclaredSenders',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
        // A service that calls as itself has no such key. The condition then holds, so it is
        // refused too.
        conditions: {
          StringNotEquals: {
            'aws:PrincipalArn': Lazy.any({ produce: () => (this.arns.size > 0 ? [...this.arns] : [NOBODY]) }),
          },
        },
      }),
    );
    this.node.addValidation({ validate: () => this.sizeErrors() });
  }

  /**
   * Declares a sender.
   * @throws BreakwaterError if it isn't a role or a user (only their requests carry an ARN), or if
   * its stack and the queue's would need each other
   */
  public add(grantee: IGrantable): void {
    const principal = grantee.grantPrincipal;
    const { principalJson } = principal.policyFragment;
    const arns = [principalJson.AWS ?? []].flat();
    const others = Object.keys(principalJson).filter((kind) => kind !== 'AWS');
    if (principal instanceof AccountPrincipal || arns.length === 0 || others.length > 0 || arns.includes('*')) {
      throw invalid(
        this.queue,
        'sender',
        `must be a role, a user or a construct that runs as one, got ${principal}: the queue policy lists senders by ARN`,
      );
    }
    this.refuseCycle(principal);
    for (const arn of arns) this.arns.add(arn);
  }

  /**
   * The queue's policy needs the role's ARN, and the role's policy the queue's: two stacks can't
   * each wait for the other.
   */
  private refuseCycle(principal: IPrincipal): void {
    if (!Construct.isConstruct(principal)) return;
    const role = principal.node.defaultChild;
    // An imported role has no resource, and its ARN is known without a reference.
    if (!(role instanceof CfnRole)) return;
    const [of, here] = [Stack.of(role), Stack.of(this.queue)];
    if (isWithin(of, here) || isWithin(here, of)) return;
    throw invalid(
      this.queue,
      'sender',
      `must be in the queue's stack (or in a nested stack of it), got '${role.node.path}' of stack '${of.node.path}' for a queue of stack '${here.node.path}': each stack would need an ARN of the other; put table and worker, or sender and worker, into one stack, or import the sender's role with Role.fromRoleArn`,
    );
  }

  private sizeErrors(): string[] {
    const policy = this.queue.node.tryFindChild('Policy')?.node.defaultChild as CfnQueuePolicy;
    const document = Stack.of(this).resolve(policy.policyDocument) as unknown;
    const size = JSON.stringify(document, (_key, value) => (isIntrinsic(value) ? 'x'.repeat(ARN_BYTES) : value)).length;
    if (size <= SQS.MAX_POLICY_BYTES) return [];
    return [
      `policy of the queue must fit ${SQS.MAX_POLICY_BYTES} bytes, got about ${size} with ${this.arns.size} senders: let them share a role, or publish through a table's outbox, whose relay is one sender`,
    ];
  }
}

/** Whether a stack is another one, or nested in it. */
function isWithin(stack: Stack, other: Stack): boolean {
  return stack === other || (stack.nestedStackParent !== undefined && isWithin(stack.nestedStackParent, other));
}

function isIntrinsic(value: unknown): boolean {
  if (typeof value === 'string') return Token.isUnresolved(value);
  if (typeof value !== 'object' || value === null) return false;
  const [key, ...more] = Object.keys(value);
  return key !== undefined && more.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
