import { Size } from 'aws-cdk-lib';
import type { AccessDeclaration, ParameterForms, RouteDeclaration, RouteMethod } from '../protocol';
import type { Access } from './access';
import { Caching } from './caching';
import {
  checkAddress,
  checkBody,
  checkCaching,
  checkOptions,
  checkParameters,
  checkQuery,
  formsOf,
} from './route-checks';
import type { RouteOptions } from './route-options';

/**
 * WAF inspects this much of a body without a surcharge. It is enough for an order with a few
 * hundred lines.
 */
const DEFAULT_MAX_BODY = Size.kibibytes(16);

/**
 * A method and a path that a micro-module answers. The edge refuses every request that matches no
 * route.
 *
 * ```ts
 * Route.get('/orders/{orderId}', { access: Access.PERSON })
 * ```
 */
export class Route {
  /** Reads a resource. The route also answers HEAD. */
  public static get(path: string, options: RouteOptions): Route {
    return new Route('GET', path, options);
  }

  /** Sends data to the resource at the path, for example to create an order. */
  public static post(path: string, options: RouteOptions): Route {
    return new Route('POST', path, options);
  }

  /** Replaces the resource at the path. */
  public static put(path: string, options: RouteOptions): Route {
    return new Route('PUT', path, options);
  }

  /** Changes a part of the resource at the path. */
  public static patch(path: string, options: RouteOptions): Route {
    return new Route('PATCH', path, options);
  }

  /** Removes the resource at the path. The route accepts a body only if `maxBody` is set. */
  public static delete(path: string, options: RouteOptions): Route {
    return new Route('DELETE', path, options);
  }

  /**
   * Makes a route from a method as text.
   * @throws BreakwaterError if the method isn't GET, POST, PUT, PATCH or DELETE, in capitals
   */
  public static of(method: string, path: string, options: RouteOptions): Route {
    return new Route(method, path, options);
  }

  /** GET, POST, PUT, PATCH or DELETE. */
  public readonly method: string;
  /** Path pattern: literal segments and `{parameters}`. */
  public readonly path: string;
  /** Allowed callers. */
  public readonly access: Access;
  /** Names of the accepted query parameters. */
  public readonly query: string[];
  /** Whether the edge caches answers. */
  public readonly caching: Caching;
  /** Maximum size of a body. Undefined if the route accepts no body. */
  public readonly maxBody?: Size;
  /** Media type of the body. Undefined if the route accepts no body. */
  public readonly contentType?: string;

  private readonly parameterForms: ParameterForms;
  private readonly queryForms: ParameterForms;

  private constructor(method: string, path: string, options: RouteOptions) {
    this.method = method;
    this.path = path;
    checkAddress(this);
    checkOptions(this, options);
    this.access = options.access;
    this.parameterForms = formsOf(this, 'parameters', options.parameters);
    this.queryForms = formsOf(this, 'query', options.query);
    this.query = Object.keys(this.queryForms);
    this.caching = options.caching ?? Caching.none();
    const bodyByDefault = method === 'POST' || method === 'PUT' || method === 'PATCH';
    this.maxBody = options.maxBody ?? (bodyByDefault ? DEFAULT_MAX_BODY : undefined);
    this.contentType = options.contentType ?? (this.maxBody ? 'application/json' : undefined);

    checkParameters(this, this.parameterForms);
    checkQuery(this);
    checkCaching(this);
    checkBody(this);
  }

  /** Method and path: `GET /orders/{orderId}`. */
  public toString(): string {
    return `${this.method} ${this.path}`;
  }

  /**
   * The route as data for functions and the edge.
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
}
