import { Lazy } from 'aws-cdk-lib';
import fc from 'fast-check';
import { ParameterForm } from '../../lib/modules';
import { compileForm } from '../../lib/protocol';
import { BreakwaterError } from '../../lib/validation';

const fits = (form: ParameterForm) => compileForm(form._declaration());

test('integer accepts only the decimal spelling of each number in its range', () => {
  const bound = fc.nat({ max: 120_000 });
  fc.assert(
    fc.property(bound, bound, fc.nat({ max: 130_000 }), (a, b, n) => {
      const [min, max] = a < b ? [a, b] : [b, a];
      const check = fits(ParameterForm.integer(min, max));
      expect(check(String(n))).toBe(n >= min && n <= max);
      for (const edge of [min, max]) expect(check(String(edge))).toBe(true);
      if (min > 0) expect(check(String(min - 1))).toBe(false);
      expect(check(String(max + 1))).toBe(false);
      for (const spelling of [`0${n}`, `${n}.0`, `${n}e0`, `+${n}`, ` ${n}`, `${n}\n`, '']) {
        expect(check(spelling)).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test('oneOf, pattern and text', () => {
  const one = fits(ParameterForm.oneOf('asc', 'v1.2'));
  expect(['asc', 'v1.2', 'v1x2', 'as', 'ascv1.2'].map(one)).toEqual([true, true, false, false, false]);
  const sku = fits(ParameterForm.pattern('[0-9]{5}[A-Z]?|gift'));
  expect(['12345', '12345A', 'gift', '1234', '12345gift'].map(sku)).toEqual([true, true, true, false, false]);
  const text = fits(ParameterForm.text(3));
  expect(['', 'äöü', 'abcd'].map(text)).toEqual([true, true, false]);
});

test.each([
  ['a length of none', () => ParameterForm.text(0), 'must be a whole number from 1 to 4096, got 0'],
  ['a length of text', () => ParameterForm.text('5' as unknown as number), 'from 1 to 4096, got 5'],
  ['a negative range', () => ParameterForm.integer(-1, 5), 'got -1 and 5'],
  ['a range that ends before it starts', () => ParameterForm.integer(5, 1), 'got 5 and 1'],
  ['a range with many digits', () => ParameterForm.integer(1, 8_999_999_999_999_998), 'of 200 characters, got'],
  ['no values', () => ParameterForm.oneOf(), 'got none'],
  ['a value that is encoded in an address', () => ParameterForm.oneOf('a b'), "got 'a b'"],
  ['a token', () => ParameterForm.oneOf(Lazy.string({ produce: () => 'a' })), 'must be values of letters'],
  ['an expression for any character', () => ParameterForm.pattern('a.b'), "got 'a.b'"],
  ['a negated class', () => ParameterForm.pattern('[^a]'), "got '[^a]'"],
  ['an anchor', () => ParameterForm.pattern('^a'), "without ^ and $ because it matches the whole value, got '^a'"],
  ['a capturing group', () => ParameterForm.pattern('(a)'), "got '(a)'"],
  ['an expression that ends early', () => ParameterForm.pattern('(?:a'), 'must be a regular expression'],
  ['a long expression', () => ParameterForm.pattern('a'.repeat(201)), 'of 200 characters, got 201'],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(BreakwaterError);
  expect(make).toThrow(message);
});
