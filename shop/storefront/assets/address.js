// The address states the current view. So a reload, the back button and a shared link show the same
// view:
// - `/`: the start page
// - `/?page=2`: another page of the start page's products
// - `/?q=lantern&page=2`: a search
// - `/?product=85123A`: a product
// - `/#/orders`: the person's orders
// - `/#/orders/W-1`: one order. Its ID is after the `#`, which browsers don't send, so that no server
//   log contains the ID.

/** The last page that the route `/search` accepts. */
const MAX_PAGE = 25;

/** Parses an address: `{ view, ... }`. */
export function placeOf({ search, hash }) {
  const orderId = /^#\/orders\/(.+)$/.exec(hash)?.[1];
  if (orderId !== undefined) return { view: 'order', orderId: decoded(orderId) };
  if (hash === '#/orders') return { view: 'orders' };
  const query = new URLSearchParams(search);
  const sku = query.get('product');
  if (sku) return { view: 'product', sku };
  const page = query.get('page') ?? '1';
  return {
    view: 'shop',
    q: (query.get('q') ?? '').trim(),
    page: /^[1-9]\d{0,2}$/.test(page) ? Math.min(Number(page), MAX_PAGE) : 1,
  };
}

/** Address of a page of search results. An empty search shows the start page. */
export function searchAddress(q, page = 1) {
  const query = new URLSearchParams({ ...(q ? { q } : {}), ...(page > 1 ? { page: String(page) } : {}) });
  return query.size > 0 ? `/?${query}` : '/';
}

export const productAddress = (sku) => `/?${new URLSearchParams({ product: sku })}`;

export const orderAddress = (orderId) => `/#/orders/${encodeURIComponent(orderId)}`;

/** Decodes a text. An invalid text is returned unchanged, because no order has such an ID. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
