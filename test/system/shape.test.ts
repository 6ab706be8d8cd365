import { shapeOf } from '../../lambdas/system/redrive/shape';

const shape = (body: unknown) => shapeOf(JSON.stringify({ id: 'i', to: 'Payments', time: 't', body }));

test('a body is shown by its fields, types and lengths', () => {
  expect(shape({ orderId: 'x'.repeat(36), lines: [1, 2], paid: { at: null, by: 'me' } })).toEqual([
    'orderId: string of 36',
    'lines: array of 2',
    'paid.at: null',
    'paid.by: string of 2',
  ]);
});

test.each([
  ['an address', 'anne@example.com'],
  ['a UUID', '3f2bc1d4-0000-4eef-8fab-cdefabcdefab'],
  ['an id', 'C100017'],
  ['a sentence', 'Anne of Green Gables'],
  ['a long text', 'x'.repeat(41)],
  ['nothing', ''],
])('a name that is %s may be a value, so it isn’t shown', (_what, name) => {
  expect(shape({ [name]: 1, byPerson: { [name]: { total: 2 } } })).toEqual(['*: number', 'byPerson.*.total: number']);
});

test('an object with many fields may be a map, so their names aren’t shown', () => {
  const fields = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${String.fromCharCode(97 + i)}`, i]));
  expect(shape(fields(20))).toHaveLength(20);
  expect(shape(fields(21))).toEqual(['*: number']);
});

test.each([
  ['text', 'no JSON', ['text of 7 characters']],
  ['a list', JSON.stringify({ body: [1] }), ['array of 1']],
])('%s has no fields', (_what, content, expected) => {
  expect(shapeOf(content)).toEqual(expected);
});
