// Public.

// For other layers of this library only.
export { acknowledgeParts } from './acknowledge-parts';
export { DataClass } from './data-class';
export { grantKeyUse, KeyUse } from './grant-key-use';
export { type Conditions, grantServiceKeyUse } from './grant-service-key-use';
export { Keyring, type KeyringProps } from './keyring';
export { CustomerKey } from './mixins/customer-key';
export { LogRetention } from './mixins/log-retention';
export { TlsOnly } from './mixins/tls-only';
