import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Every page, relative to the repository. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
].sort();

/** Targets of relative links of a page, relative to the repository. */
function linksOf(page: string): string[] {
  return [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, link]) =>
    link === undefined ? [] : [join(page, '..', link)],
  );
}

test.each(pages)('%s links only to files that exist', (page) => {
  expect(linksOf(page).filter((link) => !existsSync(join(root, link)))).toEqual([]);
});

test('docs/README.md is an index of every page', () => {
  const linked = linksOf('docs/README.md');
  const expected = pages.filter(
    (page) => page.startsWith('docs/') && !page.startsWith('docs/decisions/') && page !== 'docs/README.md',
  );
  expect(expected.filter((page) => !linked.includes(page))).toEqual([]);
});

describe('decisions', () => {
  const records = pages.filter((page) => /^docs\/decisions\/\d{4}-/.test(page));

  test('are listed in order, each with its title and date', () => {
    const expected = records.map((page) => {
      const [title = ''] = read(page).split('\n');
      const date = /^\*\*Date\.\*\* (\d{4}-\d{2}-\d{2})$/m.exec(read(page))?.[1];
      return `- [${title.replace('# ', '')}](${page.replace('docs/decisions/', '')}), ${date}`;
    });
    expect(
      read('docs/decisions/README.md')
        .split('\n')
        .filter((line) => line.startsWith('- [')),
    ).toEqual(expected);
  });
});

test.each([
  ['app.ts', "'../../lib'", "'cdk-breakwater'"],
  ['handlers/pages.ts', "'../../../lambdas/runtime'", "'cdk-breakwater/runtime'"],
  ['handlers/thanks.ts', "'../../../lambdas/runtime'", "'cdk-breakwater/runtime'"],
  ['e2e/entries.test.ts', "'../../../lambdas/runtime'", "'cdk-breakwater/runtime'"],
])('the tutorial shows %s of the example that is compiled', (file, source, name) => {
  const example = read(`examples/guestbook/${file}`).replace(source, name);
  expect(read('docs/tutorial.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('the page on existing apps shows the example that is compiled', () => {
  const app = read('examples/existing-app/app.ts');
  const handler = read('examples/existing-app/handlers/report.ts').replace(
    "'../../../lambdas/runtime'",
    "'cdk-breakwater/runtime'",
  );
  for (const example of [app.slice(app.indexOf('// A CDK function')), handler]) {
    expect(read('docs/existing-app.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
  }
});

test.each([
  'sharded-orders/handlers/shipping.ts',
  'half-way/handlers/payments.ts',
  'half-way/handlers/parcels.ts',
  'half-way/handlers/letters.ts',
])('the page on steps that happen once shows %s, which is compiled', (file) => {
  const example = read(`examples/${file}`).replace("'../../../lambdas/runtime'", "'cdk-breakwater/runtime'");
  expect(read('docs/once.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('the page on logs shows the example that is compiled', () => {
  const example = read('examples/half-way/handlers/refunds.ts').replace(
    "'../../../lambdas/runtime'",
    "'cdk-breakwater/runtime'",
  );
  expect(read('docs/logs.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test("the tutorial's test of handlers is run", () => {
  const example = read('test/examples/tutorial.test.ts')
    .replace("'../../examples/guestbook/app'", "'../bin/guestbook'")
    .replaceAll("'../../examples/guestbook/handlers/", "'../bin/handlers/")
    .replace("'../../testing'", "'cdk-breakwater/testing'");
  expect(read('docs/tutorial.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('the tests of handlers on the runtime page are run', () => {
  const example = read('test/runtime/handler-example.test.ts').replace(
    "'../../lambdas/runtime'",
    "'cdk-breakwater/runtime'",
  );
  expect(read('docs/runtime.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('the test of an example on the testing page is run', () => {
  const example = read('test/examples/guestbook.test.ts')
    .replace("'../../testing'", "'cdk-breakwater/testing'")
    .replaceAll("'../../examples/guestbook/", "'../");
  expect(read('docs/testing.md')).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('the tutorial installs the packages that README names', () => {
  const installs = (page: string) => read(page).match(/^npm install .*$/gm);
  expect(installs('docs/tutorial.md')).toEqual(installs('README.md'));
});
