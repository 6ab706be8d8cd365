import { quantile } from '../../bench/relay/relay';

test('a quantile is the value that so large a part of the values does not exceed', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([100, 198, 200]);
  expect([quantile([7], 0.5), quantile([7], 0.99)]).toEqual([7, 7]);
});
