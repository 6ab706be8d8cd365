import { Environment } from '../../lib/protocol';

test("variables are the library's own, and no two have one name", () => {
  const names = Object.values(Environment);
  expect(names.every((name) => /^BREAKWATER_[A-Z_]+$/.test(name))).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});
