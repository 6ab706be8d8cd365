import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Locked {
  readonly optionalDependencies?: Record<string, string>;
}

const text = readFileSync(resolve(__dirname, '..', 'package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };
const manifest = JSON.parse(readFileSync(resolve(__dirname, '..', 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};

describe('package-lock.json', () => {
  test("has every platform's packages, or `npm ci` refuses it (scripts/lock-platforms.mjs adds them)", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });

  test("names no registry's address", () => {
    expect(text).not.toContain('"resolved": "http');
  });

  test('all versions in package.json are exact', () => {
    for (const [name, wanted] of Object.entries(manifest.devDependencies)) {
      // An alias, npm:name@version, is another version of a package that is there already.
      const version = wanted.replace(/^npm:.*@/, '');
      expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]).toMatchObject({ version });
    }
  });
});
