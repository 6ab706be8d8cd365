import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { type ITopic, Subscription, SubscriptionFilter, SubscriptionProtocol } from 'aws-cdk-lib/aws-sns';
import { noteReference, shortHash } from '../../stacks';
import { invalid, mustBe, requireMember, requirePart } from '../../validation';
import type { TopicSourceOptions } from '../worker-source';
import type { SourceSite } from './source-site';

const OPTIONS = mustBe.props<TopicSourceOptions>({
  filterPolicy: (scope, prop, value) => {
    mustBe.anObject(scope, prop, value);
    for (const [attribute, filter] of Object.entries(value as object)) {
      requirePart(scope, `${prop} '${attribute}'`, filter, SubscriptionFilter, 'use SubscriptionFilter.stringFilter()');
    }
  },
});

/** Subscribes a queue to a topic. */
export function connectTopic(site: SourceSite, topic: ITopic, options: TopicSourceOptions): void {
  const { worker, queue } = site;
  requireMember(worker, 'topic', topic ?? null, 'ITopic', 'topicArn');
  OPTIONS(worker, 'options', options);
  if (site.fifo && !topic.fifo) {
    throw invalid(
      worker,
      'topic',
      `must be a FIFO topic for a FIFO queue, got the standard topic '${topic.node.path}': SNS refuses the subscription; make the topic or the queue of the other kind`,
    );
  }
  requireRegion(site, topic);
  site.claim(`topic '${topic.node.path}'`, topic.topicArn);
  noteReference(worker, 'topic', worker, topic);
  const policy = site.letServiceSend({
    service: 'sns.amazonaws.com',
    sourceArn: topic.topicArn,
    // A topic may be encrypted by the queue's key. So the key's policy can't refer to the topic.
    keyConditions: { ArnLike: { 'aws:SourceArn': topicsOf(topic) } },
  });
  const subscription = new Subscription(worker, `Topic${shortHash(topic.node.path)}`, {
    topic,
    protocol: SubscriptionProtocol.SQS,
    endpoint: queue.queueArn,
    // A raw message has neither the id nor the time of the notification.
    rawMessageDelivery: false,
    filterPolicy: options.filterPolicy,
  });
  subscription.node.addDependency(policy);
}

/** Topics of a topic's account and Region. */
function topicsOf(topic: ITopic): string {
  const { account, region, partition } = placeOf(topic);
  return `arn:${partition}:sns:${region}:${account}:*`;
}

/** An imported topic's ARN has its account and Region. Its construct has those of the stack. */
function placeOf(topic: ITopic): { readonly account: string; readonly region: string; readonly partition: string } {
  const stack = Stack.of(topic);
  const { account, region, partition } = Token.isUnresolved(topic.topicArn)
    ? stack
    : stack.splitArn(topic.topicArn, ArnFormat.NO_RESOURCE_NAME);
  return {
    account: account ?? stack.account,
    region: region ?? stack.region,
    partition: partition ?? stack.partition,
  };
}

function requireRegion({ worker }: SourceSite, topic: ITopic): void {
  const [its, own] = [placeOf(topic).region, Stack.of(worker).region];
  if (its === own || [its, own].some((region) => Token.isUnresolved(region))) return;
  throw invalid(
    worker,
    'topic',
    `must be in the worker's Region ${own}, got '${topic.node.path}' in ${its}; put the worker into a stack of that Region`,
  );
}
