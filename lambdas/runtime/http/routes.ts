import {
  clientTraceId,
  Environment,
  type IdentityDeclaration,
  METHODS_WITH_BODY,
  REFUSALS,
  TOKEN_HEADER,
  unpackRoutes,
} from '../../../lib/protocol';
import { Invocation, Run, serviceOf, withInvocation } from '../invocation';
import { errorFields, jsonLog, type Log } from '../log';
import { isProvisioned } from '../preload';
import { check } from '../standard-schema';
import { InvalidCursor, OutcomeUnknown, StaleCursor, TableOverloaded } from '../table/errors';
import { checkAnswerSize } from './answer-size';
import { rawBody, readBody } from './body';
import { identifyCaller } from './caller';
import type { AnyHandlerTable, HandlerTable } from './handler-table';
import { HttpError } from './http-error';
import { type Entry, findEntry, pairUp } from './pair-up';
import { readQuery } from './query';
import { refusal } from './refuse';
import { json } from './reply';
import type { Caller, Reply } from './types';
import { issuerVerifier, type TokenVerifier } from './verifier';

/** The used part of a function URL's event (payload format 2.0). */
export interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly requestId: string; readonly http: { readonly method: string } };
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

/** The result that a function URL expects. */
export interface FunctionUrlResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** The used part of Lambda's context. */
export interface InvocationContext {
  readonly awsRequestId?: string;
  getRemainingTimeInMillis(): number;
}

/** The handler of a function behind a function URL. */
export type RoutesHandler = (event: FunctionUrlEvent, context: InvocationContext) => Promise<FunctionUrlResult>;

/** Dependencies of `routes()`. Tests replace them; a function passes none. */
export interface RoutesDependencies {
  /** @default a verifier with the public keys of the issuer in `BREAKWATER_IDENTITY` */
  readonly verifier: TokenVerifier;
  /** @default process.env */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @default one line of JSON on standard output for each request */
  readonly log: Log;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly monotonic: () => number;
}

/**
 * Fields of a request's log line that are set while the request is handled. They contain no values
 * that the caller sent.
 */
interface Trace {
  route?: string;
  caller?: Caller;
}

/** Data that all requests of a function share. */
interface Module {
  readonly entries: readonly Entry[];
  readonly identity: IdentityDeclaration | undefined;
  readonly verifier: TokenVerifier | undefined;
}

/**
 * Makes the handler of a micro-module. It finds a request's route, checks caller, query and body,
 * and calls the route's handler. If an entry states `caller`, `query` or `body`, its `handle` gets
 * them with their types.
 * @throws Error at load time if a declared route has no entry, if an entry has no declared route,
 * or if the `caller`, `query` or `body` of an entry differs from its route's declaration
 *
 * @example
 * export const handler = routes({
 *   'GET /orders/{orderId}': {
 *     caller: 'person',
 *     handle: async ({ params, caller }) => json(200, await find(caller.id, params.orderId)),
 *   },
 *   'POST /checkout': {
 *     caller: 'person',
 *     body: Basket,
 *     handle: async ({ body, caller }) => json(201, await place(caller.id, body)),
 *   },
 * });
 */
export function routes<
  const Kinds extends Record<string, unknown>,
  const Query extends Record<string, unknown>,
  Bodies extends Record<string, unknown>,
  Routes extends Record<string, unknown>,
>(table: HandlerTable<Kinds, Query, Bodies, Routes>, dependencies: Partial<RoutesDependencies> = {}): RoutesHandler {
  const { environment = process.env, log = jsonLog, monotonic = () => performance.now() } = dependencies;
  const module = load(table as unknown as AnyHandlerTable, environment, dependencies.verifier);
  const service = serviceOf(environment);
  // With provisioned concurrency, the issuer's keys are loaded before the first request, so no
  // caller waits for them. If loading fails, the first request loads the keys again.
  if (isProvisioned(environment)) module.verifier?.preload?.().catch(() => undefined);

  return async (event, context) => {
    const started = monotonic();
    const trace: Trace = {};
    const { requestId, http } = checkedEvent(event).requestContext;
    const method = http.method.toUpperCase();
    const run = new Run({ requestId: context.awsRequestId ?? requestId, service, log, environment });
    let failure: unknown;
    let reply: Reply;
    try {
      reply = await withInvocation(new Invocation(() => context.getRemainingTimeInMillis(), requestId, run), () =>
        answer(event, context, method, module, trace),
      );
      checkAnswerSize(reply);
    } catch (error) {
      failure = error;
      reply = errorReply(error, requestId);
    }
    run.end();
    run.log(reply.status >= 500 ? 'ERROR' : 'INFO', 'request', {
      correlation_id: requestId,
      method,
      route: trace.route,
      status: reply.status,
      ms: Math.round(monotonic() - started),
      caller: trace.caller?.kind,
      callerName: trace.caller?.kind === 'service' ? trace.caller.name : undefined,
      // Anybody may send this header, so it is only logged. Messages never continue its trace.
      client_trace_id: clientTraceId(event.headers['traceparent']),
      code: failure instanceof HttpError ? failure.code : undefined,
      ...(failure !== undefined && reply.status >= 500 ? errorFields(failure) : undefined),
    });
    return toResult(reply, method === 'HEAD');
  };
}

