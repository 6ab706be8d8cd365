import { Token } from 'aws-cdk-lib';
import { CLOUDFRONT } from '../limits';
import { type ParameterForms, parsePattern, patternToBehavior, ROUTE_METHODS } from '../protocol';
import { BreakwaterError, requireKnownProps, shown } from '../validation';
import { Access } from './access';
import { Caching } from './caching';
import { ParameterForm } from './parameter-form';
import type { Route } from './route';
import type { RouteOptions } from './route-options';

/**
 * Lambda's limit for a synchronous request:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** A body that isn't text reaches the function in base64, which needs 4 bytes for 3. */
const MAX_BINARY_BODY_BYTES = (MAX_PAYLOAD_BYTES / 4) * 3;

const PARAMETER_NAME = /^[A-Za-z0-9_][A-Za-z0-9._~-]{0,62}$/;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
const TEXT_TYPE = /^text\/|[/+](json|xml)$|^application\/(javascript|x-www-form-urlencoded)$/;

const OPTIONS = ['access', 'parameters', 'query', 'caching', 'maxBody', 'contentType'];

/** Method and path of a route. */
interface Address {
  readonly method: string;
  readonly path: string;
}

/** Throws if the method doesn't exist, or if the path isn't a pattern that the edge can match. */
export function checkAddress(route: Address): void {
  if (Token.isUnresolved(route.method) || Token.isUnresolved(route.path)) {
    throw new BreakwaterError('Route: method and path must be literals, got a token: synth makes the edge from them');
  }
  if (!ROUTE_METHODS.some((method) => method === route.method)) {
    throw wrong(route, 'method', `must be one of ${ROUTE_METHODS.join(', ')}, got '${route.method}'`);
  }
  try {
    parsePattern(route.path);
  } catch (error) {
    throw wrong(route, 'path', `must be a path pattern: ${(error as Error).message}`);
  }
  if (/\/\.{1,2}(\/|$)/.test(route.path)) {
    throw wrong(
      route,
      'path',
      "must not have the segments '.' and '..': browsers resolve them before they send a request",
    );
  }
  const pattern = patternToBehavior(route.path);
  if (pattern.length > CLOUDFRONT.MAX_PATH_PATTERN_CHARACTERS) {
    throw wrong(
      route,
      'path',
      `must have at most ${CLOUDFRONT.MAX_PATH_PATTERN_CHARACTERS} characters as a path pattern of CloudFront, got ${pattern.length}`,
    );
  }
}

/** Checks the types of options, for callers without a type checker. */
export function checkOptions(route: Address, options: RouteOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw wrong(route, 'options', `must be an object with 'access', got ${shown(options)}`);
  }
  requireKnownProps(`Route ${route.method} ${route.path}`, options, OPTIONS);
  if (!(options.access instanceof Access)) {
    throw wrong(
      route,
      'access',
      `must state who may call (Access.ANYONE, Access.PERSON, ...), got ${options.access === undefined ? 'nothing' : shown(options.access)}`,
    );
  }
  if (options.caching !== undefined && !(options.caching instanceof Caching)) {
    throw wrong(route, 'caching', `must be Caching.shared(...) or Caching.none(), got ${shown(options.caching)}`);
  }
  if (options.contentType !== undefined && typeof options.contentType !== 'string') {
    throw wrong(route, 'contentType', `must be a text, such as 'text/csv', got ${shown(options.contentType)}`);
  }
  if (options.maxBody !== undefined && typeof options.maxBody?.toBytes !== 'function') {
    throw wrong(route, 'maxBody', `must be a Size, such as Size.kibibytes(64), got ${shown(options.maxBody)}`);
  }
}

/** Reads the forms of path or query parameters. */
export function formsOf(route: Address, prop: string, forms: { [name: string]: ParameterForm } = {}): ParameterForms {
  if (typeof forms !== 'object' || forms === null || Array.isArray(forms)) {
    throw wrong(
      route,
      prop,
      `must map names to forms, such as { page: ParameterForm.integer(1, 25) }, got ${shown(forms)}`,
    );
  }
  return Object.fromEntries(
    Object.entries(forms).map(([name, form]) => {
      if (form instanceof ParameterForm) return [name, form._declaration()];
      throw wrong(
        route,
        `${prop} '${name}'`,
        `must be a ParameterForm, such as ParameterForm.text(100), got ${shown(form)}`,
      );
    }),
  );
}

/** Throws if a form is for a parameter that the path doesn't have. */
export function checkParameters(route: Address, forms: ParameterForms): void {
  const inPath = parsePattern(route.path).flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []));
  const unknown = Object.keys(forms).find((name) => !inPath.includes(name));
  if (unknown === undefined) return;
  throw wrong(
    route,
    'parameters',
    `must be names in the path (${inPath.join(', ') || 'it has none'}), got '${unknown}'`,
  );
}

export function checkQuery(route: Route): void {
  for (const name of route.query) {
    if (Token.isUnresolved(name)) {
      throw wrong(route, 'query', 'must be literals, got a token: synth makes the edge from them');
    }
    if (!PARAMETER_NAME.test(name)) {
      throw wrong(route, 'query', `must be names of letters, digits and '-._~', got '${name}'`);
    }
  }
}

/** Throws if the answers of a cached route could depend on the caller. */
export function checkCaching(route: Route): void {
  if (!route.caching.isShared) return;
  if (route.method !== 'GET') {
    throw wrong(route, 'caching', `must be Caching.none() on ${route.method}: only answers to GET can be cached`);
  }
  if (route.access.readsToken) {
    throw wrong(
      route,
      'caching',
      `must be Caching.none() for access ${route.access.declarations.join(', ')}: a shared answer would reach other callers`,
    );
  }
  if (route.query.length > CLOUDFRONT.MAX_CACHE_POLICY_QUERY_STRINGS) {
    throw wrong(
      route,
      'query',
      `must be at most ${CLOUDFRONT.MAX_CACHE_POLICY_QUERY_STRINGS} names on a cached route (limit of a cache policy), got ${route.query.length}`,
    );
  }
}

export function checkBody(route: Route): void {
  if (route.method === 'GET' && (route.maxBody || route.contentType)) {
    throw wrong(route, 'maxBody, contentType', 'must not be set on GET, because GET has no body');
  }
  if (route.contentType === undefined || route.maxBody === undefined) {
    if (route.contentType)
      throw wrong(route, 'contentType', 'must be set together with maxBody on DELETE, got no maxBody');
    return;
  }
  if (Token.isUnresolved(route.contentType)) {
    throw wrong(route, 'contentType', 'must be a literal, got a token: synth makes the edge from it');
  }
  if (!MEDIA_TYPE.test(route.contentType)) {
    throw wrong(
      route,
      'contentType',
      `must be a media type in lower case without parameters (application/json), got '${route.contentType}'`,
    );
  }
  if (route.maxBody.isUnresolved()) {
    throw wrong(route, 'maxBody', 'must be a literal, got a token: synth checks its limits');
  }
  const [bytes, largest] = [
    route.maxBody.toBytes(),
    TEXT_TYPE.test(route.contentType) ? MAX_PAYLOAD_BYTES : MAX_BINARY_BODY_BYTES,
  ];
  if (bytes < 1 || bytes > largest) {
    throw wrong(
      route,
      'maxBody',
      `must be from 1 to ${largest} bytes for ${route.contentType} (Lambda's request limit), got ${bytes}; ` +
        'send larger files to a document store',
    );
  }
}

function wrong(route: Address, prop: string, problem: string): BreakwaterError {
  return new BreakwaterError(`Route ${route.method} ${route.path}: ${prop} ${problem}`);
}
