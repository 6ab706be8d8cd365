export { Entrances, type EntrancesProps, type PlannedStack } from './entrances';
export { type LocalAddress, toLocal } from './local-address';
export { serveProxy } from './local-proxy';
