import type { BehaviorModel, CachePolicyModel, EdgeRequest, EdgeResponse, Selection } from './model';

/** Seconds for which CloudFront caches errors by default. */
const DEFAULT_ERROR_TTL = 10;
const MAX_ENTRIES = 1_000;

interface Entry {
  readonly response: EdgeResponse;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** The cache of one edge location. */
export class EdgeCache {
  private readonly entries = new Map<string, Entry>();

  /** Number of calls of `clear`. */
  public emptied = 0;

  /** @param now clock in milliseconds */
  public constructor(private readonly now: () => number = Date.now) {}

  /** Returns the stored answer with the header `age`, or undefined if there is no valid one. */
  public find(key: string): EdgeResponse | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt <= this.now()) {
      this.entries.delete(key);
      return undefined;
    }
    const age = String(Math.floor((this.now() - entry.storedAt) / 1000));
    return { ...entry.response, headers: { ...entry.response.headers, age } };
  }

  /**
   * Stores an answer for a number of seconds. If the cache is full, this removes the oldest answer.
   */
  public store(key: string, response: EdgeResponse, seconds: number): void {
    if (seconds <= 0) return;
    if (this.entries.size >= MAX_ENTRIES) this.entries.delete(this.entries.keys().next().value!);
    this.entries.set(key, { response, storedAt: this.now(), expiresAt: this.now() + seconds * 1000 });
  }

  /** Removes all answers, like an invalidation of `/*`. */
  public clear(): void {
    this.entries.clear();
    this.emptied++;
  }
}

/**
 * The cache key of a request, according to its behaviour's policy. GET and HEAD have different
 * keys, because an answer to HEAD has no body.
 */
export function cacheKey(behavior: BehaviorModel, request: EdgeRequest): string {
  const { cache } = behavior;
  const encodings = request.headers['accept-encoding'] ?? '';
  return JSON.stringify([
    request.method,
    behavior.pattern,
    request.path,
    selectQuery(cache.queryStrings, request.query),
    selectHeaders(cache.headers, request.headers),
    selectCookies(cache.cookies, request.headers['cookie'] ?? ''),
    cache.brotli && /\bbr\b/.test(encodings),
    cache.gzip && /\bgzip\b/.test(encodings),
  ]);
}

/**
 * Seconds for which an answer may be cached.
 * @param errorTtl seconds for which the distribution caches errors with this status
 */
export function timeToLive(
  policy: CachePolicyModel,
  response: EdgeResponse,
  errorTtl: number | undefined,
  now: number,
): number {
  if (policy.maxTtl === 0) return 0;
  if (response.status === 206 || response.status === 304) return 0;
  if (response.status >= 400) return errorTtl ?? DEFAULT_ERROR_TTL;
  const control = new Map(
    (response.headers['cache-control'] ?? '')
      .toLowerCase()
      .split(',')
      .map((part): [string, string | undefined] => {
        const [name, value] = part.trim().split('=');
        return [name!, value];
      }),
  );
  if (control.has('no-store') || control.has('no-cache') || control.has('private')) return policy.minTtl;
  const stated = control.get('s-maxage') ?? control.get('max-age');
  const expires = response.headers['expires'];
  let seconds = policy.defaultTtl;
  if (stated !== undefined && Number.isFinite(Number(stated))) seconds = Number(stated);
  else if (expires !== undefined) seconds = (Date.parse(expires) - now) / 1000 || 0;
  return Math.min(Math.max(seconds, policy.minTtl), policy.maxTtl);
}

/** The selected headers, sorted. Cookies are selected separately. */
export function selectHeaders(selection: Selection, headers: Readonly<Record<string, string>>): Record<string, string> {
  const chosen = chooser(selection, true);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== 'cookie' && chosen(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The selected parameters of a query string, in their original order. */
export function selectQuery(selection: Selection, query: string): string {
  if (query === '') return '';
  const chosen = chooser(selection, false);
  return query
    .split('&')
    .filter((pair) => chosen(decodeName(pair.split('=')[0]!)))
    .join('&');
}

/** The selected cookies. */
export function selectCookies(selection: Selection, cookie: string): string {
  if (cookie === '') return '';
  const chosen = chooser(selection, false);
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => chosen(pair.split('=')[0]!))
    .join('; ');
}

function chooser(selection: Selection, ignoreCase: boolean): (name: string) => boolean {
  const fold = (name: string): string => (ignoreCase ? name.toLowerCase() : name);
  const names = new Set(selection.names.map(fold));
  switch (selection.behavior) {
    case 'none':
      return () => false;
    case 'all':
      return () => true;
    case 'whitelist':
      return (name) => names.has(fold(name));
    case 'allExcept':
      return (name) => !names.has(fold(name));
  }
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
