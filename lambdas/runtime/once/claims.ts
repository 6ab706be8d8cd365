import {
  CLAIM_DAYS,
  CLAIM_SORT_KEY,
  Environment,
  QUARANTINE_KEY,
  QUARANTINE_TIME_TO_LIVE,
} from '../../../lib/protocol';
import type { Connection } from '../table/connection';
import { isNamed, UsageError } from '../table/errors';
import type { Item } from '../table/types';

/** The right to run the effect of a step. Only one delivery at a time has this right. */
export interface Claim {
  /** Unique name of the delivery. */
  readonly owner: string;
  /**
   * Milliseconds since 1970 at which the delivery claimed the step. Absent in claims of earlier
   * versions.
   */
  readonly from?: number;
  /** Milliseconds since 1970 after which the delivery's process no longer runs. */
  readonly until: number;
  /** Hash of the message's body. */
  readonly body: string;
}

const SECONDS_PER_DAY = 86_400;

/** Claims in the stack's quarantine table. Each is a small item, so each write costs one unit. */
export class Claims {
  constructor(private readonly connection: Connection) {}

  /**
   * Claims a step, unless another delivery has claimed it.
   * @returns the other delivery's claim; undefined if this claim succeeded
   */
  async take(id: string, claim: Claim): Promise<Claim | undefined> {
    const earlier = await this.put(id, claim, 'attribute_not_exists(#owner)', {});
    // The answer to the first attempt was lost, and the SDK's second attempt found the claim.
    return earlier?.owner === claim.owner ? undefined : earlier;
  }

  /**
   * Replaces an earlier claim.
   * @returns false if another delivery replaced or removed it
   */
  async takeOver(id: string, earlier: Claim, claim: Claim): Promise<boolean> {
    const other = await this.put(id, claim, '#owner = :earlier', { ':earlier': earlier.owner });
    return other === undefined || other.owner === claim.owner;
  }

  /** Removes a claim of this owner. */
  async release(id: string, { owner }: Claim): Promise<void> {
    const { client, sdk, marshall } = await this.connection.load();
    const command = new sdk.DeleteItemCommand({
      TableName: tableName(),
      Key: marshall(keyOf(id)),
      ConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: marshall({ ':owner': owner }),
    });
    await this.send(() => client.send(command));
  }

  /** @returns the stored claim if the condition doesn't hold; undefined if the claim was stored */
  private async put(id: string, claim: Claim, condition: string, values: Item): Promise<Claim | undefined> {
    const { client, sdk, marshall, unmarshall } = await this.connection.load();
    const expires = Math.floor(this.connection.now() / 1_000) + CLAIM_DAYS * SECONDS_PER_DAY;
    const command = new sdk.PutItemCommand({
      TableName: tableName(),
      Item: marshall({ ...keyOf(id), ...claim, [QUARANTINE_TIME_TO_LIVE]: expires }),
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#owner': 'owner' },
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: marshall(values) }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.send(() => client.send(command));
      return undefined;
    } catch (error) {
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
      const stored = (error as { readonly Item?: Parameters<typeof unmarshall>[0] }).Item;
      // The claim that was to be replaced is gone.
      return stored === undefined ? GONE : (unmarshall(stored) as unknown as Claim);
    }
  }

  private send<R>(send: () => Promise<R>): Promise<R> {
    return this.connection.send({ table: 'quarantine', isWrite: true, send });
  }
}

const GONE: Claim = { owner: '', until: 0, body: '' };

function keyOf(id: string): Item {
  return { [QUARANTINE_KEY.partition]: id, [QUARANTINE_KEY.sort]: CLAIM_SORT_KEY };
}

function tableName(): string {
  const name = process.env[Environment.QUARANTINE_TABLE];
  if (name) return name;
  throw new UsageError(
    `${Environment.QUARANTINE_TABLE} must be set, got nothing: a step with 'hold' or { ask } can run only in a worker of a QueueWorker`,
  );
}
