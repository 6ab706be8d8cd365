/** Media types by a file's ending; text is UTF-8. */
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

/** A hash of eight or more hexadecimal or base-32 characters before the ending: a new content has a new name. */
const HASHED = /[.-](?:[0-9a-f]{8,}|[0-9A-Z]{8,})\.[a-z0-9]+(?:\.map)?$/;

const FOR_EVER = 'public, max-age=31536000, immutable';
/** Browsers ask each time; the edge for a minute answers alone, so that a surge costs the bucket a call a minute. */
const CHANGING = 'public, max-age=0, s-maxage=60, must-revalidate';
/** Names the identity: must never be older than the page that reads it. */
const NEVER_KEPT = 'no-cache';

/** Media type of a file; bytes where its ending isn't known, so that no browser runs them. */
export function contentTypeOf(name: string): string {
  const ending = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(TYPES, ending) ? TYPES[ending]! : 'application/octet-stream';
}

/** How long a file may be kept, by whom. */
export function cacheControlOf(name: string): string {
  if (name === 'config.json') return NEVER_KEPT;
  return HASHED.test(name) && !/\.html?$/.test(name) ? FOR_EVER : CHANGING;
}
