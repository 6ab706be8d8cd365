import * as fc from 'fast-check';
import { check, schema } from '../../lambdas/runtime';

const { array, boolean, decimal, from, integer, number, object, oneOf, optional, refine, string } = schema;
const issuesOf = async (s: schema.Schema<unknown>, value: unknown) => {
  const result = await check(s, value);
  return 'issues' in result ? result.issues.map(({ path, message, got }) => `${path}|${message}|${got}`) : [];
};

test.each<[string, schema.Schema<unknown>, unknown, string[]]>([
  ['string', string(), 'a', []],
  ['string: number', string(), 1, ['|must be a string|1']],
  ['string: half a character', string(), '\ud800', ['|must be a string|"\\ud800"']],
  ['string: short', string({ min: 1 }), '', ['|must have 1 to 1024 characters|""']],
  ['string: long', string({ max: 2 }), 'x'.repeat(200), [`|must have 0 to 2 characters|"${'x'.repeat(79)}...`]],
  ['string: pattern', string({ pattern: /^\d+$/, name: 'a number' }), 'x', ['|must be a number|"x"']],
  ['integer', integer({ min: 0 }), 0, []],
  ['integer: fraction', integer(), 1.5, ['|must be a whole number|1.5']],
  ['integer: string', integer(), '1', ['|must be a whole number|"1"']],
  ['integer: inexact', integer(), 2 ** 60, ['|must be a whole number|1152921504606847000']],
  ['integer: NaN', integer(), Number.NaN, ['|must be a whole number|null']],
  ['integer: low', integer({ min: 1 }), 0, ['|must be at least 1|0']],
  ['number', number({ min: -80, max: 60 }), -12.5, []],
  ['number: string', number(), '1.5', ['|must be a number|"1.5"']],
  ['number: infinite', number(), Number.POSITIVE_INFINITY, ['|must be a number|null']],
  ['number: NaN', number(), Number.NaN, ['|must be a number|null']],
  ['number: low', number({ min: -80, max: 60 }), -80.1, ['|must be from -80 to 60|-80.1']],
  ['number: high', number({ max: 60 }), 60.1, ['|must be at most 60|60.1']],
  ['integer: high', integer({ min: 1, max: 3 }), 4, ['|must be from 1 to 3|4']],
  ['boolean', boolean(), false, []],
  ['boolean: 0', boolean(), 0, ['|must be true or false|0']],
  ['oneOf', oneOf('a', 'b'), 'c', ['|must be one of "a", "b"|"c"']],
  ['array: object', array(string()), {}, ['|must be a list|{}']],
  ['array: short', array(string(), { min: 1 }), [], ['|must have 1 to 1000 members|[]']],
  [
    'array: members',
    array(integer()),
    [1, 'x', 2, null],
    ['[1]|must be a whole number|"x"', '[3]|must be a whole number|null'],
  ],
  ['object: null', object({}), null, ['|must be an object|null']],
  ['object: list', object({}), [], ['|must be an object|[]']],
  ['object: missing', object({ a: string() }), {}, ['a|must be a string|nothing']],
  ['object: unknown', object({}), { x: 1 }, ['x|is not a known field|1']],
  ['object: __proto__', object({}), JSON.parse('{"__proto__":1}'), ['__proto__|is not a known field|1']],
  ['optional: absent', object({ a: optional(string()) }), {}, []],
  ['optional: null', object({ a: optional(string()) }), { a: null }, ['a|must be a string|null']],
  ['refine', refine(integer(), (n) => n % 2 === 0, 'must be even'), 3, ['|must be even|3']],
  [
    'from',
    from<string>((v) => (v === 1 ? { value: 'one' } : { issues: [{ message: 'must be 1' }] })),
    2,
    ['|must be 1|2'],
  ],
  [
    'nested',
    object({ lines: array(object({ price: decimal() })) }),
    { lines: [{ price: '1' }, { price: 1 }] },
    ['lines[1].price|must be a decimal in a string like "12.50", at most 12 digits before and 2 after the point|1'],
  ],
])('%s', async (_, s, value, expected) => {
  expect(await issuesOf(s, value)).toEqual(expected);
});

test.each([
  ['0', {}, true],
  ['12.5', {}, true],
  ['12.50', {}, true],
  ['12.505', {}, false],
  ['012', {}, false],
  ['.5', {}, false],
  ['5.', {}, false],
  ['-1', {}, false],
  ['-1.25', { negative: true }, true],
  ['-0', { negative: true }, false],
  ['-0.00', { negative: true }, false],
  ['0.00', { zero: false }, false],
  ['0.01', { zero: false }, true],
  ['1e3', {}, false],
  ['1\n', {}, false],
  ['Infinity', {}, false],
  ['123', { digits: 2 }, false],
  ['12', { scale: 0 }, true],
  ['12.0', { scale: 0 }, false],
])('decimal %j with %j: %s', async (text, limits, good) => {
  expect((await issuesOf(decimal(limits), text)).length === 0).toBe(good);
});

test('a decimal is exactly what has at most as many digits as allowed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.bigInt({ min: 0n, max: 10n ** 14n - 1n }), async (cents) => {
      const text = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
      expect(await issuesOf(decimal(), text)).toEqual([]);
      expect(await issuesOf(decimal(), `${text}0`)).toHaveLength(1);
    }),
  );
});

test('any JSON is either passed unchanged or told what is wrong, never both, and never throws', async () => {
  const s = object({
    a: optional(array(object({ b: integer(), c: optional(string()) }))),
    d: optional(oneOf('x', 'y')),
  });
  const arbitrary = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        a: fc.array(fc.record({ b: fc.oneof(fc.integer(), fc.string()), c: fc.string() }, { requiredKeys: ['b'] })),
        d: fc.constantFrom('x', 'y', 'z'),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(arbitrary, async (value) => {
      const result = await check(s, value);
      if ('value' in result) expect(result.value).toEqual(value);
      else expect(result.issues.length).toBeGreaterThan(0);
    }),
  );
});

test('a broken list of a thousand members is answered with twenty issues', async () => {
  expect(
    await issuesOf(
      array(integer()),
      Array.from({ length: 1_000 }, () => 'x'),
    ),
  ).toHaveLength(20);
});

test('issues of other libraries are understood: keys in objects, promises', async () => {
  const other = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: async () => ({ issues: [{ message: 'bad', path: [{ key: 'a' }, 0, { key: 'b' }] }] }),
    },
  } as const;
  expect(await check(other, { a: [{ b: 'B' }] })).toEqual({ issues: [{ path: 'a[0].b', message: 'bad', got: '"B"' }] });
});
