/** A payment. A negative amount is a repayment. */
export interface PaymentRequest {
  /** Idempotency key: the partner moves money once for each key. It is the order's ID. */
  readonly chargeKey: string;
  /** Decimal string in pounds. */
  readonly amount: string;
  readonly currency: 'GBP';
}

/** The partner's confirmation that money was moved. It may be sent twice or get lost. */
export interface Confirmation {
  readonly chargeKey: string;
  readonly reference: string;
  readonly amount: string;
}

/** A payment service provider. */
export interface PaymentPartner {
  /**
   * Requests a payment, and calls `confirm` for each confirmation.
   * @throws PartnerUnavailable if no money was moved
   * @throws PartnerTimeout if it isn't known whether money was moved; retry with the same key
   * @throws PartnerConflict if the key has been used for another amount
   */
  settle(request: PaymentRequest, confirm: (confirmation: Confirmation) => Promise<void>): Promise<void>;
}

export class PartnerUnavailable extends Error {
  override readonly name = 'PartnerUnavailable';
}

export class PartnerTimeout extends Error {
  override readonly name = 'PartnerTimeout';
}

export class PartnerConflict extends Error {
  override readonly name = 'PartnerConflict';
}
