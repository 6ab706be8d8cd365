import { call } from './api.js';
import { byId, failure, h, toast } from './dom.js';
import { pounds } from './money.js';
import { label, progress, STEPS, when } from './order-words.js';
import { signInNotice } from './orders-view.js';
import { tidy } from './product-card.js';
import { accessToken } from './session.js';

/**
 * Pause between two requests for an incomplete order: first pause, growth factor, and maximum, in
 * milliseconds.
 */
const FIRST_PAUSE = 800;
const GROWTH = 1.4;
const MAX_PAUSE = 20_000;
/** Milliseconds after which an order counts as slow. */
const SLOW = 60_000;

/** Number of the current visit to an order. Code of an earlier visit sends no more requests. */
let visit = 0;

export const leaveOrder = () => visit++;

/** Shows an order, and updates it until it is complete or failed. */
export async function showOrder(orderId) {
  const turn = ++visit;
  const place = byId('order');
  if (!accessToken()) return place.replaceChildren(signInNotice());
  place.replaceChildren(h('p', { className: 'muted' }, 'Looking for your order…'));
  const began = Date.now();
  let order;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, MAX_PAUSE)) {
    let error;
    try {
      order = await call(`/orders/${encodeURIComponent(orderId)}`, { signedIn: true });
    } catch (thrown) {
      error = thrown;
    }
    if (turn !== visit) return;
    if (error?.status === 401) return place.replaceChildren(signInNotice());
    if (order === undefined) return place.replaceChildren(unknown(error, orderId));
    render(place, order, statusOf(order, { error, isSlow: Date.now() - began > SLOW }));
    if (order.status === 'complete' || order.status === 'failed') return;
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (turn !== visit) return;
  }
}

/** Describes the order's status for people. */
function statusOf(order, { error, isSlow }) {
  if (order.status === 'failed') {
    return 'The payment didn’t go through as agreed. We have been told and look into it; please don’t order again yet.';
  }
  if (error) return `We can’t see how your order is doing just now, and keep trying. ${error.message}`;
  const slow = isSlow && order.status !== 'complete';
  return slow
    ? `${progress(order)} It takes longer than usual. Your order is safe, and we keep looking.`
    : progress(order);
}

const unknown = (error, orderId) =>
  h(
    'div',
    {},
    h('h1', {}, error.status === 404 ? 'No such order' : 'Your order can’t be shown'),
    error.status === 404
      ? h('p', {}, 'You have no order with this number.')
      : failure(error.message, () => void showOrder(orderId)),
  );

/**
 * Renders all parts again, except for the element with the status. Its text is changed only if the
 * status differs, because screen readers announce each change.
 */
function render(place, order, status) {
  const view = place.querySelector('.order') ?? frame(place);
  const line = view.querySelector('.order-status');
  if (line.textContent !== status) line.textContent = status;
  line.classList.toggle('error', order.status === 'failed');
  const reached = STEPS.findIndex(([step]) => step === order.status);
  const state = JSON.stringify([order.status, order.invoice]);
  if (view.dataset.state === state) return;
  view.dataset.state = state;
  view.querySelector('.order-head').replaceChildren(
    h('h1', {}, order.kind === 'refund' ? 'Refund ' : 'Order ', order.orderId),
    h('p', { className: 'muted' }, when(order.placedAt)),
    (order.status !== 'failed' &&
      h(
        'ol',
        { className: 'steps', 'aria-label': `Status: ${label(order)}`, role: 'list' },
        STEPS.map(([, text], i) =>
          h('li', { className: i <= reached ? 'done' : i === reached + 1 ? 'next' : '' }, text),
        ),
      )) ||
      '',
  );
  view.querySelector('.order-body').replaceChildren(linesTable(order), invoiceButton(order));
}

function frame(place) {
  const view = h(
    'div',
    { className: 'order' },
    h('div', { className: 'order-head' }),
    h('p', { className: 'order-status', role: 'status' }),
    h('div', { className: 'order-body' }),
  );
  place.replaceChildren(view);
  return view;
}

function linesTable(order) {
  const number = (tag, text) => h(tag, { className: 'number', ...(tag === 'th' ? { scope: 'col' } : {}) }, text);
  return h(
    'div',
    { className: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Products of the order' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Product'),
          number('th', 'Pieces'),
          number('th', 'Price'),
          number('th', 'Amount'),
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
            number('td', String(line.quantity)),
            number('td', pounds(line.unitPrice)),
            number('td', pounds(line.amount)),
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
          number('td', pounds(order.total)),
        ),
      ),
    ),
  );
}

function invoiceButton(order) {
  if (!order.invoice) return '';
  const text = order.kind === 'refund' ? 'Download credit note' : 'Download invoice';
  const button = h('button', { type: 'button', className: 'button' }, text);
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
