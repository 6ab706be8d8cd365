import { Lazy, Stack, Token } from 'aws-cdk-lib';
import { AccountPrincipal, AnyPrincipal, Effect, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnQueuePolicy, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { invalid } from '../validation';

/** Amazon SQS Developer Guide, "Amazon SQS policy quotas". */
const MAX_POLICY_BYTES = 8192;

/** What a reference to an ARN becomes at deployment, at most about. */
const ARN_BYTES = 110;

/** A value that no principal's ARN has: with it alone in the list, everybody is refused. */
const NOBODY = 'nobody';

/**
 * The list of who may send to a queue, as a statement of its policy that refuses everybody else: an IAM policy somewhere that allows
 * `sqs:SendMessage` on every queue opens none of ours.
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
        // The key is absent for a service that calls as itself, and then the condition holds: it is refused too.
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
   * @throws BreakwaterError if it isn't a role or user, whose ARN a request carries
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
        `must be a role, a user or what runs as one, got ${principal}: the queue knows its senders by their ARN`,
      );
    }
    for (const arn of arns) this.arns.add(arn);
  }

  private sizeErrors(): string[] {
    const policy = this.queue.node.tryFindChild('Policy')?.node.defaultChild as CfnQueuePolicy;
    const document = Stack.of(this).resolve(policy.policyDocument) as unknown;
    const size = JSON.stringify(document, (_key, value) => (isIntrinsic(value) ? 'x'.repeat(ARN_BYTES) : value)).length;
    if (size <= MAX_POLICY_BYTES) return [];
    return [
      `policy of the queue must fit ${MAX_POLICY_BYTES} bytes, got about ${size} with ${this.arns.size} senders: let them share a role, or publish through a table's outbox, whose relay is one sender`,
    ];
  }
}

function isIntrinsic(value: unknown): boolean {
  if (typeof value === 'string') return Token.isUnresolved(value);
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0]!.startsWith('Fn::'));
}
