import { Stack } from 'aws-cdk-lib';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { noteReference, requireSameEnvironment } from '../../stacks';
import { invalid, mustBe, shown } from '../../validation';
import type { EventPatternSourceOptions } from '../worker-source';
import type { SourceSite } from './source-site';

const OPTIONS = mustBe.props<EventPatternSourceOptions>({
  eventBus: mustBe.object<IEventBus>('IEventBus', 'eventBusArn'),
});

/** Makes a rule for a pattern, and sends its events to a queue. */
export function connectPattern(site: SourceSite, pattern: EventPattern, options: EventPatternSourceOptions): void {
  const { worker } = site;
  if (typeof pattern !== 'object' || pattern === null || Array.isArray(pattern) || Object.keys(pattern).length === 0) {
    throw invalid(worker, 'pattern', `must be an EventPattern with at least one field, got ${shown(pattern)}`);
  }
  OPTIONS(worker, 'options', options);
  const { eventBus } = options;
  requireStandard(site);
  if (eventBus !== undefined) requireSameEnvironment(worker, 'eventBus', eventBus, eventBus.eventBusArn);
  site.claim('event pattern', pattern, eventBus?.eventBusArn);
  const count = worker.node.children.filter(({ node }) => node.id.startsWith('Events')).length;
  const rule = new Rule(worker, `Events${count || ''}`, { eventPattern: pattern, eventBus });
  addTarget(site, rule);
}

/** Sends the events of a rule to a queue. */
export function connectRule(site: SourceSite, rule: Rule): void {
  const { worker } = site;
  if (!(rule instanceof Rule)) {
    throw invalid(
      worker,
      'rule',
      `must be a Rule of this app, got ${shown(rule)}: an imported rule gets no targets; give a pattern to WorkerSource.fromEventPattern() instead`,
    );
  }
  requireStandard(site);
  requireSameEnvironment(worker, 'rule', rule, rule.ruleArn);
  site.claim(`rule '${rule.node.path}'`, rule.ruleArn);
  // The queue's policy names the rule, and the rule's target names the queue.
  noteReference(worker, 'rule', worker, rule);
  noteReference(worker, 'rule', rule, worker);
  addTarget(site, rule);
}

function addTarget(site: SourceSite, rule: Rule): void {
  const { worker, queue } = site;
  site.letServiceSend({
    service: 'events.amazonaws.com',
    sourceArn: rule.ruleArn,
    // The rule refers to the queue, and the queue to its key. So the key's policy can't refer to
    // the rule.
    keyConditions: { StringEquals: { 'aws:SourceAccount': Stack.of(worker).account } },
  });
  rule.addTarget({ bind: () => ({ arn: queue.queueArn }) });
}

function requireStandard({ worker, fifo }: SourceSite): void {
  if (!fifo) return;
  throw invalid(
    worker,
    'source',
    'must not be an EventBridge rule for a FIFO queue: a rule has one message group for all events, and needs deduplication by content; use QueueKind.STANDARD or QueueKind.FAIR',
  );
}
