import { VERSION_ATTRIBUTE } from '../../../lib/protocol';
import { currentInvocation } from '../invocation';
import type { Mark } from './mark';
import { type PackedOutbox, packOutbox } from './outbox';
import type { Changes, Item, OutboxInput } from './types';

/**
 * Attributes with the stamps of earlier writes, the latest first. Updates keep these stamps. A put
 * of a whole item removes them.
 */
export const EARLIER_VERSIONS = ['_v1', '_v2', '_v3'] as const;
export const VERSIONS = [VERSION_ATTRIBUTE, ...EARLIER_VERSIONS] as const;

/**
 * Number of characters of a write's ID. They are 64 bits, which suffice to distinguish the last few
 * writes of one item. A UUID would take 20 bytes more.
 */
const ID_LENGTH = 16;
/** Number of digits of a stamp's time, so that stamps sort by time until the year 2286. */
const TIME_LENGTH = 13;

/** Maximum time from the stamp of a request to the moment when the request is sent. */
export const MAX_STAMP_AGE_MS = 2_000;
/**
 * If a stored stamp is so much older than the stamp of a request, the write of the stored stamp
 * took effect first. The time covers `MAX_STAMP_AGE_MS`, the timeout of a request, and a difference
 * of one second between the clocks of two functions.
 */
const SURELY_EARLIER_MS = 6_000;
/**
 * Time for which a transaction may be planned again with the same token, and so with the same
 * stamps. The stamps of a transaction are dated ahead by this time. So they are never older than
 * `MAX_STAMP_AGE_MS` when a request is sent.
 */
export const SAME_TRANSACTION_MS = 10_000;

/**
 * A write of one item, alone or in a transaction. Each request of the write has its own stamp:
 * `<milliseconds>-<ID of the write>.<number of the request>`. So two requests that can take effect
 * separately never store the same stamp, and each one recognises the other by the write's ID.
 */
export class Write {
  readonly outbox: PackedOutbox | undefined;
  /** Part of the write's stamps that no other write has. */
  readonly own: string;
  private requests = 0;
  private firstMs: number | undefined;
  private lost = false;

  constructor(
    private readonly now: () => number,
    newId: () => string,
    outbox?: readonly OutboxInput[],
    /** Set by updates only. */
    readonly mark?: Mark,
    /** Milliseconds by which stamps are dated ahead. */
    private readonly aheadMs = 0,
  ) {
    this.own = `-${newId().replaceAll('-', '').slice(-ID_LENGTH)}.`;
    this.outbox = packOutbox(outbox, newId, currentInvocation());
  }

  /** Makes the stamp of the next request. */
  nextStamp(): string {
    const ms = this.now();
    this.firstMs ??= ms;
    return `${timeText(ms + this.aheadMs)}${this.own}${++this.requests}`;
  }

  /** Records that a request got no answer, so that it may have taken effect. */
  loseAnswer = (): void => {
    this.lost = true;
  };

  /** Records that the requests without an answer haven't taken effect, and no longer can. */
  settle(): void {
    this.lost = false;
  }

  /**
   * Text of a time. If a stored stamp is less than this text, the item has the stamps of all later
   * writes. Then a lost request took effect only if one of the stored stamps is the write's own.
   * @returns undefined if no answer was lost, or if it does no harm to repeat the write
   */
  doubtBefore(changes: Changes): string | undefined {
    // A mark also recognises an earlier request, whatever other writes do.
    if (!this.lost || this.mark !== undefined || Object.keys(changes.add ?? {}).length === 0) return undefined;
    return this.surelyEarlier();
  }

  /**
   * Whether an addition may have taken effect although the stored item doesn't have the write's
   * stamp, because other writes have removed it.
   */
  isUnknown(changes: Changes, stored: Item | undefined): boolean {
    return this.doubtBefore(changes) !== undefined && !this.isSurelyUndone(stored);
  }

  /** Whether a stored item without the write's stamp shows that the write hasn't taken effect. */
  isSurelyUndone(stored: Item | undefined): boolean {
    const before = this.surelyEarlier();
    return VERSIONS.some((name) => typeof stored?.[name] === 'string' && (stored[name] as string) < before);
  }

  private surelyEarlier(): string {
    return timeText((this.firstMs ?? 0) - SURELY_EARLIER_MS);
  }

  /** Whether the write is the last write of the stored item, or one of the three writes before. */
  hasWritten(stored: Item): boolean {
    return VERSIONS.some((name) => typeof stored[name] === 'string' && (stored[name] as string).includes(this.own));
  }
}

function timeText(ms: number): string {
  return String(Math.max(0, Math.floor(ms))).padStart(TIME_LENGTH, '0');
}
