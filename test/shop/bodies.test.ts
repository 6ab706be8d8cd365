import * as fc from 'fast-check';
import { check, type StandardSchemaV1 } from '../../lambdas/runtime';
import { basket, sale } from '../../lambdas/shop/ordering';

const LINE = { sku: '85123A', description: 'HEART', quantity: 6, unitPrice: '2.55' };
const SALE = { orderId: '536365', placedAt: '2010-12-01T08:26:00', country: 'EIRE', lines: [LINE] };
const BASKET = { idempotencyKey: 'abcd-1234', lines: [{ sku: '22423', quantity: 1 }], total: '2.55' };

/** Paths of what is wrong with a body; empty if nothing is. */
async function faults(schema: StandardSchemaV1, body: unknown): Promise<string[]> {
  const checked = await check(schema, body);
  return 'issues' in checked ? checked.issues.map(({ path }) => path) : [];
}

test('every bad line is named, with the value that was sent', async () => {
  const lines = [LINE, { ...LINE, unitPrice: '0', description: '' }, LINE, { ...LINE, quantity: -10 }];
  const checked = await check(sale, { ...SALE, lines });
  expect('issues' in checked && checked.issues).toEqual([
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
  ['customerId', null],
  ['placedAt', '2010-13-01T08:26:00'],
  ['placedAt', 'yesterday'],
  ['placedAt', '2010-02-31T08:26:00'],
  ['placedAt', '2011-02-29T08:26:00Z'],
  ['placedAt', '2010-12-01T24:00:00'],
  ['placedAt', '2010-12-01T08:60:00'],
  ['country', 'EIRE \ud83d'],
  ['currency', 'EUR'],
  ['country', ''],
  ['lines', []],
  ['lines', { length: 1 }],
  ['discount', '10'],
])('a sale is refused whose %s is %p', async (field, value) => {
  expect(await faults(sale, { ...SALE, [field]: value })).toEqual([field]);
});

test.each([
  'a@b',
  'a b@example.com',
  'anne\udc00@example.com',
  'a\u0000@example.com',
  'a\u202e@example.com',
  'ä@example.com',
  'a@exämple.com',
  'a@b.-example',
  'a@b-.example',
  'a@.example',
  'a@b..example',
  'a@127.0.0.1',
  '.a@example.com',
  'a..b@example.com',
  '"a"@example.com',
  'a@b.c\r\nBcc: x@y.z',
  `${'a'.repeat(65)}@example.com`,
  `a@${'a'.repeat(64)}.example`,
  `a@${'a'.repeat(60_000)}`,
  'a@b@',
])('an address that SES would refuse is refused: %j', async (email) => {
  expect(await faults(sale, { ...SALE, email })).toEqual(['email']);
});

test.each([
  'anne@example.com',
  "o'hara+tag@mail.example.co.uk",
  `${'a'.repeat(64)}@example.com`,
  'a@xn--exmple-cua.com',
])('the address %s is accepted', async (email) => expect(await faults(sale, { ...SALE, email })).toEqual([]));

test.each(['2012-02-29T23:59:59', '2010-12-01T08:26', '2010-12-01T08:26:00.5+05:30'])(
  'the time %s is accepted',
  async (placedAt) => expect(await faults(sale, { ...SALE, placedAt })).toEqual([]),
);

test.each(['HEART \ud83d', ' HEART', 'HEART ', 'X'.repeat(201)])(
  'the description %j is refused',
  async (description) => {
    expect(await faults(sale, { ...SALE, lines: [{ ...LINE, description }] })).toEqual(['lines[0].description']);
  },
);

test.each([0, -1, 1.5, 100_001, '6', null, Number.MAX_SAFE_INTEGER])('the quantity %p is refused', async (quantity) => {
  expect(await faults(sale, { ...SALE, lines: [{ ...LINE, quantity }] })).toEqual(['lines[0].quantity']);
});

test.each(['0', '0.00', '-1', '0.004', '2.555', '1e3', '1,5', '.5', '007', '1000000000'])(
  'the price %j is refused: an amount has at most two decimals and is more than nothing',
  async (unitPrice) =>
    expect(await faults(sale, { ...SALE, lines: [{ ...LINE, unitPrice }] })).toEqual(['lines[0].unitPrice']),
);

test.each([
  ['idempotencyKey', 'short'],
  ['customerId', 'anne'],
  ['placedAt', SALE.placedAt],
  ['email', 'anne@example.com'],
  ['total', 2.55],
  ['total', '2.555'],
  ['total', undefined],
])('a basket is refused whose %s is %p', async (field, value) => {
  expect(await faults(basket, { ...BASKET, [field]: value })).toEqual([field]);
});

test('any JSON value is accepted or refused, and never makes a check throw', async () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ ...constants(SALE), lines: fc.array(fc.oneof(fc.jsonValue(), fc.record(constants(LINE)))) }),
  );
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      for (const schema of [sale, basket]) await faults(schema, value);
    }),
  );
});

test('deep nesting is refused like any other body', async () => {
  const nested = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));
  expect(await faults(basket, nested)).toEqual(['']);
  expect(await faults(basket, { ...BASKET, lines: nested })).toEqual(['lines[0]']);
});

/** Each field with its value or any JSON value. */
function constants(example: Readonly<Record<string, unknown>>): Record<string, fc.Arbitrary<unknown>> {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.jsonValue())]),
  );
}
