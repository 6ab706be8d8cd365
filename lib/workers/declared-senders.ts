import { Lazy, Stack, Token } from 'aws-cdk-lib';
import { AccountPrincipal, AnyPrincipal, Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnQueuePolicy, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SQS } from '../limits';
import { invalid } from '../validation';

/** Bytes that a reference to an ARN becomes at deployment, at most. */
const ARN_BYTES = 110;

/** No principal has this ARN. A list of it alone refuses everybody. */
const NOBODY = 'nobody';

/**
 * The senders of a queue: a statement of its policy that denies `sqs:SendMessage` to everybody else. So an
 * IAM policy that allows `sqs:SendMessage` on every queue of the account doesn't open this one.
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
        // A service that calls as itself has no such key. The condition then holds, so it is refused too.
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
   * @throws BreakwaterError if it isn't a role or a user: only their requests carry an ARN
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
    for (const arn of arns) this.arns.add(arn);
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

function isIntrinsic(value: unknown): boolean {
  if (typeof value === 'string') return Token.isUnresolved(value);
  if (typeof value !== 'object' || value === null) return false;
  const [key, ...more] = Object.keys(value);
  return key !== undefined && more.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}
