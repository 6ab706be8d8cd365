/** The caller, as verified from the token. */
export type Caller = Anyone | Person | Service;

/** Kinds of callers. */
export type CallerKind = Caller['kind'];

/**
 * A caller of a route that allows anyone. The caller sent no token, or a token that the route
 * ignores.
 */
export interface Anyone {
  readonly kind: 'anyone';
}

/** A person who signed in. */
export interface Person {
  readonly kind: 'person';
  /** The issuer's stable ID of the person (`sub`). */
  readonly id: string;
  /** Scopes that the person granted to the application. */
  readonly scopes: readonly string[];
  /** All claims of the token. */
  readonly claims: Claims;
}

/** A program with its own credentials. */
export interface Service {
  readonly kind: 'service';
  /** Name of the service, one of those that the route allows. */
  readonly name: string;
  /** ID of the client to which the token was issued. */
  readonly id: string;
  readonly scopes: readonly string[];
}

/** The verified payload of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Type of path parameters if the route isn't known at compile time. */
export type AnyParameters = Readonly<Record<string, string>>;

/** Type of query parameters if the handler doesn't state their names. */
export type AnyQuery = Readonly<Record<string, string | undefined>>;

/** A request that passed every check of its route. */
export interface RouteRequest<
  Body = unknown,
  Kind extends CallerKind = CallerKind,
  Parameters = AnyParameters,
  Query = AnyQuery,
> {
  /** Method of the request. For HEAD, which the GET handler answers, it is GET. */
  readonly method: string;
  readonly path: string;
  /** Decoded `{parameters}` of the path. */
  readonly params: Parameters;
  /** Values of the declared query parameters. */
  readonly query: Query;
  /** Headers, with names in lower case, without the caller's token. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly caller: Extract<Caller, { readonly kind: Kind }>;
  /**
   * Parsed and checked JSON; the bytes if the route's content type isn't JSON; undefined without a
   * body.
   */
  readonly body: Body;
  readonly requestId: string;
  /** Milliseconds until Lambda stops this invocation. */
  remainingMs(): number;
}

/** An answer, made by `json()` or `binary()`. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers one route. */
export type RouteHandler<
  Body = unknown,
  Kind extends CallerKind = CallerKind,
  Parameters = AnyParameters,
  Query = AnyQuery,
> = (request: RouteRequest<Body, Kind, Parameters, Query>) => Promise<Reply> | Reply;