/**
 * Checks the event, and returns it unchanged.
 * @throws Error if it isn't the event of a function URL, but, for example, a test event of the
 * Lambda console
 */
function checkedEvent(event: FunctionUrlEvent): FunctionUrlEvent {
  const given = event as Partial<FunctionUrlEvent> | null | undefined;
  const { requestId, http } = (given?.requestContext ?? {}) as Partial<FunctionUrlEvent['requestContext']>;
  for (const [field, value, type] of [
    ['rawPath', given?.rawPath, 'string'],
    ['headers', given?.headers ?? undefined, 'object'],
    ['requestContext.requestId', requestId, 'string'],
    ['requestContext.http.method', http?.method, 'string'],
  ] as const) {
    if (typeof value === type) continue;
    const got = typeof value;
    throw new Error(
      `routes() must be invoked with a function URL event (payload format 2.0): ${field} must be ${type === 'object' ? 'an' : 'a'} ${type}, got ${got}`,
    );
  }
  return event;
}

function load(table: AnyHandlerTable, environment: RoutesDependencies['environment'], given?: TokenVerifier): Module {
  const declarations = parse(environment, Environment.ROUTES, unpackRoutes);
  if (declarations === undefined)
    throw new Error(`${Environment.ROUTES} must be set to the routes of the function; MicroModule sets it`);
  const entries = pairUp(table, declarations);
  const identity = parse<IdentityDeclaration>(environment, Environment.IDENTITY, JSON.parse);
  if (identity === undefined && declarations.some(({ access }) => access.some((one) => one !== 'anyone'))) {
    throw new Error(`${Environment.IDENTITY} must be set, because some routes read tokens; MicroModule sets it`);
  }
  return { entries, identity, verifier: given ?? (identity && issuerVerifier(identity)) };
}

async function answer(
  event: FunctionUrlEvent,
  context: InvocationContext,
  sent: string,
  { entries, identity, verifier }: Module,
  trace: Trace,
): Promise<Reply> {
  const method = sent === 'HEAD' ? 'GET' : sent;
  const { entry, params } = findEntry(entries, method, event.rawPath);
  const { declaration, name, schema } = entry;
  trace.route = name;
  const { token, headers } = splitHeaders(event.headers);
  // The caller is checked before the body, so that unauthorized callers get no information about
  // valid bodies.
  const caller = await identifyCaller(declaration.access, token, identity, verifier);
  trace.caller = caller;
  const query = readQuery(event.rawQueryString ?? '', entry.query);
  let body: unknown;
  if (event.body || METHODS_WITH_BODY.includes(method)) {
    body = readBody(rawBody(event.body, event.isBase64Encoded), headers, declaration);
  }
  if (schema !== undefined) {
    const checked = await check(schema, body);
    if ('issues' in checked) throw refusal('invalid_body', undefined, { issues: checked.issues });
    body = checked.value;
  }
  return entry.handle({
    method,
    path: event.rawPath,
    params,
    query,
    headers,
    caller,
    body,
    requestId: event.requestContext.requestId,
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
}

/**
 * Converts header names to lower case, and separates the token from the other headers. Handlers
 * don't get the token.
 */
function splitHeaders(sent: FunctionUrlEvent['headers']) {
  const headers: Record<string, string | undefined> = {};
  let token: string | undefined;
  for (const sentName of Object.keys(sent)) {
    const name = sentName.toLowerCase();
    if (name === TOKEN_HEADER) token = sent[sentName];
    // `authorization` isn't passed on: it contains CloudFront's signature (origin access control).
    else if (name !== 'authorization') headers[name] = sent[sentName];
  }
  return { token, headers };
}

function errorReply(error: unknown, requestId: string): Reply {
  if (error instanceof HttpError) {
    const { code, message, issues, headers } = error;
    return json(error.status, { error: { code, message, ...(issues === undefined ? {} : { issues }) } }, { headers });
  }
  if (error instanceof InvalidCursor) return errorReply(refusal('invalid_cursor'), requestId);
  if (error instanceof StaleCursor) return errorReply(refusal('stale_cursor'), requestId);
  if (error instanceof OutcomeUnknown) return errorReply(refusal('outcome_unknown'), requestId);
  if (error instanceof TableOverloaded) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return errorReply(refusal('overloaded', undefined, { headers }), requestId);
  }
  const { status, message } = REFUSALS.internal;
  return json(status, { error: { code: 'internal', message, requestId } });
}

function toResult({ status, headers, body }: Reply, headOnly: boolean): FunctionUrlResult {
  if (headOnly || typeof body === 'string') {
    return {
      statusCode: status,
      headers,
      body: headOnly ? '' : (body as string),
      isBase64Encoded: false,
    };
  }
  return {
    statusCode: status,
    headers,
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
    isBase64Encoded: true,
  };
}

function parse<T>(
  environment: RoutesDependencies['environment'],
  name: string,
  read: (text: string) => T,
): T | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  try {
    return read(text);
  } catch {
    throw new Error(`${name} must be JSON, got '${text.slice(0, 80)}'`);
  }
}
