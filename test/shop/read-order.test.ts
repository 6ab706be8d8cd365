import * as fc from 'fast-check';
import { readTillOrder, readWebOrder } from '../../lambdas/shop/ordering';

const LINE = { sku: '85123A', description: 'HEART', quantity: 6, unitPrice: '2.55' };
const TILL = { orderId: '536365', customerId: null, placedAt: '2010-12-01T08:26:00', country: 'EIRE', lines: [LINE] };
const WEB = { idempotencyKey: 'abcd-1234', lines: [{ sku: '22423', quantity: 1 }] };

test('a guest is a customer of their one order', () => {
  expect(readTillOrder(TILL, 'orderId').value?.customerId).toBe('guest#536365');
});

test('every bad line is named, with what was got', () => {
  const lines = [LINE, { ...LINE, unitPrice: '0', description: '' }, LINE, { ...LINE, quantity: -10 }];
  expect(readTillOrder({ ...TILL, lines }, 'orderId').issues).toEqual([
    { path: 'lines[1].description', message: expect.any(String), got: '""' },
    { path: 'lines[1].unitPrice', message: expect.any(String), got: '"0"' },
    { path: 'lines[3].quantity', message: expect.any(String), got: '-10' },
  ]);
});

test.each([
  ['orderId', ''],
  ['orderId', 'a#b'],
  ['orderId', 'W-abc'],
  ['customerId', 'guest#1'],
  ['customerId', 17_850],
  ['placedAt', '2010-13-01T08:26:00'],
  ['placedAt', 'yesterday'],
  ['placedAt', '2010-02-31T08:26:00'],
  ['placedAt', '2011-02-29T08:26:00Z'],
  ['placedAt', '2010-12-01T24:00:00'],
  ['placedAt', '2010-12-01T08:60:00'],
  ['country', 'EIRE \ud83d'],
  ['email', 'anne\udc00@example.com'],
  ['currency', 'EUR'],
  ['country', ''],
  ['email', 'a@b.c\r\nBcc: x@y.z'],
  ['email', `a@${'a'.repeat(60_000)}`],
  ['lines', []],
  ['lines', { length: 1 }],
  ['discount', '10'],
])('fails when a till says %s: %p', (field, value) => {
  expect(readTillOrder({ ...TILL, [field]: value }, 'orderId').issues.map(({ path }) => path)).toEqual([field]);
});

test.each(['2012-02-29T23:59:59', '2010-12-01T08:26', '2010-12-01T08:26:00.5+05:30'])(
  'a till may say %s',
  (placedAt) => {
    expect(readTillOrder({ ...TILL, placedAt }, 'orderId').value?.placedAt).toBe(placedAt);
  },
);

test('fails when a description has half a character in it', () => {
  const lines = [{ ...LINE, description: 'HEART \ud83d' }];
  expect(readTillOrder({ ...TILL, lines }, 'orderId').issues.map(({ path }) => path)).toEqual(['lines[0].description']);
});

test.each([0, -1, 1.5, 100_001, '6', null, Number.MAX_SAFE_INTEGER])('fails when a quantity is %p', (quantity) => {
  const lines = [{ ...LINE, quantity }];
  expect(readTillOrder({ ...TILL, lines }, 'orderId').issues.map(({ path }) => path)).toEqual(['lines[0].quantity']);
});

test.each([
  ['idempotencyKey', 'short'],
  ['customerId', 'anne'],
  ['placedAt', TILL.placedAt],
  ['email', 'nobody'],
])('fails when a person says %s: %p', (field, value) =>
  expect(readWebOrder({ ...WEB, [field]: value }).issues.map(({ path }) => path)).toEqual([field]),
);

test('whatever is sent is read or refused, and nothing is both', () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ ...constants(TILL), lines: fc.array(fc.oneof(fc.jsonValue(), fc.record(constants(LINE)))) }),
  );
  void fc.assert(
    fc.property(body, (value) => {
      for (const { issues, value: order } of [
        readTillOrder(value, 'orderId'),
        readTillOrder(value, 'refundId'),
        readWebOrder(value),
      ]) {
        expect(issues.length > 0).toBe(order === undefined);
      }
    }),
  );
});

/** Each field as it should be, or anything. */
function constants(example: Readonly<Record<string, unknown>>): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.jsonValue())]),
  );
}
