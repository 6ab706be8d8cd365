export interface Order {
  readonly customerId: string;
  readonly orderId: string;
  readonly status: 'placed' | 'paid' | 'sent' | 'complete';
  /** In pounds. */
  readonly total: string;
  readonly payment?: string;
  readonly parcel?: string;
}
