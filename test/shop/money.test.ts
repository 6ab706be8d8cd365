import * as fc from 'fast-check';
import { formatMoney, money, parseMoney, roundToPence } from '../../lambdas/shop/money';

const units = fc.bigInt({ min: -1_000_000_000_000_000n, max: 1_000_000_000_000_000n });

test('what is written is read back, whatever the amount', () => {
  void fc.assert(fc.property(units, (value) => parseMoney(formatMoney(value)) === value));
});

test('rounding moves at most half a penny, ends on a penny, and is the same for a sale and its refund', () => {
  void fc.assert(
    fc.property(units, (value) => {
      const rounded = roundToPence(value);
      const moved = rounded - value;
      expect(rounded % 100n).toBe(0n);
      expect(moved <= 50n && moved >= -50n).toBe(true);
      expect(roundToPence(-value)).toBe(-rounded);
    }),
  );
});

test.each([
  ['2.55', 25_500n],
  ['27.5', 275_000n],
  ['-0.001', -10n],
  ['0', 0n],
])('%s is %d ten-thousandths', (text, value) => expect(parseMoney(text)).toBe(value));

test.each(['0.005', '0.0050', '1.235'])('half a penny goes up: %s', (text) => {
  expect(roundToPence(money(text))).toBe(money(text) + 50n);
});

test.each(['', '1.', '.5', '1e3', '1.00001', '+1', ' 1', '1,000.00', '0x10', 'NaN', 2.55, null, undefined])(
  'fails when an amount is %p',
  (text) => expect(parseMoney(text)).toBeUndefined(),
);

test('fails when a stored amount is unreadable: it must not count as zero', () => {
  expect(() => money('2,55')).toThrow('stored amount must be a decimal, got "2,55"');
});
