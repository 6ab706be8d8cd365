/** A payment, or with a negative amount a repayment. */
export interface PaymentRequest {
  /** The partner moves money once for a key, however often it is asked: the order's id. */
  readonly chargeKey: string;
  /** Decimal string in whole pence. */
  readonly amount: string;
  readonly currency: 'GBP';
}

/** The partner's word that money was moved. It may come twice, and it may get lost. */
export interface Confirmation {
  readonly chargeKey: string;
  readonly reference: string;
  readonly amount: string;
}

/** Whoever moves the money. */
export interface PaymentPartner {
  /**
   * Asks for a payment; `confirm` is called for each confirmation, and awaited.
   * @throws PartnerUnavailable nothing was moved
   * @throws PartnerTimeout nobody knows: ask again under the same key
   * @throws PartnerConflict the key stands for another amount
   */
  settle(request: PaymentRequest, confirm: (confirmation: Confirmation) => Promise<void>): Promise<void>;
}

export class PartnerUnavailable extends Error {
  public override readonly name = 'PartnerUnavailable';
}

export class PartnerTimeout extends Error {
  public override readonly name = 'PartnerTimeout';
}

export class PartnerConflict extends Error {
  public override readonly name = 'PartnerConflict';
}
