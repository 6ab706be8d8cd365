/** Media types by file extension. Text is UTF-8. */
const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  xml: 'application/xml',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  otf: 'font/otf',
  pdf: 'application/pdf',
  wasm: 'application/wasm',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
};

/**
 * Matches file names with a hash of 8 or more hexadecimal or base-32 characters before the
 * extension. If the content of such a file changes, its name changes too.
 */
const HASHED = /[.-](?:[0-9a-f]{8,}|[0-9A-Z]{8,})\.[a-z0-9]+(?:\.map)?$/;

const IMMUTABLE = 'public, max-age=31536000, immutable';
/**
 * Browsers revalidate at each use. The edge caches for a minute, so even a traffic spike causes one
 * request to the bucket a minute.
 */
const CHANGING = 'public, max-age=0, s-maxage=60, must-revalidate';
/**
 * `cache-control` of the file with the settings for sign-in. It must not be older than the page
 * that reads it.
 */
const NOT_CACHED = 'no-cache';

/**
 * Media type of a file. For an unknown extension it is `application/octet-stream`, which browsers
 * don't execute.
 */
export function contentTypeOf(name: string): string {
  const extension = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return (Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined) ?? 'application/octet-stream';
}

/** Value of `cache-control` for a file. */
export function cacheControlOf(name: string): string {
  if (name === 'config.json') return NOT_CACHED;
  return HASHED.test(name) && !/\.html?$/.test(name) ? IMMUTABLE : CHANGING;
}
