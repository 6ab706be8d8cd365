import * as fc from 'fast-check';
import { formatMoney, money } from '../../lambdas/shop/money';

test.each([
  ['0', 0n],
  ['2.5', 250n],
  ['2.55', 255n],
  ['-0.05', -5n],
  ['999999999.99', 99_999_999_999n],
])('%s is %s pence', (text, pence) => {
  expect(money(text)).toBe(pence);
});

test.each(['', '1.234', '1e3', ' 1', '1.', '.5', '--1', '+1', 'NaN'])('fails for the amount %j', (text) => {
  expect(() => money(text)).toThrow('must be a decimal string');
});

test('every amount that is written is read back', () => {
  void fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (pence) => money(formatMoney(pence)) === pence),
  );
});
