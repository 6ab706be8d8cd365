import type { StandardSchemaV1 } from '../standard-schema';
import type { AnyParameters, AnyQuery, CallerKind, RouteHandler } from './types';

type NamesIn<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** Type of a route's path parameters, from its name: `'GET /orders/{orderId}'` has `orderId`. */
export type PathParameters<Route> = string extends Route
  ? AnyParameters
  : { readonly [Name in NamesIn<Route>]: string };

type KindsOf<Stated> = unknown extends Stated ? CallerKind : Extract<CallerKind, Stated>;
type QueryOf<Stated> = unknown extends Stated ? AnyQuery : { readonly [Name in Stated & string]?: string };
type MemberOf<Table, Key> = Key extends keyof Table ? Table[Key] : unknown;

/**
 * A route's handler with statements about its requests. Each statement sets the type of one part of
 * the request.
 */
export interface StatedHandler<Route, Kinds, Query, Body> {
  /**
   * Kinds of callers that the handler expects. If the route allows another kind, the function fails
   * to load.
   * @default - every kind; the handler then distinguishes callers by `caller.kind`
   */
  readonly caller?: CallerKind | readonly CallerKind[];
  /**
   * Names of the query parameters. They must be the names that the route declares.
   * @default - the declared names, without types
   */
  readonly query?: readonly string[];
  /**
   * Schema of the body: any Standard Schema, such as valibot, zod, arktype, or this package's
   * `schema`. An invalid body is answered with 422.
   */
  readonly body?: StandardSchemaV1<unknown, Body>;
  readonly handle: RouteHandler<Body, KindsOf<Kinds>, PathParameters<Route>, QueryOf<Query>>;
}

type PlainHandler<Route> = RouteHandler<unknown, CallerKind, PathParameters<Route>, AnyQuery>;

/**
 * A handler for each declared route, by the route's name: `'GET /orders/{orderId}'`. TypeScript
 * infers the four type parameters separately, so that `handle` gets the types of `caller`, `query`
 * and `body`.
 */
export type HandlerTable<Kinds, Query, Bodies, Routes> = {
  readonly [R in keyof Kinds]: PlainHandler<R> | { readonly caller?: Kinds[R] | readonly Kinds[R][] };
} & {
  readonly [R in keyof Query]: PlainHandler<R> | { readonly query?: readonly Query[R][] };
} & {
  readonly [R in keyof Bodies]: PlainHandler<R> | { readonly body?: StandardSchemaV1<unknown, Bodies[R]> };
} & {
  readonly [R in keyof Routes]:
    | PlainHandler<R>
    | StatedHandler<R, MemberOf<Kinds, R>, MemberOf<Query, R>, MemberOf<Bodies, R>>;
};

/** A handler table without its type parameters, for use at run time. */
export type AnyHandlerTable = Readonly<
  Record<string, RouteHandler<never, never, never, never> | StatedHandler<string, never, never, never>>
>;
