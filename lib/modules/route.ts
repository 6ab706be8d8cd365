import { Size, Token } from 'aws-cdk-lib';
import { CLOUDFRONT } from '../limits';
import {
  type AccessDeclaration,
  type ParameterForms,
  parsePattern,
  patternToBehavior,
  ROUTE_METHODS,
  type RouteDeclaration,
  type RouteMethod,
} from '../protocol';
import { BreakwaterError, requireKnownProps, shown } from '../validation';
import { Access } from './access';
import { Caching } from './caching';
import { ParameterForm } from './parameter-form';

/**
 * A web ACL of CloudFront inspects this much of a body without a surcharge. An order of a few
 * hundred lines fits.
 */
const DEFAULT_MAX_BODY = Size.kibibytes(16);

/**
 * Lambda's limit for a synchronous request:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A body that isn't text reaches the function in base64, which needs four bytes for three. */
const MAX_BINARY_BODY_BYTES = (MAX_PAYLOAD_BYTES / 4) * 3;

const PARAMETER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._~-]{0,62}$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const TEXT_TYPE = /^text\/|[/+](json|xml)$|^application\/(javascript|x-www-form-urlencoded)$/;

const OPTIONS = ['access', 'parameters', 'query', 'caching', 'maxBody', 'contentType'];

/** Callers, parameters, body and caching of a route. */
export interface RouteOptions {
  /** Who may call. */
  readonly access: Access;

  /**
   * Forms of path parameters, by name. A call whose parameter has another form is refused with 404.
   * @default - any text, as long as a segment may be
   */
  readonly parameters?: { [name: string]: ParameterForm };

  /**
   * Query parameters that the route takes, by name, each with its form. A call with another
   * parameter, or with a value of another form, is refused. On a cached route they are the cache
   * key.
   * @default - none
   */
  readonly query?: { [name: string]: ParameterForm };

  /**
   * Whether the edge caches answers. Only a GET for anyone can be shared.
   * @default Caching.none()
   */
  readonly caching?: Caching;

  /**
   * Maximum size of a body, up to 6 MiB (4.5 MiB if `contentType` isn't text). Above 16 KiB the
   * edge's inspection costs
   * extra. Above 64 KiB only the module sees the whole body.
   * @default - 16 KiB on POST, PUT and PATCH; no body on DELETE and GET
   */
  readonly maxBody?: Size;

  /**
   * Media type of the body, without parameters: a call with another one is refused.
   * @default - `application/json` where the route takes a body
   */
  readonly contentType?: string;
}

/**
 * A method and a path that a micro-module answers. The edge refuses every call that no route
 * declares.
 *
 * ```ts
 * Route.get('/orders/{orderId}', { access: Access.PERSON })
 * ```
 */
export class Route {
  /** A read. HEAD is answered too. */
  public static get(path: string, options: RouteOptions): Route {
    return new Route('GET', path, options);
  }

  /** A write whose body says what to do. */
  public static post(path: string, options: RouteOptions): Route {
    return new Route('POST', path, options);
  }

  /** A write that replaces the resource at the path. */
  public static put(path: string, options: RouteOptions): Route {
    return new Route('PUT', path, options);
  }

  /** A write that changes a part of the resource at the path. */
  public static patch(path: string, options: RouteOptions): Route {
    return new Route('PATCH', path, options);
  }

  /** Removes the resource at the path. It takes no body unless `maxBody` allows one. */
  public static delete(path: string, options: RouteOptions): Route {
    return new Route('DELETE', path, options);
  }

  /**
   * A route by the name of its method.
   * @throws BreakwaterError unless the method is GET, POST, PUT, PATCH or DELETE, in capitals
   */
  public static of(method: string, path: string, options: RouteOptions): Route {
    return new Route(method, path, options);
  }

