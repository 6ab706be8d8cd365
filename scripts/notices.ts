import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that require only their text in the package. A person must decide about others. */
const ACCEPTED = new Set([
  'Apache-2.0',
  'MIT',
  '0BSD',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'BlueOak-1.0.0',
]);
const MODULES = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

interface Bundled {
  readonly title: string;
  readonly texts: readonly string[];
}

/**
 * The text of THIRD-PARTY-NOTICES: every package that a bundle contains, with its licence and
 * notices. Packages with the same text are listed together.
 * @param inputs absolute paths of bundled files
 * @throws Error if a package has no licence, or a licence that isn't accepted
 */
export function noticesOf(inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((path) => MODULES.exec(path)?.[1] ?? []));
  const packages = [...folders].sort().map(read);
  const byText = new Map<string, Set<string>>();
  for (const { title, texts } of packages) {
    for (const text of texts) byText.set(text, (byText.get(text) ?? new Set()).add(title));
  }
  const sections = [...byText]
    .map(([text, titles]) => ({ titles: [...titles].sort(), text }))
    .sort((a, b) => (a.titles.join() < b.titles.join() ? -1 : 1))
    .map(({ titles, text }) => `${titles.join('\n')}\n\n${text}\n`);
  const intro =
    'The package cdk-breakwater contains code of the packages below, bundled by esbuild. Their licences and notices follow.\n';
  return [intro, ...sections].join(`\n${'-'.repeat(80)}\n\n`);
}

function read(folder: string): Bundled {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const { name, version, license } = manifest;
  if (license === undefined || !ACCEPTED.has(license)) {
    throw new Error(`the licence of ${name} must be one of ${[...ACCEPTED].join(', ')}, got ${license ?? 'none'}`);
  }
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file) && existsSync(join(folder, file)))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  const title = `${name} ${version} (${license})`;
  return {
    title,
    texts: texts.length > 0 ? texts : [`Licensed under ${license}; the package contains no further text.`],
  };
}
