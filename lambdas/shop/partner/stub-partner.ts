import { behaviourOf } from './behaviour';
import {
  type Confirmation,
  PartnerConflict,
  PartnerTimeout,
  PartnerUnavailable,
  type PaymentPartner,
  type PaymentRequest,
} from './payment-partner';

/** The partner's own books: they survive us, as a real partner's would. */
export interface Ledger {
  /** Counts one more attempt under a key. @returns which one it is, from 1 */
  attempt(chargeKey: string): Promise<number>;
  /** Enters a charge unless the key has one. @returns the charge that the key now has */
  charge(entry: Confirmation): Promise<Confirmation>;
}

/**
 * Stands for a payment partner who is sometimes slow, sometimes fails, sometimes moves the money and loses the answer,
 * and sometimes says everything twice.
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
      throw new PartnerUnavailable(`partner is unavailable for '${chargeKey}', attempt ${attempt}`);
    }
    const charge = await this.ledger.charge({ chargeKey, amount, reference: `PP-${chargeKey}` });
    if (charge.amount !== amount) {
      throw new PartnerConflict(`'${chargeKey}' was charged ${charge.amount} before, now ${amount} was asked for`);
    }
    if (fault === 'answer lost') {
      throw new PartnerTimeout(`partner didn't answer for '${chargeKey}', attempt ${attempt}`);
    }
    await confirm(charge);
    if (fault === 'confirms twice') await confirm(charge);
  }
}
