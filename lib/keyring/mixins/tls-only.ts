import { type CfnResource, Mixin, Stack } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, StarPrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket, CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { CfnTopic, CfnTopicPolicy, Topic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, CfnQueuePolicy, Queue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import { addToExistingPolicy } from './policies';

const POLICY_CHILD = 'BreakwaterTlsOnly';

/**
 * Denies plain HTTP for buckets, queues and topics of other libraries, L1 or L2. If the resource
 * already has a policy, the mixin adds a statement to this policy.
 *
 * ```ts
 * Mixins.of(stack).apply(new TlsOnly());
 * ```
 */
export class TlsOnly extends Mixin {
  /**
   * Supports buckets, queues and topics. The mixin changes the L1 resource that an L2 construct
   * contains.
   */
  public override supports(construct: IConstruct): boolean {
    return CfnBucket.isCfnBucket(construct) || CfnQueue.isCfnQueue(construct) || CfnTopic.isCfnTopic(construct);
  }

  public override applyTo(construct: IConstruct): void {
    if (CfnBucket.isCfnBucket(construct)) secureBucket(construct);
    else if (CfnQueue.isCfnQueue(construct)) secureQueue(construct);
    else if (CfnTopic.isCfnTopic(construct)) secureTopic(construct);
  }
}

/**
 * Returns a statement that denies plain HTTP. `actions` must cover every action of the service,
 * because plain HTTP remains allowed for other actions.
 */
function denyPlainText(actions: string[], resources: string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'TlsOnly',
    effect: Effect.DENY,
    principals: [new StarPrincipal()],
    actions,
    resources,
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  });
}

function secureBucket(bucket: CfnBucket): void {
  const statement = denyPlainText(['s3:*'], [bucket.attrArn, `${bucket.attrArn}/*`]);
  const owner = owningL2(bucket);
  if (owner instanceof Bucket) owner.addToResourcePolicy(statement);
  else if (!addToExistingPolicy(bucket, CfnBucketPolicy.isCfnBucketPolicy, (p) => [p.bucket], statement)) {
    new CfnBucketPolicy(bucket, POLICY_CHILD, { bucket: bucket.ref, policyDocument: documentOf(statement) });
  }
}

function secureQueue(queue: CfnQueue): void {
  const statement = denyPlainText(['sqs:*'], [queue.attrArn]);
  const owner = owningL2(queue);
  if (owner instanceof Queue) owner.addToResourcePolicy(statement);
  else if (!addToExistingPolicy(queue, CfnQueuePolicy.isCfnQueuePolicy, (p) => p.queues, statement)) {
    new CfnQueuePolicy(queue, POLICY_CHILD, { queues: [queue.ref], policyDocument: documentOf(statement) });
  }
}

/** A topic's policy can require TLS only for publishing. */
function secureTopic(topic: CfnTopic): void {
  const statement = denyPlainText(['sns:Publish'], [topic.ref]);
  const owner = owningL2(topic);
  if (owner instanceof Topic) owner.addToResourcePolicy(statement);
  else if (!addToExistingPolicy(topic, CfnTopicPolicy.isCfnTopicPolicy, (p) => p.topics, statement)) {
    new CfnTopicPolicy(topic, POLICY_CHILD, {
      topics: [topic.ref],
      // The policy replaces the topic's default policy, so it must also allow the account's own
      // publishers.
      policyDocument: new PolicyDocument({ statements: [ownAccountPublishes(topic), statement] }),
    });
  }
}

function ownAccountPublishes(topic: CfnTopic): PolicyStatement {
  return new PolicyStatement({
    sid: 'OwnAccount',
    principals: [new StarPrincipal()],
    actions: ['sns:Publish', 'sns:Subscribe'],
    resources: [topic.ref],
    conditions: { StringEquals: { 'aws:SourceOwner': Stack.of(topic).account } },
  });
}

function documentOf(statement: PolicyStatement): PolicyDocument {
  return new PolicyDocument({ statements: [statement] });
}

/**
 * Returns the L2 construct whose default child is an L1 resource. The L2 construct manages the
 * resource's policy.
 */
function owningL2(resource: CfnResource): IConstruct | undefined {
  const parent = resource.node.scope;
  return parent !== undefined && parent.node.defaultChild === resource ? parent : undefined;
}
