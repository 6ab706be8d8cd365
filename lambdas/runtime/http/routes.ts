import {
  Environment,
  type IdentityDeclaration,
  METHODS_WITH_BODY,
  matchPattern,
  REFUSALS,
  type RefusalCode,
  type RouteDeclaration,
  TOKEN_HEADER,
  unpackRoutes,
} from '../../../lib/protocol';
import { withDeadline } from '../deadline';
import { errorFields, jsonLog, type Log } from '../log';
import { isProvisioned } from '../preload';
import { check, type StandardSchemaV1 } from '../standard-schema';
import { InvalidCursor, StaleCursor, TableOverloaded } from '../table/errors';
import { checkAnswerSize } from './answer-size';
import { rawBody, readBody } from './body';
import { identifyCaller } from './caller';
import { HttpError } from './http-error';
import { refusal } from './refuse';
import { json } from './reply';
import type { Caller, Reply, RouteHandler, RouteRequest, RouteWithBody } from './types';
import { issuerVerifier, type TokenVerifier } from './verifier';

/** What a function URL sends; the part of payload format 2.0 that is read. */
export interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly requestId: string; readonly http: { readonly method: string } };
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean;
}

/** What a function URL expects back. */
export interface FunctionUrlResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** The part of Lambda's context that is read. */
export interface InvocationContext {
  getRemainingTimeInMillis(): number;
}

/** Ports, for tests; a function needs none of them. */
export interface RoutesOptions {
  /** @default the keys of the issuer that `BREAKWATER_IDENTITY` names */
  readonly verifier?: TokenVerifier;
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @default one line of JSON on standard output for each request */
  readonly log?: Log;
}

/** A handler for each declared route: `'GET /orders/{orderId}'`. */
export type RouteTable<Bodies extends Record<string, unknown>> = {
  readonly [K in keyof Bodies]: RouteHandler | RouteWithBody<Bodies[K]>;
};

/** The table with its bodies' types forgotten. */
type AnyTable = Readonly<Record<string, RouteHandler<never> | RouteWithBody<never>>>;

interface Entry {
  readonly declaration: RouteDeclaration;
  readonly schema?: StandardSchemaV1;
  readonly handle: RouteHandler<never>;
}

/** What a request's log line needs to know, filled in on the way. */
interface Trace {
  route?: string;
  caller?: Caller;
}

/**
 * The handler of a micro-module: finds the route, checks caller, query and body, and calls what belongs to it.
 * @throws Error at load time if routes and handlers don't match one to one
 *
 * @example
 * export const handler = routes({
 *   'GET /orders/{orderId}': async ({ params, caller }) => json(200, await find(caller, params.orderId)),
 *   'POST /checkout': { body: Basket, handle: async ({ body }) => json(201, await place(body)) },
 * });
 */
export function routes<Bodies extends Record<string, unknown>>(
  table: RouteTable<Bodies>,
  options: RoutesOptions = {},
): (event: FunctionUrlEvent, context: InvocationContext) => Promise<FunctionUrlResult> {
  const environment = options.environment ?? process.env;
  const log = options.log ?? jsonLog;
  const entries = pairUp(table as unknown as AnyTable, environment);
  const identity = parse<IdentityDeclaration>(environment, Environment.IDENTITY, JSON.parse);
  const verifier = options.verifier ?? (identity === undefined ? undefined : issuerVerifier(identity));
  if (identity === undefined && entries.some((entry) => entry.declaration.access.some((a) => a !== 'anyone'))) {
    throw new Error(`${Environment.IDENTITY} must be set: some routes ask who calls`);
  }
  // Loading while capacity is being provisioned costs no caller anything; a failure shows again at the first request.
  if (isProvisioned(environment)) verifier?.preload?.().catch(() => undefined);

  return async (event, context) => {
    const started = performance.now();
    const trace: Trace = {};
    const requestId = event.requestContext.requestId;
    const method = event.requestContext.http.method.toUpperCase();
    let failure: unknown;
    let reply: Reply;
    try {
      reply = await withDeadline(
        () => context.getRemainingTimeInMillis(),
        () => answer(event, context, entries, identity, verifier, trace),
      );
      checkAnswerSize(reply);
    } catch (error) {
      failure = error;
      reply = errorReply(error, requestId);
    }
    log(reply.status >= 500 ? 'ERROR' : 'INFO', 'request', {
      requestId,
      name: environment[Environment.NAME],
      method,
      route: trace.route,
      status: reply.status,
      ms: Math.round(performance.now() - started),
      caller: trace.caller?.kind,
      service: trace.caller?.kind === 'service' ? trace.caller.name : undefined,
      ...(failure instanceof HttpError
        ? { code: failure.code, ...(failure.status >= 500 ? errorFields(failure) : {}) }
        : {}),
      ...(failure !== undefined && !(failure instanceof HttpError) && reply.status >= 500 ? errorFields(failure) : {}),
    });
    return toResult(reply, method === 'HEAD');
  };
}

