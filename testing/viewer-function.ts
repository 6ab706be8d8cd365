import * as crypto from 'node:crypto';
import * as querystring from 'node:querystring';
import { createContext, Script } from 'node:vm';
import type { EdgeRequest, EdgeResponse, FunctionModel } from './model';

/**
 * Timeout that stops endless loops. CloudFront's own limit (about a millisecond of CPU time) isn't
 * modelled.
 */
const TIMEOUT_MS = 500;
const HANDLER = '__handler';
/**
 * Modelled modules of the runtime. The module `cloudfront` (key-value stores, origins) isn't
 * modelled.
 */
const MODULES: Record<string, unknown> = {
  crypto: { createHash: crypto.createHash, createHmac: crypto.createHmac },
  querystring,
  buffer: { Buffer },
};

/**
 * A header, cookie or query parameter in the event. `value` is its first value. If there are
 * several values, `multiValue` contains all of them.
 */
interface EventValue {
  value: string;
  multiValue?: { value: string }[];
}

type EventMap = Record<string, EventValue>;

interface EventRequest {
  method: string;
  uri: string;
  querystring: EventMap | string;
  headers: EventMap;
  cookies: EventMap;
}

interface EventResponse {
  statusCode: number;
  statusDescription?: string;
  headers?: EventMap;
  cookies?: EventMap;
  body?: string | { encoding: 'text' | 'base64'; data: string };
}

/** Data about the distribution and the request that a function gets. */
export interface FunctionContext {
  readonly distributionId: string;
  readonly distributionDomainName: string;
  readonly requestId: string;
}

/**
 * Result of a viewer request function: either the request for the origin, or an answer to the
 * viewer.
 */
export type FunctionResult =
  | { readonly request: EdgeRequest; readonly response?: undefined }
  | { readonly request?: undefined; readonly response: EdgeResponse };

/**
 * Runs a CloudFront Function of runtime 2.0. The function gets the event, and can use the modules
 * `crypto`, `querystring` and `buffer`. It has no network access, and can't run code from strings.
 * CloudFront's limits of time and memory aren't modelled.
 *
 * ```ts
 * const result = await new ViewerFunction({ name: 'f', code }).onRequest(request, context);
 * ```
 */
export class ViewerFunction {
  private readonly run: (event: unknown) => unknown;

