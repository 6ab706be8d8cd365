export * from './breakwater';
export * from './documents';
export {
  BodySigner,
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
  type IFunctionGrantee,
  type ProvisionedScaling,
  Scaling,
} from './functions';
export * from './keyring';
export * from './modules';
export * from './profile';
export * from './tables';
export * from './workers';
