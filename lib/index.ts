export * from './breakwater';
export { DocumentStore, DocumentStoreBase, type DocumentStoreProps, type IDocumentStore } from './documents';
export {
  EdgeDistribution,
  type EdgeDistributionProps,
  type EdgeDomain,
  type EdgeSiteProps,
  ManagedRuleGroup,
  WebAcl,
  type WebAclOptions,
  type WebAclProps,
} from './edge';
export {
  AliasedFunction,
  type AliasedFunctionProps,
  Handler,
  HandlerBundle,
  type HandlerBundleProps,
  type HandlerOptions,
  type IFunctionGrantee,
  type IWorkload,
  type ProvisionedScaling,
  Scaling,
  type VpcProps,
} from './functions';
export {
  Identity,
  type IIdentity,
  OidcIdentity,
  type OidcIdentityProps,
  type SignInClient,
  type SignInOptions,
  UserPoolIdentity,
  type UserPoolIdentityProps,
} from './identity';
export {
  CustomerKey,
  DataClass,
  Keyring,
  type KeyringProps,
  LogRetention,
  TlsOnly,
} from './keyring';
export * from './modules';
export { Operations, type OperationsProps } from './operations';
export {
  type AnnouncedEvent,
  ColdStartGoal,
  FloorController,
  type FloorControllerProps,
  PredictiveScaling,
  type PredictiveScalingProps,
} from './prediction';
export { DeploymentProfile } from './profile';
export { Quarantine, type QuarantineProps } from './quarantine';
export {
  AdoptedTable,
  type AdoptedTableProps,
  type IPublishTarget,
  type IShardedTable,
  Relay,
  type RelayProps,
  ShardedTable,
  type ShardedTableAttributes,
  ShardedTableBase,
  type ShardedTableIndex,
  type ShardedTableProps,
} from './tables';
export * from './workers';
