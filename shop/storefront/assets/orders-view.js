import { call } from './api.js';
import { byId, h, toast } from './dom.js';
import { pounds } from './money.js';
import { accessToken, signIn } from './session.js';
import { tidy } from './shop-view.js';

const STEPS = [
  ['placed', 'Placed'],
  ['paid', 'Paid'],
  ['invoiced', 'Invoice ready'],
  ['complete', 'Done'],
];
/** Milliseconds between two looks at an order that is under way, and how many looks there are. */
const PAUSE = 1200;
const LOOKS = 100;

/** A view that was left stops looking. */
let visit = 0;

export const leaveOrders = () => visit++;

export async function showOrders() {
  const turn = ++visit;
  const place = byId('orders');
  if (!accessToken()) return askToSignIn(place);
  place.replaceChildren(h('p', { className: 'muted' }, 'Looking…'));
  try {
    const { orders, cursor } = await call('/orders', { signedIn: true });
    if (turn !== visit) return;
    if (orders.length === 0) {
      place.replaceChildren(
        h('p', { className: 'notice' }, 'No orders yet. ', h('a', { href: '#/' }, 'Have a look round.')),
      );
      return;
    }
    place.replaceChildren(...orders.map(row));
    more(place, cursor);
  } catch (error) {
    if (turn === visit) failed(place, error);
  }
}

function more(place, cursor) {
  if (!cursor) return;
  const button = h('button', { type: 'button', className: 'button quiet' }, 'Earlier orders');
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const next = await call(`/orders?${new URLSearchParams({ cursor })}`, { signedIn: true });
      button.remove();
      place.append(...next.orders.map(row));
      more(place, next.cursor);
    } catch (error) {
      button.disabled = false;
      toast(error.message);
    }
  });
  place.append(button);
}

function row(order) {
  return h(
    'a',
    { className: 'order-row', href: `#/orders/${encodeURIComponent(order.orderId)}` },
    h(
      'span',
      {},
      h('strong', {}, order.orderId),
      h('br'),
      h('span', { className: 'muted small' }, when(order.placedAt)),
    ),
    h('span', { className: 'badge' }, label(order)),
    h('span', { className: 'price' }, pounds(order.total)),
  );
}

export async function showOrder(orderId) {
  const turn = ++visit;
  const place = byId('order');
  if (!accessToken()) return askToSignIn(place);
  place.replaceChildren(h('p', { className: 'muted' }, 'Looking…'));
  for (let look = 1; look <= LOOKS; look++) {
    try {
      const order = await call(`/orders/${encodeURIComponent(orderId)}`, { signedIn: true });
      if (turn !== visit) return;
      render(place, order);
      if (order.status === 'complete') return;
    } catch (error) {
      if (turn !== visit) return;
      // One bad answer while an order is under way is no reason to give up.
      if (look === 1 || error.status === 401) return failed(place, error);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    if (turn !== visit) return;
  }
}

function render(place, order) {
  const reached = STEPS.findIndex(([status]) => status === order.status);
  place.replaceChildren(
    h('h1', {}, order.kind === 'refund' ? 'Refund ' : 'Order ', order.orderId),
    h('p', { className: 'muted' }, when(order.placedAt)),
    h(
      'ol',
      { className: 'steps', 'aria-label': `Status: ${label(order)}`, role: 'list' },
      STEPS.map(([, text], i) => h('li', { className: i <= reached ? 'done' : i === reached + 1 ? 'next' : '' }, text)),
    ),
    h(
      'div',
      { className: 'table-scroll' },
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', {}, 'Product'),
            h('th', { className: 'number' }, 'Pieces'),
            h('th', { className: 'number' }, 'Price'),
            h('th', { className: 'number' }, 'Amount'),
          ),
        ),
        h(
          'tbody',
          {},
          order.lines.map((line) =>
            h(
              'tr',
              {},
              h('td', {}, tidy(line.description)),
              h('td', { className: 'number' }, String(line.quantity)),
              h('td', { className: 'number' }, pounds(line.unitPrice)),
              h('td', { className: 'number' }, pounds(line.amount)),
            ),
          ),
        ),
        h(
          'tfoot',
          {},
          h(
            'tr',
            {},
            h('td', { colspan: 3 }, order.kind === 'refund' ? 'Paid back' : 'Total'),
            h('td', { className: 'number' }, pounds(order.total)),
          ),
        ),
      ),
    ),
    invoiceButton(order),
  );
}

function invoiceButton(order) {
  const text = order.kind === 'refund' ? 'Download credit note' : 'Download invoice';
  const button = h(
    'button',
    { type: 'button', className: 'button', disabled: !order.invoice },
    order.invoice ? text : 'Invoice is being made…',
  );
  button.addEventListener('click', async () => {
    try {
      const blob = await call(order.invoice, { signedIn: true, as: 'blob' });
      const url = URL.createObjectURL(blob);
      h('a', { href: url, download: `invoice-${order.orderId}.pdf` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      toast(error.message);
    }
  });
  return button;
}

const label = (order) =>
  order.kind === 'refund' && order.status === 'paid' ? 'Paid back' : Object.fromEntries(STEPS)[order.status];

function when(placedAt) {
  const time = new Date(placedAt);
  return Number.isNaN(time.getTime())
    ? placedAt
    : time.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short' });
}

function askToSignIn(place) {
  place.replaceChildren(
    h(
      'div',
      { className: 'notice' },
      h('p', {}, 'Your orders are shown to you alone.'),
      h(
        'button',
        { type: 'button', className: 'button', onclick: () => signIn().catch((error) => toast(error.message)) },
        'Sign in',
      ),
    ),
  );
}

function failed(place, error) {
  if (error.status === 401) return askToSignIn(place);
  place.replaceChildren(h('p', { className: 'error', role: 'alert' }, error.message));
}
