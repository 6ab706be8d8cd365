import { compileForm, compilePattern, type PathMatcher, type RouteDeclaration, splitPath } from '../../../lib/protocol';
import type { StandardSchemaV1 } from '../standard-schema';
import type { AnyHandlerTable } from './handler-table';
import { refusal } from './refuse';
import type { CallerKind, RouteHandler } from './types';

/** A declared route with its handler. */
export interface Entry {
  readonly declaration: RouteDeclaration;
  /** Name of the route in logs: `GET /orders/{orderId}`. */
  readonly name: string;
  readonly match: PathMatcher;
  /** Check of each declared query parameter's value, by name. */
  readonly query: ReadonlyMap<string, (value: string) => boolean>;
  readonly schema: StandardSchemaV1 | undefined;
  readonly handle: RouteHandler;
}

/**
 * Joins routes and handlers.
 * @throws Error if a route or a handler has no counterpart, or if a handler's statement differs
 * from its route
 */
export function pairUp(table: AnyHandlerTable, declarations: readonly RouteDeclaration[]): Entry[] {
  const declared = new Set(declarations.map(nameOf));
  const faults = [
    ...[...declared].filter((name) => !Object.hasOwn(table, name)).map((name) => `no handler for '${name}'`),
    ...Object.keys(table)
      .filter((name) => !declared.has(name))
      .map((name) => `a handler but no declared route for '${name}'`),
  ];
  const entries = declarations.flatMap((declaration): Entry[] => {
    const name = nameOf(declaration);
    const given = Object.hasOwn(table, name) ? table[name] : undefined;
    if (given === undefined) return [];
    const stated: Statements & { readonly handle: unknown } = typeof given === 'function' ? { handle: given } : given;
    const handle = stated.handle as RouteHandler;
    faults.push(...statedOtherwise(declaration, stated));
    return [
      {
        declaration,
        name,
        match: compilePattern(declaration.path, declaration.parameters),
        query: new Map(Object.entries(declaration.query ?? {}).map(([key, form]) => [key, compileForm(form)])),
        schema: stated.body,
        handle: (request) => handle.call(stated, request),
      },
    ];
  });
  if (faults.length > 0) {
    throw new Error(`handlers must match the micro-module's routes one to one: ${faults.join('; ')}`);
  }
  return entries;
}

/**
 * Finds the entry for a method and a percent-encoded path, and reads the path's parameters.
 * @throws HttpError 404 or 405
 */
export function findEntry(entries: readonly Entry[], method: string, path: string) {
  const parts = splitPath(path);
  const allowed: string[] = [];
  for (const entry of parts === undefined ? [] : entries) {
    const params = entry.match(parts ?? []);
    if (params === undefined) continue;
    if (entry.declaration.method === method) return { entry, params };
    allowed.push(entry.declaration.method, ...(entry.declaration.method === 'GET' ? ['HEAD'] : []));
  }
  if (allowed.length === 0) throw refusal('not_found');
  throw refusal('method_not_allowed', `this path accepts only ${allowed.join(', ')}`, {
    headers: { allow: allowed.join(', ') },
  });
}

interface Statements {
  readonly body?: StandardSchemaV1;
  readonly caller?: CallerKind | readonly CallerKind[];
  readonly query?: readonly string[];
}

/**
 * Finds statements that differ from the route. A handler must state all kinds of callers that its
 * route allows. Otherwise the handler could mistake a service's ID for a person's.
 */
function statedOtherwise(declaration: RouteDeclaration, { caller, query }: Statements): string[] {
  const faults: string[] = [];
  const name = nameOf(declaration);
  if (caller !== undefined) {
    const kinds: readonly string[] = typeof caller === 'string' ? [caller] : caller;
    const others = declaration.access.filter(
      (access) => !kinds.includes(access.startsWith('service:') ? 'service' : access),
    );
    if (others.length > 0) {
      faults.push(
        `'${name}' states caller '${kinds.join("', '")}', but its route also allows ${others.join(', ')}: state that kind too, or change the route's access`,
      );
    }
  }
  const declared = Object.keys(declaration.query ?? {});
  if (query !== undefined && [...query].sort().join() !== declared.sort().join()) {
    faults.push(
      `'${name}' states the query parameters ${listed(query)}, but its route declares ${listed(declared)}: state the same`,
    );
  }
  return faults;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `'${name}'`).join(', ');
}

function nameOf({ method, path }: RouteDeclaration): string {
  return `${method} ${path}`;
}
