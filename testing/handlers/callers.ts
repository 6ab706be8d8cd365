/**
 * The caller of a route in a test, made by `person()` or `service()`. A request without a caller
 * has no token.
 */
export interface TestCaller {
  readonly kind: 'person' | 'service';
  /** Value of the token's claim `sub`. */
  readonly id: string;
  /** Name of the service. Undefined for a person. */
  readonly name?: string;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Props of `person()`. Properties with other names become claims of the token. */
export interface PersonProps {
  /** The issuer's id of the person: `caller.id`. */
  readonly id: string;
  /** Scopes of the token. By default, none. */
  readonly scopes?: readonly string[];
  /** Claims of the token, for example `email`. */
  readonly [claim: string]: unknown;
}

/** Props of `service()`. Properties with other names become claims of the token. */
export interface ServiceProps {
  /** Id of the client: `caller.id`. By default, `<name>-client`. */
  readonly id?: string;
  /** Further scopes of the token. By default, none. */
  readonly scopes?: readonly string[];
  readonly [claim: string]: unknown;
}

/**
 * Makes a person who signed in.
 *
 * @example
 * const anna = person({ id: 'anna', email: 'anna@example.com' });
 * await orders.get('/orders', { caller: anna });
 */
export function person({ id, scopes = [], ...claims }: PersonProps): TestCaller {
  return { kind: 'person', id, scopes, claims };
}

/**
 * Makes a program with the client credentials of a service.
 * @param name name of a service that routes allow: `Access.service(name)`
 *
 * @example await sales.post('/sales', sale, { caller: service('point-of-sale') });
 */
export function service(
  name: string,
  { id = `${name}-client`, scopes = [], ...claims }: ServiceProps = {},
): TestCaller {
  return { kind: 'service', id, name, scopes, claims };
}
