import { Duration, type Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { type AliasedFunction, stackFunction } from '../functions';
import { Keyring } from '../keyring';
import { type DeploymentProfile, PROFILE, SharedProfile } from '../profile';
import { Quarantine } from '../quarantine';
import { rootStack, stackPart } from '../stacks';
import { invalid, requireName, requireOwnProps } from '../validation';
import { lostRecords } from './lost-records';
import { MapTable } from './map-table';
import { watchPolicySize } from './policy-size';
import type { IPublishTarget } from './publish-target';
import { readStreams, type StreamSource } from './read-streams';

const STACK_CHILD = 'BreakwaterRelay';

/** Attempts to send take up to 10 seconds. The rest is for slow calls and for the quarantine. */
const TIMEOUT = Duration.seconds(60);

/** Callbacks of stacks without a relay. They are called when the relay is created. */
const waiting = new WeakMap<Stack, ((relay: Relay) => void)[]>();

/** Props of a `Relay`. */
export interface RelayProps {
  /**
   * Purpose of the deployment.
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * Sends the messages in the outboxes of sharded tables to the targets of a top-level stack and its
 * nested stacks. `ShardedTable.publishTo` creates it in the stack of the target: one function, with
 * one event source mapping for each shard of each table. It reads only records with an outbox.
 *
 * A stream supports two readers. So a table may publish to targets of two top-level stacks, or to
 * targets of one stack and have one other reader.
 *
 * If a queue rejects a message, the relay retries for about 10 seconds. Then the message waits in
 * the stack's `Quarantine`, and other queues don't wait. The quarantine's `tick` function sends it
 * later. Later messages of its FIFO group wait behind it, so their order remains. A message that no
 * queue can accept, or whose table didn't declare its target, is held there for a person.
 *
 * If the quarantine can't be written, the stream keeps the records for 24 hours. With the
 * production profile, Lambda then stores them in `lostRecords`. Make an alarm on
 * `metricIteratorAge`, and one on the quarantine's `metricOldestWaiting`.
 */
export class Relay extends Construct {
  /**
   * The relay of a scope's top-level stack, created on first use. If calls pass different
   * profiles, the strictest applies.
   * @param scope any construct of the stack
   * @param profile purpose of the caller's deployment; without one the relay stays as it is
   */
  public static of(scope: IConstruct, profile?: DeploymentProfile): Relay {
    const part = stackPart(
      rootStack(scope),
      STACK_CHILD,
      'relay',
      Relay,
      (stack) => new Relay(stack, STACK_CHILD, { profile }),
    );
    part.profile.serve(scope, profile);
    return part;
  }

  /**
   * Calls back with the relay of a scope's top-level stack: at once, or when the relay is created.
   * @internal
   */
  public static _whenMade(scope: IConstruct, then: (relay: Relay) => void): void {
    const stack = rootStack(scope);
    const known = stack.node.tryFindChild(STACK_CHILD);
    if (known instanceof Relay) then(known);
    else waiting.set(stack, [...(waiting.get(stack) ?? []), then]);
  }

  /** The function that sends the messages. */
  public readonly function: AliasedFunction;
  /** Messages that wait for their targets, and those that can't be sent. */
  public readonly quarantine: Quarantine;
  /**
   * Name of this relay in the maps of tables of other top-level stacks.
   * @internal
   */
  public readonly _relayName: string;
  private readonly profile: SharedProfile;
  private readonly targets = new Map<string, IPublishTarget>();
  private readonly sources = new Set<IConstruct>();
  private lost: IBucket | undefined;

  /** Prefer `Relay.of`: a top-level stack needs one relay. */
  public constructor(scope: Construct, id: string, props: RelayProps = {}) {
    super(scope, id);
    requireOwnProps(this, Relay, props, { profile: PROFILE });
    this._relayName = rootStack(this).stackName;
    this.profile = new SharedProfile(props.profile);
    this.profile.followStated((profile) => void Keyring.of(this, profile));
    this.function = stackFunction(this, 'Function', {
      name: 'relay',
      description: 'Sends the messages in the outboxes of written items to their queues',
      timeout: TIMEOUT,
      profile: this.profile,
    });
    watchPolicySize(this.function);
    // AWS defines this action without resources. Lambda requires it for a role that reads a stream.
    Grant.addToPrincipal({ grantee: this.function, actions: ['dynamodb:ListStreams'], resourceArns: ['*'] });
    this.quarantine = Quarantine.of(this, props.profile);
    this.profile.followStated((profile) => void Quarantine.of(this, profile));
    this.quarantine._grantRelay(this.function);
    watchPolicySize(this.quarantine.tick);
    for (const reader of this._readersOfMaps) MapTable.of(this).grantRead(reader);
    this.profile.followStated(({ deletionProtection }) => {
      if (deletionProtection) this.lost ??= lostRecords(this, this.function.role);
    });
    for (const then of waiting.get(rootStack(this)) ?? []) then(this);
  }

  /**
   * Bucket of stream records that the relay couldn't handle for 23 hours, each with its content. It
   * is undefined if no table with the production profile publishes.
   */
  public get lostRecords(): IBucket | undefined {
    return this.lost;
  }

  /**
   * Milliseconds between a write and the relay's read of its record: by default the maximum of 5
   * minutes.
   */
  public metricIteratorAge(props?: MetricOptions): Metric {
    return this.function.alias.metric('IteratorAge', { statistic: 'Maximum', ...props });
  }

  /**
   * Invocations that ended in an error: by default the sum of 5 minutes. Lambda retries their
   * batches.
   */
  public metricErrors(props?: MetricOptions): Metric {
    return this.function.alias.metricErrors(props);
  }

  /**
   * Adds a target once, and lets the relay send to it.
   * @throws BreakwaterError if another target of the stack has the same name
   * @internal
   */
  public _addTarget(table: IConstruct, target: IPublishTarget): void {
    requireName(
      table,
      'targetName',
      target.targetName,
      /^[A-Za-z0-9_.-]{1,128}$/,
      "1 to 128 letters, digits and '-._'",
    );
    const known = this.targets.get(target.targetName);
    if (known === target) return;
    if (known !== undefined) {
      throw invalid(
        table,
        'publishTo',
        `must have one target for each name in a stack, got '${target.targetName}' for ${known.queue.node.path} and ${target.queue.node.path}`,
      );
    }
    this.targets.set(target.targetName, target);
    target.grantSendMessages(this.function);
    target.grantSendMessages(this.quarantine.tick);
  }

  /**
   * Functions that read which table publishes to which target.
   * @internal
   */
  public get _readersOfMaps(): AliasedFunction[] {
    return [this.function, this.quarantine.tick];
  }

  /**
   * Adds the streams of a table's shards once.
   * @internal
   */
  public _addSource(source: StreamSource): void {
    if (this.sources.has(source.table)) return;
    this.sources.add(source.table);
    readStreams(this, source);
  }
}
