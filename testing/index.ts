export type { OutboxMessage } from '../lib/protocol';
export type { AwsCall } from './aws/memory-aws';
export { CloudApi, CloudApiError, type CloudApiProps, type Credentials, type Json, type JsonObject } from './cloud-api';
export { CloudOriginClient } from './cloud-origin-client';
export { DynamoDbError } from './dynamodb/attributes';
export { type EdgeServer, type EdgeServerProps, serveEdge } from './edge-server';
export { type EdgeLogEntry, EdgeSimulator, type EdgeSimulatorProps } from './edge-simulator';
export { type PersonProps, person, type ServiceProps, service, type TestCaller } from './handlers/callers';
export {
  type FunctionUrlEventProps,
  functionUrlEvent,
  type QueueEventProps,
  queueEvent,
  type TestMessage,
} from './handlers/events';
export {
  type EventBridgeMessageProps,
  eventBridgeMessage,
  plainMessage,
  type S3ObjectProps,
  type SnsMessageProps,
  s3Message,
  s3TestMessage,
  snsMessage,
} from './handlers/source-messages';
export { TestDocuments } from './handlers/test-documents';
export type { LoadHandler, LogLine } from './handlers/test-function';
export { TestModule, type TestRequestOptions, type TestResponse } from './handlers/test-module';
export { type RelayOptions, type TestFunctionOptions, TestStack, testStack } from './handlers/test-stack';
export { TestTable } from './handlers/test-table';
export { type MessageResult, TestWorker, type WaitingMessage } from './handlers/test-worker';
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
export { type WebAclDecision, WebAclEvaluator } from './web-acl';
export { webAclFromTemplate } from './web-acl-template';
