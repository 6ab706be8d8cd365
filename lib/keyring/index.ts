export { DataClass } from './data-class';
export { grantKeyUse, KeyUse } from './grant-key-use';
export { Keyring, type KeyringProps } from './keyring';
