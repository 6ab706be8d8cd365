import { orderAddress } from './address.js';
import { call } from './api.js';
import { byId, failure, h, toast } from './dom.js';
import { pounds } from './money.js';
import { label, when } from './order-words.js';
import { accessToken, signIn } from './session.js';

/** Number of the newest request. Answers of earlier requests are ignored. */
let asked = 0;

/** Shows the person's orders, newest first. */
export async function showOrders() {
  const turn = ++asked;
  const place = byId('orders');
  if (!accessToken()) return place.replaceChildren(signInNotice());
  place.replaceChildren(h('p', { className: 'muted' }, 'Looking for your orders…'));
  try {
    const { orders, cursor } = await call('/orders', { signedIn: true });
    if (turn !== asked) return;
    place.replaceChildren(
      ...(orders.length > 0
        ? orders.map(row)
        : [h('p', { className: 'notice' }, 'No orders yet. ', h('a', { href: '/' }, 'Look round the shop.'))]),
    );
    more(place, cursor);
  } catch (error) {
    if (turn !== asked) return;
    place.replaceChildren(error.status === 401 ? signInNotice() : failure(error.message, () => void showOrders()));
  }
}

function more(place, cursor) {
  if (!cursor) return;
  const button = h('button', { type: 'button', className: 'button quiet' }, 'Earlier orders');
  button.addEventListener('click', async () => {
    button.setAttribute('aria-busy', 'true');
    try {
      const next = await call(`/orders?${new URLSearchParams({ cursor })}`, { signedIn: true });
      const rows = next.orders.map(row);
      button.before(...rows);
      rows[0]?.focus();
      button.remove();
      more(place, next.cursor);
    } catch (error) {
      button.removeAttribute('aria-busy');
      toast(error.message);
    }
  });
  place.append(button);
}

function row(order) {
  return h(
    'a',
    { className: 'order-row', href: orderAddress(order.orderId) },
    h(
      'span',
      {},
      h('strong', {}, order.orderId),
      h('br'),
      h('span', { className: 'muted small' }, when(order.placedAt)),
    ),
    h('span', { className: order.status === 'failed' ? 'badge failed' : 'badge' }, label(order)),
    h('span', { className: 'price' }, pounds(order.total)),
  );
}

export const signInNotice = () =>
  h(
    'div',
    { className: 'notice' },
    h('p', {}, 'Only you can see your orders. Please sign in.'),
    h(
      'button',
      { type: 'button', className: 'button', onclick: () => signIn().catch((error) => toast(error.message)) },
      'Sign in',
    ),
  );
