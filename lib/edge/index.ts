export { BodySigner } from './body-signer';
export { EdgeDistribution } from './edge-distribution';
export type { EdgeDistributionProps, EdgeSiteProps } from './edge-distribution-props';
export type { EdgeDomain } from './edge-domain';
export { ManagedRuleGroup } from './managed-rule-group';
// Pure generators: not part of the jsii surface, used by tests and tools.
export { siteFunctionCode, viewerFunctionCode } from './viewer-function';
export { WebAcl, type WebAclOptions, type WebAclProps } from './web-acl';
