export * from './behaviour';
export * from './payment-partner';
export * from './settle';
export * from './stub-partner';
export * from './table-ledger';
