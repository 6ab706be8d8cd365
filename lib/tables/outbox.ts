import type { Construct } from 'constructs';
import { DYNAMODB } from '../limits';
import type { DeploymentProfile } from '../profile';
import { noteReference, rootStack } from '../stacks';
import { invalid } from '../validation';
import type { DeclaredTarget } from './map-table';
import { type IPublishTarget, requireTarget } from './publish-target';
import type { StreamSource } from './read-streams';
import { Relay } from './relay';

/** The table that an outbox belongs to. */
export interface OutboxTable extends Omit<StreamSource, 'targets' | 'leavesUnknown'> {
  readonly profile: DeploymentProfile;
}

/** The targets of a table's outbox, each with the relay that sends to it. */
export class Outbox {
  private readonly relays = new Map<IPublishTarget, Relay>();

  /** @param scope the table's construct */
  public constructor(private readonly scope: Construct) {}

  /** All targets, as the table's map states them. */
  public declared(): DeclaredTarget[] {
    return [...this.relays].map(([target, relay]) =>
      this.isAtHome(relay) ? { target } : { target, relay: relay._relayName },
    );
  }

  /**
   * Adds a target. The relay that sends to the target is in the target's top-level stack. So the
   * table's stack doesn't depend on the target's stack, and the target's worker may read the table.
   * @throws BreakwaterError if the value can't be a target of this table
   */
  public publishTo(target: IPublishTarget, table: OutboxTable): void {
    requireTarget(this.scope, target);
    this.checkName(target);
    if (rootStack(target.queue) !== rootStack(this.scope)) {
      noteReference(this.scope, 'publishTo', target.queue, this.scope);
    }
    this.checkReaders(target);
    const relay = Relay.of(target.queue, table.profile);
    relay._addTarget(this.scope, target);
    this.relays.set(target, relay);
    relay._addSource({
      ...table,
      targets: () => [...this.relays].filter(([, other]) => other === relay).map(([one]) => one),
      leavesUnknown: () => this.relayOfUnknown() !== relay,
    });
  }

  /**
   * The relay that handles messages for unknown targets: the relay of the table's own stack, or
   * else the table's first relay.
   */
  private relayOfUnknown(): Relay | undefined {
    const relays = [...this.relays.values()];
    return relays.find((relay) => this.isAtHome(relay)) ?? relays[0];
  }

  private isAtHome(relay: Relay): boolean {
    return rootStack(relay) === rootStack(this.scope);
  }

  private checkName(target: IPublishTarget): void {
    const other = [...this.relays.keys()].find(({ targetName }) => targetName === target.targetName);
    if (other === undefined || other === target) return;
    throw invalid(
      this.scope,
      'publishTo',
      `must have only one target for each name, got '${target.targetName}' for ${other.queue.node.path} and ${target.queue.node.path}; give one of them another targetName`,
    );
  }

  private checkReaders(target: IPublishTarget): void {
    const known = [...new Set([...this.relays.values()].map((relay) => rootStack(relay)))];
    const stack = rootStack(target.queue);
    if (known.includes(stack) || known.length < DYNAMODB.MAX_READERS_PER_STREAM) return;
    throw invalid(
      this.scope,
      'publishTo',
      `must have targets in at most ${DYNAMODB.MAX_READERS_PER_STREAM} top-level stacks, got '${target.targetName}' of '${stack.node.path}' in addition to targets of ${known.map(({ node }) => `'${node.path}'`).join(' and ')}: each stack has its own relay, and a stream allows ${DYNAMODB.MAX_READERS_PER_STREAM} readers; ` +
        'put the workers into one stack or its nested stacks, or let a worker forward messages',
    );
  }
}
