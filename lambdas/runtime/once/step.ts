import { hash } from 'node:crypto';
import { claimKey, Environment, type OpenShardMap } from '../../../lib/protocol';
import { currentInvocation } from '../invocation';
import { ifEquals } from '../table/conditions';
import { ConditionFailed, TransactionRefused, UsageError } from '../table/errors';
import { canonicalKey, checkKey, keyNames, keyOf } from '../table/keys';
import { type Mark, markAttribute, withMark } from '../table/mark';
import { ShardedClient } from '../table/sharded-client';
import { transact } from '../table/transact';
import type { AnyTable, Changes, Item, Key, Operation, OutboxInput } from '../table/types';
import { PermanentFailure } from '../worker/permanent-failure';
import type { Message } from '../worker/types';
import { bodyHash } from './body-hash';
import { KeyReused, StepHalfWay } from './errors';

/** Result of an effect, of any table. */
export type AnyResult = Changes & {
  readonly also?: readonly Operation[];
  readonly outbox?: readonly OutboxInput[];
};

/** Types of values that are compared with `===`. A `bigint` may be read as a number. */
const PLAIN = ['string', 'number', 'boolean'];
const STEP = /^[A-Za-z0-9-]{1,64}$/;

/** A step of the items of a table, without its effect. */
export class Step {
  readonly client: ShardedClient;

  constructor(
    table: AnyTable,
    readonly name: string,
    private readonly when: Readonly<Record<string, unknown>>,
    private readonly key: ((body: unknown) => Key) | undefined,
    /** Whether the effect touches more than the table. */
    readonly touchesElsewhere: boolean,
  ) {
    if (!(table instanceof ShardedClient)) throw new UsageError('once() needs a client made by table()');
    if (!STEP.test(name)) {
      throw new UsageError(`the step of once() must be 1 to 64 letters, digits and '-', got '${name}'`);
    }
    for (const [attribute, value] of Object.entries(when)) {
      if (value === undefined || value === null || PLAIN.includes(typeof value)) continue;
      throw new UsageError(
        `'${attribute}' in 'when' of the step '${name}' must be a string, a number, a boolean, null or undefined, got ${typeof value}`,
      );
    }
    this.client = table;
  }

  /** The step of the item that a message is about. */
  async of({ body, to }: Message<unknown>): Promise<StepOfItem> {
    const map = await this.client.connection.map(this.client.name);
    const key = this.keyOf(map, body);
    return new StepOfItem(
      this,
      key,
      // The hash is of the body before validation. A schema may change the body differently in each
      // delivery, for example if a default is the current time.
      { attribute: markAttribute(this.name), value: bodyHash(currentInvocation()?.sentBody ?? body) },
      () => {
        const about = JSON.stringify([this.client.name, this.name, canonicalKey(map, key)]);
        return claimKey(process.env[Environment.NAME] ?? to, hash('sha256', about, 'base64url'));
      },
    );
  }

  isNeeded(item: Item): boolean {
    return Object.entries(this.when).every(([name, value]) => item[name] === value);
  }

  async write(key: Key, mark: Mark, { also = [], outbox, ...changes }: AnyResult): Promise<void> {
    const options = withMark(
      {
        ...(Object.keys(this.when).length === 0 ? {} : { condition: ifEquals(this.when) }),
        ...(outbox === undefined ? {} : { outbox }),
      },
      mark,
    );
    if (also.length === 0) await this.client.update(key, changes, options);
    else await transact([{ in: this.client, update: key, ...changes, ...options }, ...also]);
  }

  /**
   * @throws PermanentFailure if the body has no valid key, because a redelivery has the same body
   */
  private keyOf(map: OpenShardMap, body: unknown): Key {
    if (this.key !== undefined) return checkKey(map, this.key(body));
    const fields = (typeof body === 'object' && body !== null ? body : {}) as Key;
    try {
      return keyOf(map, fields);
    } catch (cause) {
      if (!(cause instanceof UsageError)) throw cause;
      const names = keyNames(map).join(', ');
      throw new PermanentFailure(
        `the body of a message for the step '${this.name}' must have the key of '${map.table}' (${names}), or set 'key': ${cause.message}`,
        { cause },
      );
    }
  }
}

/** The step of one item, for one message. */
export class StepOfItem {
  constructor(
    private readonly step: Step,
    private readonly key: Key,
    private readonly mark: Mark,
    /** Makes the name of the step's claim. It is a function because few steps need the name. */
    private readonly makeClaimId: () => string,
  ) {}

  /** Name of the step's claim. */
  get claimId(): string {
    return this.makeClaimId();
  }

  /** Hash of the message's body. */
  get body(): string {
    return this.mark.value;
  }

  /**
   * Reads the item.
   * @returns undefined if the step is done or not needed
   * @throws PermanentFailure if there is no item
   * @throws KeyReused if a message with another body did the step
   */
  async find(): Promise<Item | undefined> {
    const found = await this.step.client.getMarked(this.key, this.mark.attribute);
    if (found === undefined) {
      throw new PermanentFailure(`the item of the step ${this.name} must exist, got none`);
    }
    if (found.mark === undefined) return this.step.isNeeded(found.item) ? found.item : undefined;
    this.checkBody(String(found.mark));
    return undefined;
  }

  /** @throws KeyReused if another body did the step, or began it */
  checkBody(other: string): void {
    if (other === this.body) return;
    throw new KeyReused(`a message with another body had the same key for the step ${this.name}`);
  }

  /**
   * Stores the result with the mark, without reading the item.
   * @returns false if a condition doesn't hold: the step may be done or not needed, or there may be
   * no item
   */
  async storeUnread(result: AnyResult): Promise<boolean> {
    try {
      await this.step.write(this.key, this.mark, result);
      return true;
    } catch (error) {
      if (conditionFailed(error)) return false;
      throw error;
    }
  }

  /**
   * Stores the result with the mark. If another delivery has already stored them, this call stores
   * nothing.
   * @throws StepHalfWay if the effect took place elsewhere, and the item no longer has the values
   * of `when`
   */
  async store(result: AnyResult): Promise<void> {
    try {
      await this.step.write(this.key, this.mark, result);
    } catch (error) {
      if (!conditionFailed(error)) throw error;
      const found = await this.step.client.getMarked(this.key, this.mark.attribute);
      if (found?.mark !== undefined) return this.checkBody(String(found.mark));
      // The condition of another write of the transaction didn't hold.
      if (found !== undefined && this.step.isNeeded(found.item)) throw error;
      if (this.step.touchesElsewhere) {
        throw this.halfWay('it took effect, and its item changed before the result was stored', error);
      }
    }
  }

  halfWay(reason: string, cause?: unknown): StepHalfWay {
    return new StepHalfWay(`a person must decide about the step ${this.name}: ${reason}`, { cause });
  }

  private get name(): string {
    return `'${this.step.name}' of '${this.step.client.name}'`;
  }
}

function conditionFailed(error: unknown): boolean {
  if (error instanceof ConditionFailed) return true;
  return error instanceof TransactionRefused && error.reasons.some(({ reason }) => reason === 'condition');
}
