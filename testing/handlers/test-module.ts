import type { FunctionUrlResult } from '../../lambdas/runtime';
import { Environment, type IdentityDeclaration, TOKEN_HEADER } from '../../lib/protocol';
import type { MemoryAws } from '../aws/memory-aws';
import type { TestCaller } from './callers';
import { functionUrlEvent } from './events';
import type { EdgeLayer, SentRequest, TestEdge } from './test-edge';
import type { LogLine, TestFunction } from './test-function';

/** Parts of a request, in addition to its method, path and body. */
export interface TestRequestOptions {
  /** The caller. By default, the request has no token. */
  readonly caller?: TestCaller;
  /** Query parameters, in addition to parameters in the path. By default, none. */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Further headers. `authorization` replaces the caller's token. By default, none. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer that the caller gets. */
export interface TestResponse {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON if the answer is JSON, a string if it is text, else the bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer
  readonly body: any;
  /** The part of the edge that answered. Absent if the module's function answered. */
  readonly refusedBy?: EdgeLayer;
  /** The line that the runtime logged. Empty if the edge answered. */
  readonly log: LogLine;
  /** All lines of the call: of the handler's `logger` and metrics, and of the runtime. */
  readonly lines: readonly LogLine[];
  /**
   * Calls to AWS that no grant of the stack allows, as sentences. Such calls are the usual cause of
   * a 500.
   */
  readonly denied: readonly string[];
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = /^(text\/|application\/(javascript|xml))/;

/**
 * A micro-module with its real handler. A request passes the web ACL and the viewer function of the
 * edge in front of the module, and then all checks of `routes()`.
 */
export class TestModule {
  /** @internal */
  constructor(
    private readonly target: TestFunction,
    private readonly aws: MemoryAws,
    private readonly edge: TestEdge | undefined,
  ) {}

  /** Sends `GET`. */
  get(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('GET', path, undefined, options);
  }

  /** Sends `POST`. A body of text or bytes is sent unchanged. Any other body is sent as JSON. */
  post(path: string, body?: unknown, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('POST', path, body, options);
  }

  /** Sends `PUT`. The body is sent in the same form as by `post`. */
  put(path: string, body?: unknown, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('PUT', path, body, options);
  }

  /** Sends `PATCH`. The body is sent in the same form as by `post`. */
  patch(path: string, body?: unknown, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('PATCH', path, body, options);
  }

  /** Sends `DELETE`. */
  delete(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('DELETE', path, undefined, options);
  }

  /** Sends a request with any method. The body is sent in the same form as by `post`. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    { caller, query, headers = {} }: TestRequestOptions = {},
  ): Promise<TestResponse> {
    const request = requestOf(method, path, body, query, headers);
    if (caller !== undefined) request.headers['authorization'] ??= `Bearer ${this.tokenOf(caller)}`;
    const passed = this.edge === undefined ? direct(request) : await this.edge.pass(request);
    if ('response' in passed) {
      const { status, headers: sent, body: bytes } = passed.response;
      const answer = { status, headers: sent, body: bodyOf(sent, bytes), refusedBy: passed.refusedBy };
      return { ...answer, log: {}, lines: [], denied: [] };
    }
    const event = eventOf(passed.request);
    const { result, logs, denied } = await this.target.call<FunctionUrlResult>(event);
    return {
      status: result.statusCode,
      headers: result.headers,
      body: bodyOf(result.headers, Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8')),
      lines: logs,
      log: logs.findLast(({ message }) => message === 'request') ?? {},
      denied,
    };
  }

  /**
   * Makes a caller's token, for `headers: { authorization: 'Bearer ...' }`.
   * @param lifetimeSeconds seconds until the token expires; with a negative number, it has already
   * expired
   */
  tokenOf(caller: TestCaller, lifetimeSeconds?: number): string {
    const { environment, path } = this.target.declared;
    const identity = environment[Environment.IDENTITY];
    if (identity === undefined) {
      throw new Error(`${path} has only routes for anyone, which ignore tokens: send the request without a caller`);
    }
    return this.aws.issuer.token(caller, JSON.parse(identity) as IdentityDeclaration, lifetimeSeconds);
  }
}

/** Makes a client's request, with the hash of its body. */
function requestOf(
  method: string,
  path: string,
  body: unknown,
  query: TestRequestOptions['query'],
  headers: Readonly<Record<string, string>>,
): SentRequest {
  const bytes = bytesOf(body);
  const event = functionUrlEvent(method, path, {
    ...(query === undefined ? {} : { query }),
    headers: { ...(body === undefined ? {} : { 'content-type': JSON_TYPE }), ...inLowerCase(headers) },
    body: bytes,
  });
  return { method, path: event.rawPath, query: event.rawQueryString ?? '', headers: { ...event.headers }, body: bytes };
}

/** Returns the bytes of a body. Text and bytes aren't changed. Other values become JSON. */
function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
}

/**
 * Makes a request to a module without an edge. The token is in the header to which an edge would
 * move it.
 */
function direct({ headers, ...rest }: SentRequest): { readonly request: SentRequest } {
  const { authorization, ...others } = headers;
  const token = authorization?.replace(/^Bearer +/i, '');
  return { request: { ...rest, headers: { ...others, ...(token === undefined ? {} : { [TOKEN_HEADER]: token }) } } };
}

function eventOf({ method, path, query, headers, body }: SentRequest) {
  return functionUrlEvent(method, query === '' ? path : `${path}?${query}`, { headers: inLowerCase(headers), body });
}

function inLowerCase(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
  return Object.fromEntries(entries);
}

function bodyOf(headers: Readonly<Record<string, string>>, body: Uint8Array): unknown {
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return undefined;
  const text = Buffer.from(body).toString('utf8');
  if (/^application\/(json|.*\+json)/.test(type)) return JSON.parse(text);
  return TEXT_TYPE.test(type) ? text : new Uint8Array(body);
}
