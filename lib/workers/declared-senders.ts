import { ArnFormat, CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AnyPrincipal,
  CfnRole,
  Effect,
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { CfnQueuePolicy, IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SQS } from '../limits';
import { deployedBytes, noteGrant, regionalName, rootStack } from '../stacks';
import { invalid } from '../validation';
import type { ServiceSender } from './sources/source-site';

/**
 * Placeholder for an empty list of senders. No principal has this ARN, so the statement denies
 * everybody.
 */
const NOBODY = 'nobody';

/** Names that this library gave to roles. In a stack without a Region they are tokens. */
const ownNames = new WeakMap<CfnRole, string>();

/**
 * The declared senders of a queue. A statement of the queue's policy denies `sqs:SendMessage` to
 * all other principals. So an IAM policy that allows `sqs:SendMessage` on all queues of the account
 * has no effect on this queue.
 */
export class DeclaredSenders extends Construct {
  private readonly arns = new Set<string>();
  /** ARNs of sources by the service that sends for them. */
  private readonly services = new Map<string, string[]>();
  private readonly denial: PolicyStatement;

  /** Adds the statement to the queue. */
  public constructor(
    scope: Construct,
    id: string,
    private readonly queue: IQueue,
  ) {
    super(scope, id);
    this.denial = new PolicyStatement({
      sid: 'OnlyDeclaredSenders',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // The request of a service principal has no such key. The condition then applies, so the
      // request is denied too, unless its source is declared.
      conditions: {
        StringNotEquals: {
          'aws:PrincipalArn': Lazy.any({ produce: () => (this.arns.size > 0 ? [...this.arns] : [NOBODY]) }),
        },
      },
    });
    queue.addToResourcePolicy(this.denial);
    this.node.addValidation({ validate: () => this.sizeErrors() });
  }

  /**
   * Declares a source of a service: a topic, bucket or rule. Only a request of a service has the
   * key `aws:SourceArn`, so no role can pretend to be the source.
   */
  public addSource({ service, sourceArn, sourceAccount }: ServiceSender): void {
    if (this.services.size === 0) {
      const all = Lazy.any({ produce: () => [...this.services.values()].flat() });
      // All conditions of a statement must hold, so it denies neither senders nor sources.
      this.denial.addCondition('ArnNotEquals', { 'aws:SourceArn': all });
    }
    const known = this.services.get(service);
    if (known !== undefined) {
      known.push(sourceArn);
      return;
    }
    const arns = [sourceArn];
    this.services.set(service, arns);
    this.queue.addToResourcePolicy(
      allowService(this.queue, { service, sourceArn: Lazy.any({ produce: () => arns }), sourceAccount }),
    );
  }

  /**
   * Declares a sender.
   * @throws BreakwaterError if the sender isn't a role or a user (only their requests have an ARN),
   * or if its stack and the queue's stack would depend on each other, or are in two accounts or
   * Regions
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
    noteGrant(this.queue, grantee);
    for (const arn of this.knownArns(principal, arns)) this.arns.add(arn);
  }

  /**
   * ARNs as the queue's policy may name them. The role's policy names the queue, so the two stacks
   * would need each other if the queue's policy referred to a role of another stack. Such a role
   * gets a name, and the policy states its ARN as text.
   */
  private knownArns(principal: IPrincipal, arns: string[]): string[] {
    if (!Construct.isConstruct(principal)) return arns;
    const { defaultChild: resource } = principal.node;
    // An imported role has no resource in the app, so its ARN needs no reference.
    if (!CfnResource.isCfnResource(resource)) return arns;
    const [of, here] = [Stack.of(resource), Stack.of(this.queue)];
    if (isWithin(of, here) || isWithin(here, of)) return arns;
    if (!CfnRole.isCfnRole(resource)) {
      throw invalid(
        this.queue,
        'sender',
        `must be a role if it is of another stack, got '${principal.node.path}'; let it assume a role that may send, or put it into the queue's stack`,
      );
    }
    return [arnOf(resource)];
  }

  private sizeErrors(): string[] {
    const policy = this.queue.node.tryFindChild('Policy')?.node.defaultChild as CfnQueuePolicy;
    const document = Stack.of(this).resolve(policy.policyDocument) as unknown;
    const size = deployedBytes(document);
    if (size <= SQS.MAX_POLICY_BYTES) return [];
    return [
      `policy of the queue must fit ${SQS.MAX_POLICY_BYTES} bytes, got about ${size} with ${this.arns.size + [...this.services.values()].flat().length} senders: let them share a role, or publish through a table's outbox, whose relay is one sender`,
    ];
  }
}

/** Statement that lets sources of a service send to a queue. */
export function allowService(
  queue: IQueue,
  {
    service,
    sourceArn,
    sourceAccount,
  }: Pick<ServiceSender, 'service' | 'sourceAccount'> & { readonly sourceArn: unknown },
): PolicyStatement {
  return new PolicyStatement({
    sid: `From${service.split('.')[0]}`,
    principals: [new ServicePrincipal(service)],
    actions: ['sqs:SendMessage'],
    resources: [queue.queueArn],
    conditions: {
      ArnEquals: { 'aws:SourceArn': sourceArn },
      ...(sourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': sourceAccount } }),
    },
  });
}

/** ARN of a role as text. The role gets a name if it has none, which replaces a deployed role. */
function arnOf(role: CfnRole): string {
  const stack = Stack.of(role);
  const own = ownNames.get(role);
  const given: unknown = own ?? stack.resolve(role.roleName);
  if (given !== undefined && typeof given !== 'string') {
    throw invalid(role, 'roleName', 'must be a text if the role sends to a queue of another stack, got a token');
  }
  const name = given ?? regionalName(role, rootStack(role).stackName);
  if (given === undefined) ownNames.set(role, name);
  role.roleName = name;
  const resource = `role${role.path ?? '/'}${name}`;
  return stack.formatArn({ service: 'iam', region: '', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME });
}

/** Whether a stack is the other stack, or nested in it. */
function isWithin(stack: Stack, other: Stack): boolean {
  return stack === other || (stack.nestedStackParent !== undefined && isWithin(stack.nestedStackParent, other));
}
