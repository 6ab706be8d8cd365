/**
 * Phases of a move of slots from one shard, the source, to another one, the target. Slots without a
 * move are stable: one shard gets all their requests. Decision 0035 describes the protocol.
 */
export const MOVE_PHASES = ['MIRROR', 'SETTLE', 'PURGE', 'TXREAD', 'READ_B'] as const;

export type MovePhase = (typeof MOVE_PHASES)[number];

/** Where the requests for a slot go. */
export interface SlotRoute {
  readonly phase: 'STABLE' | MovePhase;
  /** The shard whose item decides: it gets the write with the caller's condition. */
  readonly conditioned: number;
  /**
   * The shard that gets the new item's image in the same transaction, without a condition.
   * Undefined if the slot is stable. Then the write needs no transaction.
   */
  readonly mirror: number | undefined;
  /** The shard from which items are read. */
  readonly read: number;
  /**
   * A second shard that a read asks too. If the stamps of the two items differ, the read asks both
   * shards again in one transaction, and answers the item of `read`.
   */
  readonly compare: number | undefined;
  /**
   * Whether a delete leaves a tombstone in the mirror. It stops the mover from writing a copy that
   * was read before the delete.
   */
  readonly tombstones: boolean;
}

/** The rules of each phase. */
const RULES: Readonly<
  Record<
    MovePhase,
    {
      /** Whether the target's item decides and is read. */
      readonly decides: 'source' | 'target';
      readonly compares: boolean;
      readonly tombstones: boolean;
      readonly forward: MovePhase | 'TARGET';
      readonly back: MovePhase | 'SOURCE';
    }
  >
> = {
  MIRROR: { decides: 'source', compares: false, tombstones: true, forward: 'SETTLE', back: 'SOURCE' },
  SETTLE: { decides: 'source', compares: false, tombstones: true, forward: 'PURGE', back: 'SOURCE' },
  PURGE: { decides: 'source', compares: false, tombstones: false, forward: 'TXREAD', back: 'SOURCE' },
  TXREAD: { decides: 'source', compares: true, tombstones: false, forward: 'READ_B', back: 'PURGE' },
  READ_B: { decides: 'target', compares: false, tombstones: false, forward: 'TARGET', back: 'TXREAD' },
};

/** The route of a slot without a move. */
export function stableRoute(owner: number): SlotRoute {
  return { phase: 'STABLE', conditioned: owner, mirror: undefined, read: owner, compare: undefined, tombstones: false };
}

/** The route of a slot that moves from one shard to another. */
export function movingRoute(from: number, to: number, phase: MovePhase): SlotRoute {
  const { decides, compares, tombstones } = RULES[phase];
  const [conditioned, mirror] = decides === 'source' ? [from, to] : [to, from];
  return { phase, conditioned, mirror, read: conditioned, compare: compares ? mirror : undefined, tombstones };
}

/**
 * The phase after `phase`. `TARGET` means that the move is complete: the slots are stable on the
 * target. A mover may enter PURGE and later phases only if the phase before has done its work.
 */
export function phaseForward(phase: MovePhase): MovePhase | 'TARGET' {
  return RULES[phase].forward;
}

/** The phase to which a move goes back. `SOURCE` means that the slots are stable on the source. */
export function phaseBack(phase: MovePhase): MovePhase | 'SOURCE' {
  return RULES[phase].back;
}

export function isMovePhase(text: unknown): text is MovePhase {
  return (MOVE_PHASES as readonly unknown[]).includes(text);
}
