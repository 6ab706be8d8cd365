export { EdgeDistribution } from './distribution/edge-distribution';
export type { EdgeDistributionProps, EdgeSiteProps } from './distribution/edge-distribution-props';
export type { EdgeDomain } from './distribution/edge-domain';
// Pure generators: not part of the jsii surface, used by tests and tools.
export { siteFunctionCode, viewerFunctionCode } from './viewer/viewer-function';
export { ManagedRuleGroup } from './web-acl/managed-rule-group';
export { WebAcl, type WebAclOptions, type WebAclProps } from './web-acl/web-acl';
