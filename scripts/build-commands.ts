import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = resolve(__dirname, '..');
const BUILD = join(ROOT, 'build');

/** Folders with code that reads files next to it. */
const FOLDERS = ['cli', 'local'];
/**
 * Packages that aren't bundled. They are loaded from the user's project, which chooses their
 * versions.
 */
const EXTERNAL = ['aws-cdk-lib', 'constructs', 'aws-cdk', 'esbuild'];

/**
 * Replaces `__dirname` in each file by the folder of its copies in build/, because the bundle is in
 * another folder.
 */
const folderOfSource: Plugin = {
  name: 'folder-of-source',
  setup: ({ onLoad }) => {
    onLoad({ filter: new RegExp(`[\\\\/](${FOLDERS.join('|')})[\\\\/].*\\.ts$`) }, ({ path }) => {
      const folder = relative(ROOT, dirname(path)).split(sep).join('/');
      if (folder.startsWith('..') || folder.includes('node_modules')) return undefined;
      const contents = readFileSync(path, 'utf8').replaceAll('__dirname', `__folder(${JSON.stringify(folder)})`);
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Bundles the commands of `npx breakwater` into build/cli/index.js, and copies the files that they
 * read or start.
 * @returns absolute paths of the bundled files
 */
export async function buildCommands(): Promise<string[]> {
  for (const folder of FOLDERS) copyOtherFiles(folder);
  const outfile = join(BUILD, 'cli', 'index.js');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['cli/index.ts'],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: EXTERNAL,
    plugins: [folderOfSource],
    banner: {
      js: "#!/usr/bin/env node\nconst __folder = (path) => require('node:path').join(__dirname, '..', path);",
    },
    legalComments: 'inline',
    logLevel: 'warning',
    metafile: true,
  });
  chmodSync(outfile, 0o755);
  return Object.keys(metafile.inputs).map((path) => join(ROOT, path));
}

/**
 * Copies all files that aren't TypeScript: programs in other languages, pages, lists of packages.
 */
function copyOtherFiles(folder: string): void {
  rmSync(join(BUILD, folder), { recursive: true, force: true });
  for (const path of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
    if (extname(path) === '' || path.endsWith('.ts')) continue;
    mkdirSync(dirname(join(BUILD, folder, path)), { recursive: true });
    cpSync(join(ROOT, folder, path), join(BUILD, folder, path));
  }
}
