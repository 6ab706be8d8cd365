/** The order that an address asks for (`#/orders/<id>`); as it stands where nobody could decode it: no order has such an id. */
export function orderIdOf(hash) {
  const asked = /^#\/orders\/(.+)$/.exec(hash)?.[1];
  if (asked === undefined) return undefined;
  try {
    return decodeURIComponent(asked);
  } catch {
    return asked;
  }
}