  /**
   * @throws Error if the code can't be parsed, has no function `handler`, or imports a module that
   * isn't modelled
   */
  public constructor(private readonly model: FunctionModel) {
    const context = createContext(
      {
        console: { log: () => undefined, error: () => undefined, warn: () => undefined },
        require: (name: string) => {
          if (!Object.hasOwn(MODULES, name)) {
            throw new Error(`function '${model.name}': the simulator does not model the module '${name}'`);
          }
          return MODULES[name];
        },
        Buffer,
        TextEncoder,
        TextDecoder,
        atob,
        btoa,
      },
      { codeGeneration: { strings: false, wasm: false } },
    );
    // A script of `node:vm` can't contain ES imports, so calls of `require` replace the imports.
    const code = model.code.replace(
      /^\s*import\s+(\w+|\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+['"](\w+)['"];?/gm,
      (_whole, names: string, name: string) =>
        `const ${names.replace(/^\*\s+as\s+/, '').replace(/\s+as\s+/g, ': ')} = require('${name}');`,
    );
    new Script(`${code}\n;globalThis.${HANDLER} = handler;`, { filename: model.name }).runInContext(context, {
      timeout: TIMEOUT_MS,
    });
    const call = new Script(`globalThis.${HANDLER}(globalThis.__event)`, { filename: model.name });
    this.run = (event) => {
      // The event is passed as JSON, so that the function can't reach this process through an
      // object's prototype.
      new Script(`globalThis.__event = JSON.parse(${JSON.stringify(JSON.stringify(event))})`).runInContext(context);
      return call.runInContext(context, { timeout: TIMEOUT_MS });
    };
  }

  /**
   * Runs the function on a viewer's request.
   * @throws Error if the function throws, or returns neither a request nor a response. In these
   * cases, CloudFront answers 503.
   */
  public async onRequest(request: EdgeRequest, context: FunctionContext): Promise<FunctionResult> {
    const result = (await this.run({
      version: '1.0',
      context: { ...context, eventType: 'viewer-request' },
      viewer: { ip: request.ip },
      request: eventRequest(request),
    })) as Partial<EventRequest & EventResponse> | undefined;
    if (typeof result?.statusCode === 'number') return { response: fromEventResponse(result as EventResponse) };
    if (typeof result?.uri === 'string' && typeof result.headers === 'object') {
      return { request: fromEventRequest(result as EventRequest, request) };
    }
    throw new Error(`function '${this.model.name}' returned neither a request nor a response`);
  }

  /** Runs the function on an answer. */
  public async onResponse(
    request: EdgeRequest,
    response: EdgeResponse,
    context: FunctionContext,
  ): Promise<EdgeResponse> {
    const result = (await this.run({
      version: '1.0',
      context: { ...context, eventType: 'viewer-response' },
      viewer: { ip: request.ip },
      request: eventRequest(request),
      response: { statusCode: response.status, headers: eventMap(Object.entries(response.headers)), cookies: {} },
    })) as EventResponse | undefined;
    if (typeof result?.statusCode !== 'number') throw new Error(`function '${this.model.name}' returned no response`);
    const changed = fromEventResponse(result);
    const body = result.body === undefined ? response.body : changed.body;
    return { ...changed, cookies: [...response.cookies, ...changed.cookies], body };
  }
}

/**
 * Makes the request of the event. Cookies are separate from headers, header names are in lower
 * case, and there is no body.
 */
function eventRequest(request: EdgeRequest): EventRequest {
  const { cookie, ...headers } = request.headers;
  const cookies = (cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .filter(([name]) => name !== '')
    .map(([name, ...value]) => [name!, value.join('=')] as [string, string]);
  const query =
    request.query === ''
      ? []
      : request.query.split('&').map((pair): [string, string] => {
          const at = pair.indexOf('=');
          return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
        });
  return {
    method: request.method,
    uri: request.path,
    querystring: eventMap(query),
    headers: eventMap(
      Object.entries(headers).flatMap(([name, value]) =>
        (request.headerValues?.[name] ?? [value]).map((each): [string, string] => [name, each]),
      ),
    ),
    cookies: eventMap(cookies),
  };
}

function fromEventRequest(event: EventRequest, original: EdgeRequest): EdgeRequest {
  const headers: Record<string, string> = {};
  const headerValues: Record<string, string[]> = {};
  for (const [name, entry] of Object.entries(event.headers)) {
    const values = valuesOf(entry);
    headers[name.toLowerCase()] = values.join(', ');
    if (values.length > 1) headerValues[name.toLowerCase()] = values;
  }
  const cookies = Object.entries(event.cookies ?? {}).flatMap(([name, e]) => valuesOf(e).map((v) => `${name}=${v}`));
  if (cookies.length > 0) headers['cookie'] = cookies.join('; ');
  const query =
    typeof event.querystring === 'string'
      ? event.querystring
      : Object.entries(event.querystring ?? {})
          .flatMap(([name, e]) => valuesOf(e).map((v) => (v === '' ? name : `${name}=${v}`)))
          .join('&');
  const { headerValues: _before, ...rest } = original;
  const several = Object.keys(headerValues).length > 0 ? { headerValues } : {};
  return { ...rest, path: event.uri, query, headers, ...several };
}

function fromEventResponse(event: EventResponse): EdgeResponse {
  const headers: Record<string, string> = {};
  for (const [name, entry] of Object.entries(event.headers ?? {})) {
    headers[name.toLowerCase()] = valuesOf(entry).join(',');
  }
  const cookies = Object.entries(event.cookies ?? {}).flatMap(([name, e]) => valuesOf(e).map((v) => `${name}=${v}`));
  const { body } = event;
  const bytes =
    typeof body === 'object'
      ? Buffer.from(body.data, body.encoding === 'base64' ? 'base64' : 'utf8')
      : Buffer.from(body ?? '');
  return { status: event.statusCode, headers, cookies, body: bytes };
}

function eventMap(entries: readonly (readonly [string, string])[]): EventMap {
  const map: EventMap = {};
  for (const [name, value] of entries) {
    const before = map[name];
    map[name] =
      before === undefined
        ? { value }
        : { ...before, multiValue: [...(before.multiValue ?? [{ value: before.value }]), { value }] };
  }
  return map;
}

function valuesOf(entry: EventValue): string[] {
  return entry.multiValue?.map((v) => v.value) ?? [entry.value];
}
