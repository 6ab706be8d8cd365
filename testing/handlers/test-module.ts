import type { FunctionUrlResult } from '../../lambdas/runtime';
import { Environment, type IdentityDeclaration, TOKEN_HEADER } from '../../lib/protocol';
import type { MemoryAws } from '../aws/memory-aws';
import type { TestCaller } from './callers';
import { functionUrlEvent } from './events';
import type { LogLine, TestFunction } from './test-function';

/** Parts of a request, besides method, path and body. */
export interface TestRequestOptions {
  /** Who calls. @default a guest: no token */
  readonly caller?: TestCaller;
  /** Query parameters. @default those in the path, or none */
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Further headers. `authorization` replaces the caller's token. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as the caller gets it. */
export interface TestResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON if the answer is JSON, text if it is text, else the bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer
  readonly body: any;
  /** The line that the runtime logged for the request. */
  readonly log: LogLine;
  /** Calls of AWS that no grant of the stack allows, in words: the usual cause of a 500. */
  readonly denied: readonly string[];
}

const JSON_TYPE = 'application/json';
const TEXT_TYPE = /^(text\/|application\/(javascript|xml))/;

/**
 * A micro-module with its real handler. A request passes all checks of `routes()`, with the routes
 * and the access that the stack declares.
 */
export class TestModule {
  /** @internal */
  constructor(
    private readonly target: TestFunction,
    private readonly aws: MemoryAws,
  ) {}

  /** Sends `GET`. */
  get(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('GET', path, undefined, options);
  }

  /** Sends `POST`. @param body text and bytes are sent as they are, anything else as JSON */
  post(path: string, body?: unknown, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('POST', path, body, options);
  }

  /** Sends `PUT`. @param body as that of `post` */
  put(path: string, body?: unknown, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('PUT', path, body, options);
  }

  /** Sends `PATCH`. @param body as that of `post` */
  patch(path: string, body?: unknown, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('PATCH', path, body, options);
  }

  /** Sends `DELETE`. */
  delete(path: string, options?: TestRequestOptions): Promise<TestResponse> {
    return this.request('DELETE', path, undefined, options);
  }

  /** Sends any request. @param body as that of `post` */
  async request(
    method: string,
    path: string,
    body?: unknown,
    { caller, query, headers = {} }: TestRequestOptions = {},
  ): Promise<TestResponse> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const sent = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    if (body !== undefined && !sent.has('content-type')) sent.set('content-type', JSON_TYPE);
    const token = sent.get('authorization')?.replace(/^Bearer +/i, '') ?? (caller && this.tokenOf(caller));
    sent.delete('authorization');
    if (token !== undefined) sent.set(TOKEN_HEADER, token);
    const event = functionUrlEvent(method, path, {
      ...(query === undefined ? {} : { query }),
      headers: Object.fromEntries(sent),
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    });
    const { result, logs, denied } = await this.target.call<FunctionUrlResult>(event);
    return {
      status: result.statusCode,
      headers: result.headers,
      body: bodyOf(result),
      log: logs.find(({ event: name }) => name === 'request') ?? {},
      denied,
    };
  }

  /**
   * A caller's token, for `headers: { authorization: 'Bearer ...' }`.
   * @param lifetimeSeconds seconds until it expires; negative: it has expired
   */
  tokenOf(caller: TestCaller, lifetimeSeconds?: number): string {
    const { environment, path } = this.target.declared;
    const identity = environment[Environment.IDENTITY];
    if (identity === undefined) {
      throw new Error(`${path} has routes for anyone only, which ignore tokens: send the request without a caller`);
    }
    return this.aws.issuer.token(caller, JSON.parse(identity) as IdentityDeclaration, lifetimeSeconds);
  }
}

function bodyOf({ headers, body, isBase64Encoded }: FunctionUrlResult): unknown {
  const type = headers['content-type'] ?? '';
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0) return undefined;
  if (/^application\/(json|.*\+json)/.test(type)) return JSON.parse(bytes.toString('utf8'));
  return TEXT_TYPE.test(type) ? bytes.toString('utf8') : new Uint8Array(bytes);
}
