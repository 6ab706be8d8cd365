/** A payment, or with a negative amount a repayment. */
export interface PaymentRequest {
  /** Idempotency key: the partner moves money once for it. It is the order's id. */
  readonly chargeKey: string;
  /** Decimal string in pounds. */
  readonly amount: string;
  readonly currency: 'GBP';
}

/** The partner's statement that money was moved. It may come twice, and it may get lost. */
export interface Confirmation {
  readonly chargeKey: string;
  readonly reference: string;
  readonly amount: string;
}

/** A company that moves the money. */
export interface PaymentPartner {
  /**
   * Asks for a payment and awaits `confirm` for each confirmation.
   * @throws PartnerUnavailable if nothing was moved
   * @throws PartnerTimeout if it isn't known whether money was moved: ask again with the same key
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
