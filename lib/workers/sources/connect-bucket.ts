import { Stack, Token } from 'aws-cdk-lib';
import {
  BucketNotificationDestinationType,
  EventType,
  type IBucket,
  type IBucketNotificationDestination,
} from 'aws-cdk-lib/aws-s3';
import { noteReference } from '../../stacks';
import { invalid, mustBe, requireEnum, requireList, requireMember } from '../../validation';
import type { BucketSourceOptions } from '../worker-source';
import type { SourceSite } from './source-site';

const OPTIONS = mustBe.props<BucketSourceOptions>({
  events: mustBe.checkedLater,
  prefix: mustBe.text,
  suffix: mustBe.text,
});

/** Lets a bucket send notifications to a queue. */
export function connectBucket(site: SourceSite, bucket: IBucket, options: BucketSourceOptions): void {
  const { worker, queue } = site;
  requireMember(worker, 'bucket', bucket ?? null, 'IBucket', 'bucketArn');
  OPTIONS(worker, 'options', options);
  const { events = [EventType.OBJECT_CREATED], prefix, suffix } = options;
  requireList(worker, 'options.events', events);
  if (events.length === 0) throw invalid(worker, 'options.events', 'must have at least one event, got an empty list');
  for (const event of events) requireEnum(worker, 'options.events', event ?? null, 'EventType', EventType);
  if (site.fifo) {
    throw invalid(
      worker,
      'bucket',
      `must send to a standard queue, got the FIFO queue of the worker: S3 sends no notifications to FIFO queues; use QueueKind.STANDARD or QueueKind.FAIR`,
    );
  }
  requirePlace(site, bucket);
  site.claim(`bucket '${bucket.node.path}'`, bucket.bucketArn, prefix, suffix);
  // The queue's policy names the bucket, and the notification names the queue.
  noteReference(worker, 'bucket', worker, bucket);
  noteReference(worker, 'bucket', bucket, worker);
  const { account } = Stack.of(worker);
  const policy = site.letServiceSend({
    service: 's3.amazonaws.com',
    sourceArn: bucket.bucketArn,
    // The name of a deleted bucket is free for every account.
    sourceAccount: account,
    keyConditions: { StringEquals: { 'aws:SourceAccount': account } },
  });
  const destination: IBucketNotificationDestination = {
    bind: () => ({ arn: queue.queueArn, type: BucketNotificationDestinationType.QUEUE, dependencies: [policy] }),
  };
  const filters = prefix === undefined && suffix === undefined ? [] : [{ prefix, suffix }];
  for (const event of events) bucket.addEventNotification(event, destination, ...filters);
}

function requirePlace({ worker }: SourceSite, bucket: IBucket): void {
  const stack = Stack.of(worker);
  for (const part of ['account', 'region'] as const) {
    const [its, own] = [bucket.env[part], stack[part]];
    if (its === own || Token.isUnresolved(its) || Token.isUnresolved(own)) continue;
    throw invalid(
      worker,
      'bucket',
      `must be in the worker's own account and Region, got '${bucket.node.path}' in ${its} for a worker in ${own}: S3 sends notifications to queues of its Region only; put the worker into a stack of that account and Region`,
    );
  }
}
