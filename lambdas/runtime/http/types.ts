/** Who calls, as verified from the token. */
export type Caller = Anyone | Person | Service;

/** Kinds of callers. */
export type CallerKind = Caller['kind'];

/** A caller who gave no token, or a token that doesn't matter here: the route is open to anyone. */
export interface Anyone {
  readonly kind: 'anyone';
}

/** A human being who signed in. */
export interface Person {
  readonly kind: 'person';
  /** The issuer's stable id of the person (`sub`). */
  readonly id: string;
  /** Scopes that the person granted to the application they use. */
  readonly scopes: readonly string[];
  /** All claims of the token. */
  readonly claims: Claims;
}

/** A program with credentials of its own. */
export interface Service {
  readonly kind: 'service';
  /** Its name, one of those that the route lets in. */
  readonly name: string;
  /** Id of the client that the token was issued to. */
  readonly id: string;
  readonly scopes: readonly string[];
}

/** The verified payload of a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Path parameters of a handler that doesn't know its route. */
export type AnyParameters = Readonly<Record<string, string>>;

/** Query parameters of a handler that doesn't state their names. */
export type AnyQuery = Readonly<Record<string, string | undefined>>;

/** A request that passed every check of its route. */
export interface RouteRequest<
  Body = unknown,
  Kind extends CallerKind = CallerKind,
  Parameters = AnyParameters,
  Query = AnyQuery,
> {
  /** Method as sent; the GET handler answers HEAD too, and sees GET. */
  readonly method: string;
  readonly path: string;
  /** Decoded `{parameters}` of the path. */
  readonly params: Parameters;
  /** Declared query parameters, each at most once. */
  readonly query: Query;
  /** Headers in lower case, without the caller's token. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly caller: Extract<Caller, { readonly kind: Kind }>;
  /**
   * Parsed and checked JSON; the bytes where the route's content type isn't JSON; undefined without
   * a body.
   */
  readonly body: Body;
  readonly requestId: string;
  /** Milliseconds until Lambda stops this call. */
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
