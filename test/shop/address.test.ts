import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

/** A module of the storefront, as a browser loads it. */
function load<T>(file: string): T {
  const { code } = transformSync(readFileSync(file, 'utf8'), { format: 'cjs' });
  const module = { exports: {} };
  new Function('module', 'exports', code)(module, module.exports);
  return module.exports as T;
}

const { placeOf, searchAddress, productAddress, orderAddress } = load<{
  placeOf: (location: { search: string; hash: string }) => object;
  searchAddress: (q: string, page?: number) => string;
  productAddress: (sku: string) => string;
  orderAddress: (orderId: string) => string;
}>('shop/storefront/assets/address.js');

test.each([
  ['', '', { view: 'shop', q: '', page: 1 }],
  ['?q=tea+light&page=3', '', { view: 'shop', q: 'tea light', page: 3 }],
  ['?q=tea&page=26', '', { view: 'shop', q: 'tea', page: 25 }],
  ['?q=tea&page=0', '', { view: 'shop', q: 'tea', page: 1 }],
  ['?q=tea&page=1e1', '', { view: 'shop', q: 'tea', page: 1 }],
  ['?product=85123A', '', { view: 'product', sku: '85123A' }],
  ['?q=tea', '#/orders', { view: 'orders' }],
  ['', '#/orders/W-1', { view: 'order', orderId: 'W-1' }],
  ['', '#/orders/caf%C3%A9', { view: 'order', orderId: 'café' }],
  ['', '#/orders/%E0', { view: 'order', orderId: '%E0' }],
  ['', '#/orders/', { view: 'shop', q: '', page: 1 }],
])('the address %j %j shows %j', (search, hash, place) => {
  expect(placeOf({ search, hash })).toEqual(place);
});

test('addresses lead back to what they were made for', () => {
  const at = (address: string) => placeOf(new URL(address, 'http://localhost'));
  expect(at(searchAddress('tea & "milk" #1', 2))).toEqual({ view: 'shop', q: 'tea & "milk" #1', page: 2 });
  expect(at(searchAddress(''))).toEqual({ view: 'shop', q: '', page: 1 });
  expect(at(searchAddress('', 2))).toEqual({ view: 'shop', q: '', page: 2 });
  expect(at(productAddress('A/B &c'))).toEqual({ view: 'product', sku: 'A/B &c' });
  expect(at(orderAddress('W-1'))).toEqual({ view: 'order', orderId: 'W-1' });
});

const { pence, decimal, pounds } = load<{
  pence: (text: string) => bigint;
  decimal: (amount: bigint) => string;
  pounds: (value: bigint | string) => string;
}>('shop/storefront/assets/money.js');

test('sums are exact, and written as the shop expects them', () => {
  expect(decimal(pence('0.1') + pence('0.2'))).toBe('0.30');
  expect([decimal(5n), decimal(-1234n), decimal(0n)]).toEqual(['0.05', '-12.34', '0.00']);
  expect([pounds('1234567.5'), pounds(-5n)]).toEqual(['£1,234,567.50', '−£0.05']);
});
