import { Environment } from '../../lib/protocol';

test("variables have the library's prefix and unique names", () => {
  const names = Object.values(Environment);
  expect(names.every((name) => /^BREAKWATER_[A-Z_]+$/.test(name))).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});
