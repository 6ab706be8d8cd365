/**
 * The module that handlers import: routes, worker, sharded tables, schemas. Large dependencies are
 * loaded when they are first needed.
 */

export { MapTooNew, type TraceContext } from '../../lib/protocol';
export {
  type DocumentOptions,
  type Documents,
  type DocumentsDependencies,
  documents,
  type PutDocumentOptions,
} from './documents/documents';
export { DocumentError, DocumentStoreNotGranted, InvalidDocumentKey } from './documents/errors';
export type { HandlerTable, PathParameters, StatedHandler } from './http/handler-table';
export { HttpError, type HttpErrorOptions } from './http/http-error';
export { type BinaryOptions, binary, json, type ReplyOptions } from './http/reply';
export {
  type FunctionUrlEvent,
  type FunctionUrlResult,
  type InvocationContext,
  type RoutesDependencies,
  type RoutesHandler,
  routes,
} from './http/routes';
export type {
  Anyone,
  AnyParameters,
  AnyQuery,
  Caller,
  CallerKind,
  Claims,
  Person,
  Reply,
  RouteHandler,
  RouteRequest,
  Service,
} from './http/types';
export { TokenError, type TokenVerifier } from './http/verifier';
export type { LogFields } from './log';
export { type Logger, logger } from './logger';
export { type Metrics, type MetricsOptions, type MetricUnit, metrics } from './metrics/metrics';
export { NotDone } from './once/errors';
export { once } from './once/once';
export type { HalfWay, ItemWhen, OnceOptions, StepResult, WhenOf } from './once/types';
export * as schema from './schema';
export { type SignedFetchInit, signedFetch } from './signed-fetch';
export { type Checked, check, type Issue, type StandardSchemaV1 } from './standard-schema';
export type { RetryPolicy } from './table/attempts';
export { mapBounded } from './table/bounded';
export { ifAbsent, ifEquals, ifPresent } from './table/conditions';
export {
  Connection,
  type ConnectionDependencies,
  type ConnectionOptions,
} from './table/connection';
export {
  ConditionFailed,
  InvalidCursor,
  ItemTooLarge,
  KeyTooLong,
  OutcomeUnknown,
  StaleCursor,
  TableNotMapped,
  TableOverloaded,
  type TransactionReason,
  TransactionRefused,
  Unprocessed,
  UsageError,
} from './table/errors';
export { everyPage } from './table/every-page';
export { type TableDependencies, table } from './table/table';
export { transact } from './table/transact';
export type {
  AnyTable,
  AttributeOf,
  BatchWrite,
  CallOptions,
  Changes,
  ChangesOf,
  CheckOperation,
  Condition,
  ConditionOn,
  DeleteOperation,
  DeleteOptions,
  GetOptions,
  Item,
  Key,
  KeyOf,
  Operation,
  OutboxInput,
  Page,
  Projected,
  PutOperation,
  QueryOptions,
  ScatterOptions,
  SortCondition,
  TableClient,
  UpdateOperation,
  UpdateOptions,
  WhereOf,
  WriteOptions,
} from './table/types';
export { PermanentFailure } from './worker/permanent-failure';
export type { QueueEvent } from './worker/records';
export { TryLater } from './worker/try-later';
export type {
  EventBridgeSource,
  Message,
  MessageHandler,
  MessageSource,
  PlainSource,
  RetryDelay,
  S3Record,
  S3Source,
  SnsSource,
  WorkerOptions,
} from './worker/types';
export { type QueueResult, type WorkerContext, type WorkerDependencies, worker } from './worker/worker';
