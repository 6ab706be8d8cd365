import { Annotations, type Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { packagedTexts } from '../functions';
import { CLOUDFRONT } from '../limits';
import { patternsOverlap, type RefusalCode, ROUTE_METHODS } from '../protocol';
import { invalid, requireLiteral, shown } from '../validation';
import type { MicroModuleProps } from './micro-module';

/** Seconds that the edge waits beyond the function's timeout. */
const EDGE_MARGIN_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = CLOUDFRONT.MAX_ORIGIN_READ_SECONDS - EDGE_MARGIN_SECONDS;

/** Prefix of the variables that the library sets. */
const RESERVED_VARIABLES = 'BREAKWATER_';

/** Form of a string literal that names a route. */
const ROUTE_NAME = `(?:${ROUTE_METHODS.join('|')}) /[A-Za-z0-9._~{}/-]*`;

/**
 * A string literal that `routes()` contains, but no other part of the runtime. A package without
 * this literal doesn't contain `routes()`.
 */
const REFUSAL_OF_ROUTES: RefusalCode = 'token_missing';

/** @throws BreakwaterError if a prop is missing or invalid */
export function checkMicroModule(scope: Construct, props: MicroModuleProps): void {
  checkRoutes(scope, props);
  checkTokens(scope, props);
  if (props.timeout !== undefined) checkTimeout(scope, props.timeout);
  checkEnvironment(scope, props.environment ?? {});
}

/**
 * Warns if a bundled handler lacks a declared route, because the function would fail to load. The
 * check looks for the names of routes among the package's string literals. If a package has no such
 * literal, its code computes the names, so the check doesn't apply.
 */
export function warnOfOtherHandlers(scope: Construct, { handler, routes }: MicroModuleProps): void {
  const literals = packagedTexts(handler, ROUTE_NAME);
  if (literals === undefined || literals.size === 0) return;
  const declared = routes.map((route) => route.toString());
  const missing = declared.filter((name) => !literals.has(name));
  if (missing.length === 0) return;
  const others = [...literals].filter((name) => !declared.includes(name));
  const instead = others.length === 0 ? '' : `; it has ${others.map((name) => `'${name}'`).join(', ')}`;
  Annotations.of(scope).addWarningV2(
    'breakwater:route-without-handler',
    `the handler must have an entry for each route, got no entry for ${missing.map((name) => `'${name}'`).join(', ')}${instead}; the function would fail to load`,
  );
}

/**
 * Warns if routes allow persons or services, but the bundled handler doesn't contain `routes()`. In
 * this case, no code would verify the callers' tokens.
 */
export function warnOfUnverifiedTokens(scope: Construct, { handler, routes }: MicroModuleProps): void {
  const reading = routes.find((route) => route.access.readsToken);
  if (reading === undefined || packagedTexts(handler, REFUSAL_OF_ROUTES)?.size !== 0) return;
  Annotations.of(scope).addWarningV2(
    'breakwater:tokens-not-verified',
    `the handler must use routes() of cdk-breakwater/runtime, because '${reading}' is for ${reading.access.declarations.join(', ')} and only routes() verifies tokens, got code without routes()`,
  );
}

function checkRoutes(scope: Construct, { routes, identity }: MicroModuleProps): void {
  if (routes.length === 0)
    throw invalid(scope, 'routes', 'must contain at least one route, got none: no request could reach the module');
  for (const [i, route] of routes.entries()) {
    const other = routes
      .slice(0, i)
      .find((earlier) => earlier.method === route.method && patternsOverlap(earlier.path, route.path));
    if (other) {
      throw invalid(
        scope,
        'routes',
        `must not overlap, got '${other}' and '${route}', which can both match the same path`,
      );
    }
    if (route.access.readsToken && !identity) {
      throw invalid(
        scope,
        'identity',
        `must be set, because '${route}' is for ${route.access.declarations.join(', ')}; ` +
          'use Identity.userPool() or Identity.oidc(), or open the route with Access.ANYONE',
      );
    }
  }
  if (identity && identity.kind !== 'cognito' && identity.kind !== 'oidc') {
    throw invalid(scope, 'identity', `must be of kind 'cognito' or 'oidc', got ${shown(identity.kind)}`);
  }
}

/**
 * Throws if routes read tokens that the code doesn't verify. The edge can't check signatures, so a
 * caller could forge a token.
 */
function checkTokens(scope: Construct, { handler, routes }: MicroModuleProps): void {
  const reading = routes.find((route) => route.access.readsToken);
  if (reading === undefined || handler.verifiesTokens) return;
  throw invalid(
    scope,
    'handler',
    `must verify tokens, because '${reading}' is for ${reading.access.declarations.join(', ')}: use HandlerBundle, ` +
      'or, if the code itself checks signature, issuer and expiry, Handler.fromCode(code, entrypoint, { verifiesTokens: true })',
  );
}

function checkTimeout(scope: Construct, timeout: Duration): void {
  requireLiteral(scope, 'timeout', timeout, 'it is compared with the time that the edge waits');
  const milliseconds = timeout.toMilliseconds();
  if (milliseconds < 1_000 || milliseconds > MAX_TIMEOUT_SECONDS * 1_000 || milliseconds % 1_000 !== 0) {
    throw invalid(
      scope,
      'timeout',
      `must be whole seconds from 1 to ${MAX_TIMEOUT_SECONDS} (the edge waits ${EDGE_MARGIN_SECONDS} s longer, and can wait at most ${CLOUDFRONT.MAX_ORIGIN_READ_SECONDS} s), got ${timeout.toHumanString()}; ` +
        'move longer work to a queue worker',
    );
  }
}

function checkEnvironment(scope: Construct, environment: { readonly [name: string]: unknown }): void {
  for (const name of Object.keys(environment)) {
    if (name.startsWith(RESERVED_VARIABLES)) {
      throw invalid(
        scope,
        'environment',
        `must not set variables that start with '${RESERVED_VARIABLES}', got '${name}'`,
      );
    }
  }
}
