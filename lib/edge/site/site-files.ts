import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The uploader writes this file, so a site's source must not contain it. */
export const CONFIG_FILE = 'config.json';
export const NOT_FOUND_FILE = '404.html';

/** Files that operating systems create in folders. They aren't part of a site. */
export const IGNORED_FILES = ['.DS_Store', 'Thumbs.db'];

/** A site's source, read at synth. */
export interface SiteFiles {
  /** Sorted paths of its files relative to the source, with `/` as separator. */
  readonly names: readonly string[];
  /** HTML page for unknown paths: the site's 404.html, or a small default page. */
  readonly notFoundPage: string;
  /** Hash of the files' names and contents. */
  readonly hash: string;
}

/**
 * Reads a site's folder.
 * @throws Error if the source isn't a folder, has no index.html, or has a config.json
 */
export function readSite(source: string): SiteFiles {
  if (!existsSync(source) || !statSync(source).isDirectory()) throw new Error(`must be a folder, got '${source}'`);
  const names = walk(source, '').sort();
  if (!names.includes('index.html'))
    throw new Error(`must have an index.html, got the folder '${source}' without an index.html`);
  if (names.includes(CONFIG_FILE)) {
    throw new Error(
      `must not have a ${CONFIG_FILE}, because the deployment writes this file; pass its values as 'config'`,
    );
  }
  const own = names.includes(NOT_FOUND_FILE);
  return {
    names,
    hash: hashOf(source, names),
    notFoundPage: own
      ? readFileSync(join(source, NOT_FOUND_FILE), 'utf8')
      : smallPage('Nothing here', 'There is no page at this address.'),
  };
}

function hashOf(source: string, names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    const content = readFileSync(join(source, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** Returns the paths of files as browsers send them, percent-encoded. */
export function filePaths(names: readonly string[]): string[] {
  return names.map((name) => `/${name.split('/').map(encodeURIComponent).join('/')}`);
}

/**
 * Returns all paths at which the site has a page or a file. These are the files' paths, and the
 * path of each folder with an index.html, with and without a final slash.
 */
export function sitePaths(names: readonly string[]): string[] {
  return filePaths(names).flatMap((path) => {
    if (!path.endsWith('/index.html')) return [path];
    const folder = path.slice(0, -'index.html'.length);
    return folder === '/' ? [path, folder] : [path, folder, folder.slice(0, -1)];
  });
}

/**
 * Returns the texts of robots.txt and sitemap.xml. A file that the site already has is left out.
 * @param origin `https://` and the host, possibly a CDK token
 */
export function missingFiles(names: readonly string[], origin: string): { [name: string]: string } {
  const pages = filePaths(names)
    .filter((path) => path.endsWith('.html') && path !== `/${NOT_FOUND_FILE}`)
    .map((path) => path.replace(/\/index\.html$/, '/'));
  const urls = pages.map((path) => `<url><loc>${origin}${path.replace(/&/g, '&amp;')}</loc></url>`);
  const made: { [name: string]: string } = {
    'robots.txt': `User-agent: *\nAllow: /\nSitemap: ${origin}/sitemap.xml\n`,
    'sitemap.xml': `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.join('')}</urlset>\n`,
  };
  return Object.fromEntries(Object.entries(made).filter(([name]) => !names.includes(name)));
}

/** Makes an HTML page without scripts, styles and images, so that the page needs no other file. */
export function smallPage(title: string, text: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${text} <a href="/">Home</a></p></html>`;
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED_FILES.includes(entry.name)) return [];
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(root, name) : [name];
  });
}