  /** GET, POST, PUT, PATCH or DELETE. */
  public readonly method: string;
  /** Path pattern: literal segments and `{parameters}`. */
  public readonly path: string;
  /** Callers that the route lets in. */
  public readonly access: Access;
  /** Names of the query parameters that it takes. */
  public readonly query: string[];
  /** Whether the edge caches answers. */
  public readonly caching: Caching;
  /** Maximum size of a body; undefined: it takes none. */
  public readonly maxBody?: Size;
  /** Media type of the body; undefined: it takes none. */
  public readonly contentType?: string;

  private readonly parameterForms: ParameterForms;
  private readonly queryForms: ParameterForms;

  private constructor(method: string, path: string, options: RouteOptions) {
    this.method = method;
    this.path = path;
    this.checkAddress();
    this.checkOptions(options);
    this.access = options.access;
    this.parameterForms = this.formsOf('parameters', options.parameters ?? {});
    this.queryForms = this.formsOf('query', options.query ?? {});
    this.query = Object.keys(this.queryForms);
    this.caching = options.caching ?? Caching.none();
    const bodyByDefault = method === 'POST' || method === 'PUT' || method === 'PATCH';
    this.maxBody = options.maxBody ?? (bodyByDefault ? DEFAULT_MAX_BODY : undefined);
    this.contentType = options.contentType ?? (this.maxBody ? 'application/json' : undefined);

    this.checkParameters();
    this.checkQuery();
    this.checkCaching();
    this.checkBody();
  }

  /** Method and path, as messages name the route: `GET /orders/{orderId}`. */
  public toString(): string {
    return `${this.method} ${this.path}`;
  }

  /**
   * The route as functions and the edge read it.
   * @internal
   */
  public _declaration(): RouteDeclaration {
    return {
      method: this.method as RouteMethod,
      path: this.path,
      access: this.access.declarations as AccessDeclaration[],
      ...(Object.keys(this.parameterForms).length > 0 ? { parameters: this.parameterForms } : {}),
      ...(this.query.length > 0 ? { query: this.queryForms } : {}),
      ...(this.maxBody ? { maxBody: this.maxBody.toBytes(), contentType: this.contentType } : {}),
    };
  }

  private wrong(prop: string, problem: string): BreakwaterError {
    return new BreakwaterError(`Route ${this.method} ${this.path}: ${prop} ${problem}`);
  }

  private checkAddress(): void {
    if (Token.isUnresolved(this.method) || Token.isUnresolved(this.path)) {
      throw new BreakwaterError('Route: method and path must be literals, got a token: the edge is made from them');
    }
    if (!ROUTE_METHODS.some((method) => method === this.method)) {
      throw this.wrong('method', `must be one of ${ROUTE_METHODS.join(', ')}, got '${this.method}'`);
    }
    try {
      parsePattern(this.path);
    } catch (error) {
      throw this.wrong('path', `must be a path pattern: ${(error as Error).message}`);
    }
    if (/\/\.{1,2}(\/|$)/.test(this.path)) {
      throw this.wrong('path', "must not have the segments '.' and '..': browsers resolve them before they call");
    }
    const pattern = patternToBehavior(this.path);
    if (pattern.length > CLOUDFRONT.MAX_PATH_PATTERN_CHARACTERS) {
      throw this.wrong(
        'path',
        `must be at most ${CLOUDFRONT.MAX_PATH_PATTERN_CHARACTERS} characters at the edge, got ${pattern.length}`,
      );
    }
  }

  /** Checks that a type checker would make, for callers without one. */
  private checkOptions(options: RouteOptions): void {
    if (typeof options !== 'object' || options === null) {
      throw this.wrong('options', `must be an object with 'access', got ${shown(options)}`);
    }
    requireKnownProps(`Route ${this.toString()}`, options, OPTIONS);
    if (!(options.access instanceof Access)) {
      throw this.wrong(
        'access',
        `must say who may call (Access.ANYONE, Access.PERSON, ...), got ${options.access === undefined ? 'nothing' : shown(options.access)}`,
      );
    }
    if (options.caching !== undefined && !(options.caching instanceof Caching)) {
      throw this.wrong('caching', `must be Caching.shared(...) or Caching.none(), got ${shown(options.caching)}`);
    }
    if (options.maxBody !== undefined && typeof options.maxBody?.toBytes !== 'function') {
      throw this.wrong('maxBody', `must be a Size, such as Size.kibibytes(64), got ${shown(options.maxBody)}`);
    }
  }

