import { evaluateExpression, type Series } from '../../../local/alarms/expression';

const SERIES: Readonly<Record<string, Series>> = {
  a: [1, 2, undefined],
  b: [10, 0, 30],
  none: [undefined, undefined, undefined],
};
const scope = {
  length: 3,
  metrics: Object.values(SERIES),
  series: (id: string): Series => SERIES[id] ?? [],
};

describe('metric math', () => {
  test.each<[string, Series]>([
    ['a + b', [11, 2, undefined]],
    ['b - a - 1', [8, -3, undefined]],
    ['2 + 3 * b', [32, 2, 92]],
    ['(2 + 3) * b', [50, 0, 150]],
    ['-a', [-1, -2, undefined]],
    ['a / b', [0.1, undefined, undefined]],
    ['FILL(a, 0)', [1, 2, 0]],
    ['FILL(none, 7) + 1', [8, 8, 8]],
    ['a >= 2', [0, 1, undefined]],
    ['b > 5 AND b < 20', [1, 0, 0]],
    ['a == 1 || a == 2', [1, 1, undefined]],
    ['IF(b > 5, 100 * a / b, 0)', [10, 0, undefined]],
    ['SUM(METRICS())', [11, 2, 30]],
    ['SUM([a, b])', [11, 2, 30]],
    ['MAX([a, b])', [10, 2, 30]],
    ['MIN([a, b])', [1, 0, 30]],
    ['AVG([a, b])', [5.5, 1, 30]],
    ['SUM([none])', [undefined, undefined, undefined]],
    ['5', [5, 5, 5]],
  ])('%s', (expression, expected) => {
    expect(evaluateExpression(expression, scope)).toEqual(expected);
  });

  test.each([
    ['RATE(a)', /RATE\(\) with these arguments in 'RATE\(a\)'/],
    ['SUM(a)', /SUM\(\)/],
    ['FILL(a, REPEAT)', /FILL\(\)/],
    ['a +', /ends too early/],
    ['a b', /'b' in 'a b'/],
    ['(a', /without '\)'/],
    ['a % b', /'% b'/],
    ['[a, b]', /a list of series/],
  ])('%s is refused by name', (expression, message) => {
    expect(() => evaluateExpression(expression, scope)).toThrow(message);
  });
});
