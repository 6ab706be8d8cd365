import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

/** A module of the storefront, as a browser would load it. */
function load<T>(file: string): T {
  const { code } = transformSync(readFileSync(file, 'utf8'), { format: 'cjs' });
  const module = { exports: {} };
  new Function('module', 'exports', code)(module, module.exports);
  return module.exports as T;
}

const { orderIdOf } = load<{ orderIdOf: (hash: string) => string | undefined }>('shop/storefront/assets/address.js');

test.each([
  ['#/orders/W-1', 'W-1'],
  ['#/orders/caf%C3%A9', 'café'],
  ['#/orders/%E0', '%E0'],
  ['#/orders/', undefined],
  ['#/orders', undefined],
  ['', undefined],
])('the address %j asks for order %j', (hash, orderId) => {
  expect(orderIdOf(hash)).toBe(orderId);
});

test('the storefront decodes no order id by itself', () => {
  expect(readFileSync('shop/storefront/assets/app.js', 'utf8')).not.toContain('decodeURIComponent');
});