  private formsOf(prop: string, forms: { [name: string]: ParameterForm }): ParameterForms {
    if (typeof forms !== 'object' || Array.isArray(forms)) {
      throw this.wrong(
        prop,
        `must map names to forms, such as { page: ParameterForm.integer(1, 25) }, got ${shown(forms)}`,
      );
    }
    return Object.fromEntries(
      Object.entries(forms).map(([name, form]) => {
        if (form instanceof ParameterForm) return [name, form._declaration()];
        throw this.wrong(
          `${prop} '${name}'`,
          `must be a ParameterForm, such as ParameterForm.text(100), got ${shown(form)}`,
        );
      }),
    );
  }

  private checkParameters(): void {
    const inPath = parsePattern(this.path).flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
    const unknown = Object.keys(this.parameterForms).find((name) => !inPath.includes(name));
    if (unknown === undefined) return;
    throw this.wrong('parameters', `must be of the path (${inPath.join(', ') || 'it has none'}), got '${unknown}'`);
  }

  private checkQuery(): void {
    for (const name of this.query) {
      if (Token.isUnresolved(name)) {
        throw this.wrong('query', 'must be literals, got a token: the edge is made from them');
      }
      if (!PARAMETER_NAME.test(name)) {
        throw this.wrong('query', `must be names of letters, digits and '-._~', got '${name}'`);
      }
    }
  }

  private checkCaching(): void {
    if (!this.caching.isShared) return;
    if (this.method !== 'GET') {
      throw this.wrong(
        'caching',
        `must be Caching.none() on ${this.method}: only the answer to a GET can be given again`,
      );
    }
    if (this.access.readsToken) {
      throw this.wrong(
        'caching',
        `must be Caching.none() for access ${this.access.declarations.join(', ')}: a shared answer would reach other callers`,
      );
    }
    if (this.query.length > CLOUDFRONT.MAX_CACHE_POLICY_QUERY_STRINGS) {
      throw this.wrong(
        'query',
        `must be at most ${CLOUDFRONT.MAX_CACHE_POLICY_QUERY_STRINGS} names on a cached route (limit of a cache policy), got ${this.query.length}`,
      );
    }
  }

  private checkBody(): void {
    if (this.method === 'GET' && (this.maxBody || this.contentType)) {
      throw this.wrong('maxBody, contentType', 'must be left out on GET: it takes no body');
    }
    if (this.contentType === undefined || this.maxBody === undefined) {
      if (this.contentType) throw this.wrong('contentType', 'must come with maxBody on DELETE, got no maxBody');
      return;
    }
    if (Token.isUnresolved(this.contentType)) {
      throw this.wrong('contentType', 'must be a literal, got a token: the edge checks it');
    }
    if (!MEDIA_TYPE.test(this.contentType)) {
      throw this.wrong(
        'contentType',
        `must be a media type in lower case without parameters (application/json), got '${this.contentType}'`,
      );
    }
    if (this.maxBody.isUnresolved()) {
      throw this.wrong('maxBody', 'must be a literal, got a token: its limits are checked at synth');
    }
    const [bytes, largest] = [
      this.maxBody.toBytes(),
      TEXT_TYPE.test(this.contentType) ? MAX_PAYLOAD_BYTES : MAX_BINARY_BODY_BYTES,
    ];
    if (bytes < 1 || bytes > largest) {
      throw this.wrong(
        'maxBody',
        `must be from 1 to ${largest} bytes for ${this.contentType} (Lambda's request limit), got ${bytes}; ` +
          'send larger files to a document store',
      );
    }
  }
}
