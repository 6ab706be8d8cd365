export { EdgeDistribution } from './distribution/edge-distribution';
export type { EdgeDistributionProps, EdgeSiteProps } from './distribution/edge-distribution-props';
export type { EdgeDomain } from './distribution/edge-domain';
// Pure functions that generate code. Tests and tools use them. They aren't part of the jsii API.
export { siteFunctionCode, viewerFunctionCode } from './viewer/viewer-function';
export { ManagedRuleGroup } from './web-acl/managed-rule-group';
export { WebAcl, type WebAclOptions, type WebAclProps } from './web-acl/web-acl';
