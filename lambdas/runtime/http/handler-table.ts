import type { StandardSchemaV1 } from '../standard-schema';
import type { AnyParameters, AnyQuery, CallerKind, RouteHandler } from './types';

type NamesIn<Path> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** Path parameters of a route, by its name: `'GET /orders/{orderId}'` has `orderId`. */
export type PathParameters<Route> = string extends Route
  ? AnyParameters
  : { readonly [Name in NamesIn<Route>]: string };

type KindsOf<Stated> = unknown extends Stated ? CallerKind : Extract<CallerKind, Stated>;
type QueryOf<Stated> = unknown extends Stated ? AnyQuery : { readonly [Name in Stated & string]?: string };
type MemberOf<Table, Key> = Key extends keyof Table ? Table[Key] : unknown;

/**
 * A route's handler with what it states about the requests that it takes. Each statement types the
 * request.
 */
export interface StatedHandler<Route, Kinds, Query, Body> {
  /**
   * Kinds of callers that the handler is written for. A route that lets in another kind stops the
   * function from loading.
   * @default - every kind; the handler then distinguishes callers by `caller.kind`
   */
  readonly caller?: CallerKind | readonly CallerKind[];
  /**
   * Names of the query parameters. They must be the declared ones.
   * @default - the declared ones, untyped
   */
  readonly query?: readonly string[];
  /**
   * Any Standard Schema: valibot, zod, arktype, or this package's `schema`. A body that doesn't fit
   * is answered with 422.
   */
  readonly body?: StandardSchemaV1<unknown, Body>;
  readonly handle: RouteHandler<Body, KindsOf<Kinds>, PathParameters<Route>, QueryOf<Query>>;
}

type PlainHandler<Route> = RouteHandler<unknown, CallerKind, PathParameters<Route>, AnyQuery>;

/**
 * A handler for each declared route: `'GET /orders/{orderId}'`. The four parts are inferred apart
 * from each other, so that
 * `handle` sees what `caller`, `query` and `body` state.
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

/** A table whose types are forgotten: what runs. */
export type AnyHandlerTable = Readonly<
  Record<string, RouteHandler<never, never, never, never> | StatedHandler<string, never, never, never>>
>;