async function answer(
  event: FunctionUrlEvent,
  context: InvocationContext,
  entries: readonly Entry[],
  identity: IdentityDeclaration | undefined,
  verifier: TokenVerifier | undefined,
  trace: Trace,
): Promise<Reply> {
  const { entry, params, method } = findRoute(entries, event);
  const { declaration } = entry;
  trace.route = `${declaration.method} ${declaration.path}`;
  // Who calls comes before what they say: a stranger learns nothing of what a body should look like.
  const caller = await identifyCaller(declaration.access, lowerCase(event.headers), identity, verifier);
  trace.caller = caller;
  const query = readQuery(event.rawQueryString ?? '', declaration.query ?? []);
  const { [TOKEN_HEADER]: _, authorization: __, ...headers } = lowerCase(event.headers);
  const bytes = rawBody(event.body, event.isBase64Encoded ?? false);
  let body = METHODS_WITH_BODY.includes(method) || bytes.length > 0 ? readBody(bytes, headers, declaration) : undefined;
  if (entry.schema !== undefined) {
    const checked = await check(entry.schema, body);
    if ('issues' in checked) {
      throw refusal('invalid_body', undefined, { issues: checked.issues });
    }
    body = checked.value;
  }
  const request: RouteRequest = {
    method,
    path: event.rawPath,
    params,
    query,
    headers,
    caller,
    body,
    requestId: event.requestContext.requestId,
    remainingMs: () => context.getRemainingTimeInMillis(),
  };
  return (entry.handle as RouteHandler)(request);
}

function findRoute(entries: readonly Entry[], event: FunctionUrlEvent) {
  const sent = event.requestContext.http.method.toUpperCase();
  const method = sent === 'HEAD' ? 'GET' : sent;
  const allowed: string[] = [];
  for (const entry of entries) {
    const params = matchPattern(entry.declaration.path, event.rawPath);
    if (params === undefined) continue;
    if (entry.declaration.method === method) return { entry, params, method };
    allowed.push(entry.declaration.method, ...(entry.declaration.method === 'GET' ? ['HEAD'] : []));
  }
  if (allowed.length === 0) throw refusal('not_found');
  throw refusal('method_not_allowed', `this path takes ${allowed.join(', ')}`, {
    headers: { allow: allowed.join(', ') },
  });
}

function readQuery(raw: string, declared: readonly string[]): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(raw)) {
    if (!declared.includes(name)) {
      const takes = declared.length === 0 ? 'none' : declared.join(', ');
      throw refusal('unknown_query', `query parameter '${name.slice(0, 80)}' is not known here; known: ${takes}`);
    }
    if (Object.hasOwn(query, name)) throw refusal('repeated_query', `query parameter '${name}' occurs twice`);
    query[name] = value;
  }
  return query;
}

function lowerCase(headers: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function errorReply(error: unknown, requestId: string): Reply {
  if (error instanceof HttpError) {
    const { code, message, issues, headers } = error;
    return json(error.status, { error: { code, message, ...(issues === undefined ? {} : { issues }) } }, { headers });
  }
  if (error instanceof InvalidCursor) return errorReply(refusal('invalid_cursor'), requestId);
  if (error instanceof StaleCursor) return errorReply(refusal('stale_cursor'), requestId);
  if (error instanceof TableOverloaded) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) };
    return errorReply(refusal('overloaded', undefined, { headers }), requestId);
  }
  const { status, message } = REFUSALS.internal;
  return json(status, { error: { code: 'internal' satisfies RefusalCode, message, requestId } });
}

function toResult(reply: Reply, headOnly: boolean): FunctionUrlResult {
  const isText = typeof reply.body === 'string';
  return {
    statusCode: reply.status,
    headers: { ...reply.headers },
    body: headOnly ? '' : typeof reply.body === 'string' ? reply.body : Buffer.from(reply.body).toString('base64'),
    isBase64Encoded: !isText && !headOnly,
  };
}

function pairUp(table: AnyTable, environment: Readonly<Record<string, string | undefined>>): Entry[] {
  const declarations = parse(environment, Environment.ROUTES, unpackRoutes);
  if (declarations === undefined)
    throw new Error(`${Environment.ROUTES} must be set: it says what this function answers`);
  const declared = new Set(declarations.map((d) => `${d.method} ${d.path}`));
  const unhandled = [...declared].filter((name) => !Object.hasOwn(table, name));
  const undeclared = Object.keys(table).filter((name) => !declared.has(name));
  if (unhandled.length > 0 || undeclared.length > 0) {
    const parts = [
      ...(unhandled.length > 0 ? [`no handler for ${quote(unhandled)}`] : []),
      ...(undeclared.length > 0 ? [`a handler but no declared route for ${quote(undeclared)}`] : []),
    ];
    throw new Error(`handlers must match the micro-module's routes one to one: ${parts.join('; ')}`);
  }
  return declarations.map((declaration) => {
    const entry = table[`${declaration.method} ${declaration.path}`]!;
    return typeof entry === 'function'
      ? { declaration, handle: entry }
      : { declaration, schema: entry.body, handle: (request) => entry.handle(request) };
  });
}

function quote(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

function parse<T>(
  environment: Readonly<Record<string, string | undefined>>,
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
