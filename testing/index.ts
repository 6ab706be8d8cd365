export { CloudApi, CloudApiError, type CloudApiProps, type Credentials, type Json, type JsonObject } from './cloud-api';
export { CloudOriginClient } from './cloud-origin-client';
export { type EdgeServer, type EdgeServerProps, serveEdge } from './edge-server';
export { type EdgeLogEntry, EdgeSimulator, type EdgeSimulatorProps } from './edge-simulator';
export { type LoadOptions, loadDistribution } from './load-distribution';
export {
  type BehaviorModel,
  type BucketTarget,
  type CachePolicyModel,
  type DistributionModel,
  type EdgeRequest,
  type EdgeResponse,
  type ErrorResponseModel,
  type FunctionModel,
  type FunctionUrlTarget,
  type IOriginClient,
  type OriginModel,
  type OriginRequestPolicyModel,
  OriginTimeout,
  type PolicyDocument,
  type PolicyStatement,
  type ResponseHeadersPolicyModel,
  type Selection,
  type SigningBehavior,
  type WebAclModel,
} from './model';
export { type FunctionContext, type FunctionResult, ViewerFunction } from './viewer-function';
export { WebAclEvaluator, type WebAclVerdict } from './web-acl';
export { webAclFromTemplate } from './web-acl-template';
