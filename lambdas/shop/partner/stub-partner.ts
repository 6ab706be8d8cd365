import { behaviourOf } from './behaviour';
import {
  type Confirmation,
  PartnerConflict,
  PartnerTimeout,
  PartnerUnavailable,
  type PaymentPartner,
  type PaymentRequest,
} from './payment-partner';

/** The partner's own records. */
export interface Ledger {
  /** Counts one more attempt for a key. @returns the number of the attempt, from 1 */
  attempt(chargeKey: string): Promise<number>;
  /** Stores a charge, unless the key already has one. @returns the key's charge */
  charge(entry: Confirmation): Promise<Confirmation>;
}

/**
 * A fake payment partner. Sometimes it is slow, fails, confirms twice, or moves the money and loses
 * the answer.
 */
export class StubPartner implements PaymentPartner {
  public constructor(
    private readonly ledger: Ledger,
    private readonly sleep: (milliseconds: number) => Promise<void>,
  ) {}

  public async settle(request: PaymentRequest, confirm: (confirmation: Confirmation) => Promise<void>): Promise<void> {
    const { chargeKey, amount } = request;
    const attempt = await this.ledger.attempt(chargeKey);
    const { delay, fault } = behaviourOf(chargeKey, attempt);
    if (delay > 0) await this.sleep(delay);
    if (fault === 'fails before charging') {
      throw new PartnerUnavailable(`the partner is unavailable, attempt ${attempt}`);
    }
    const charge = await this.ledger.charge({ chargeKey, amount, reference: `PP-${chargeKey}` });
    if (charge.amount !== amount) {
      throw new PartnerConflict('the key must always have the same amount, but was already charged with another one');
    }
    if (fault === 'answer lost') {
      throw new PartnerTimeout(`the partner didn't answer, attempt ${attempt}`);
    }
    await confirm(charge);
    if (fault === 'confirms twice') await confirm(charge);
  }
}
