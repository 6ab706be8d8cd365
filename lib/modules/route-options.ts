import type { Size } from 'aws-cdk-lib';
import type { Access } from './access';
import type { Caching } from './caching';
import type { ParameterForm } from './parameter-form';

/** Callers, parameters, body and caching of a route. */
export interface RouteOptions {
  /** Allowed callers. */
  readonly access: Access;

  /**
   * Allowed values of path parameters, by name. Other values get 404.
   * @default - any text without a slash
   */
  readonly parameters?: { [name: string]: ParameterForm };

  /**
   * Query parameters that the route accepts, by name, with their allowed values. A request with
   * another parameter or another value is refused. On a cached route, the parameters are part of
   * the cache key.
   * @default - none
   */
  readonly query?: { [name: string]: ParameterForm };

  /**
   * Whether the edge caches answers. Only a GET route for `Access.ANYONE` can be cached.
   * @default Caching.none()
   */
  readonly caching?: Caching;

  /**
   * Maximum size of a body, up to 6 MiB (4.5 MiB if `contentType` isn't a text type). WAF charges
   * extra for the inspection of bodies above 16 KiB. WAF inspects only the first 64 KiB of a body.
   * @default - 16 KiB on POST, PUT and PATCH; no body on DELETE and GET
   */
  readonly maxBody?: Size;

  /**
   * Media type of the body, without parameters. A request with another type is refused.
   * @default - `application/json` if the route accepts a body
   */
  readonly contentType?: string;
}
