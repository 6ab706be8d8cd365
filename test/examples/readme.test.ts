import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

/** Code blocks of a language, as they stand in the README. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map((match) => match[1]!);
}

describe('README', () => {
  test('begins with the two commands', () => {
    const [first] = blocks('sh');
    expect(first).toContain('npm start');
    expect(first).toContain('npm test');
    expect(readme.indexOf('```sh')).toBeLessThan(1000);
  });

  test('shows the example that is compiled, with the package in place of its sources', () => {
    const example = readFileSync(join(root, 'examples/parcels/app.ts'), 'utf8').replace(
      "'../../lib'",
      "'cdk-breakwater'",
    );
    expect(blocks('ts')).toContain(example);
  });

  test('shows the handler of that example too', () => {
    const handler = readFileSync(join(root, 'examples/parcels/handlers/labels.ts'), 'utf8').replace(
      "'../../../lambdas/runtime'",
      "'cdk-breakwater/runtime'",
    );
    expect(blocks('ts')).toContain(handler);
  });

  test('names only commands that exist', () => {
    const named = [...readme.matchAll(/npm (?:run (?:-s )?)?([a-z][a-z:]+)/g)].map((match) => match[1]!);
    const known = [...Object.keys(scripts), 'ci', 'install', 'pack'];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(4);
  });

  test('links only to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
    const missing = links.filter((link) => {
      try {
        readFileSync(join(root, link));
        return false;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== 'EISDIR';
      }
    });
    expect(missing).toEqual([]);
  });
});
