import type { StandardSchemaV1 } from '../standard-schema';

/** Who calls, as verified from the token. */
export type Caller = Anyone | Person | Service;

/** Nobody in particular: the route is open, and whoever calls said nothing that counts. */
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

/** A request that passed every check of its route. */
export interface RouteRequest<Body = unknown> {
  /** Method as sent; a HEAD is answered by the GET handler and says GET here. */
  readonly method: string;
  readonly path: string;
  /** Decoded `{parameters}` of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Declared query parameters, each at most once. */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Headers in lower case, without the caller's token. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly caller: Caller;
  /** Parsed and checked JSON; the raw bytes where the route's content type isn't JSON; undefined without a body. */
  readonly body: Body;
  readonly requestId: string;
  /** Milliseconds until the platform stops this call. */
  remainingMs(): number;
}

/** An answer, made by `json()` or `binary()`. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answers one route. */
export type RouteHandler<Body = unknown> = (request: RouteRequest<Body>) => Promise<Reply> | Reply;

/** A route whose body is checked before its handler sees it. */
export interface RouteWithBody<Body> {
  /** Any Standard Schema: valibot, zod, arktype, or this package's `schema`. Give it before `handle`, whose types follow from it. */
  readonly body: StandardSchemaV1<unknown, Body>;
  readonly handle: RouteHandler<Body>;
}
