import { searchAddress } from './address.js';
import { call } from './api.js';
import { byId, failure, h } from './dom.js';
import { navigate } from './navigate.js';
import { card, ghost } from './product-card.js';

const POPULAR = ['Christmas', 'Lantern', 'Heart', 'Tea', 'Garden', 'Vintage', 'Candle'];
/** Milliseconds without a key before a search is sent. */
const PAUSE = 180;
/** Letters from which on the beginnings of words are found. */
const ENOUGH = 3;
/** Products of a page, as the shop answers them. */
const PAGE_SIZE = 24;

let timer;
/** A late answer must not replace a newer one. */
let asked = 0;
/** The search whose products are shown. */
let shown;

export function startSearch() {
  byId('chips').append(...POPULAR.map((word) => h('li', {}, h('a', { href: searchAddress(word) }, word))));
  const input = byId('q');
  input.addEventListener('input', () => {
    clearTimeout(timer);
    const q = input.value.trim();
    // While somebody types, the back button skips what they typed before.
    if (q.length >= ENOUGH || q === '') timer = setTimeout(() => navigate(searchAddress(q), { replace: true }), PAUSE);
  });
  byId('search-form').addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    navigate(searchAddress(input.value.trim()));
  });
  for (const [id, step] of [
    ['page-back', -1],
    ['page-on', 1],
  ]) {
    byId(id).addEventListener('click', () => {
      if (byId(id).getAttribute('aria-disabled') === 'true') return;
      navigate(searchAddress(shown.q, shown.page + step));
      byId('results-title').scrollIntoView();
    });
  }
}

/** Shows the products of a search; of the first popular one to somebody who hasn't searched. */
export async function showSearch({ q, page }) {
  const input = byId('q');
  if (document.activeElement !== input || input.value.trim() !== q) input.value = q;
  for (const link of document.querySelectorAll('#chips a')) {
    const isCurrent = link.textContent.toLowerCase() === q.toLowerCase();
    if (isCurrent) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  if (shown?.q === q && shown.page === page) return;
  const turn = ++asked;
  wait(q);
  shown = { q, page };
  const query = new URLSearchParams({
    q: (q || POPULAR[0]).toLowerCase(),
    ...(page > 1 ? { page: String(page) } : {}),
  });
  try {
    const answer = await call(`/search?${query}`);
    if (turn === asked) show(q, answer);
  } catch (error) {
    if (turn === asked) fail(error.message, { q, page });
  }
}

const titleOf = (q) => (q === '' ? `In the window: ${POPULAR[0]}` : `“${q}”`);

/** Takes the old products away at once: under another title they would be wrong. */
function wait(q) {
  byId('results-title').textContent = titleOf(q);
  byId('results-count').textContent = 'Searching…';
  byId('results').setAttribute('aria-busy', 'true');
  byId('results').replaceChildren(...Array.from({ length: PAGE_SIZE }, ghost));
}

/** Says that a search has found nothing, or that the page lies behind its last one. */
function nothing(q, { page, pages, total }) {
  if (total === 0) return ['Nothing by that name. Try the beginning of a word: “lant”, “heart”, “bottle”.'];
  return [
    `There is no page ${page}. `,
    h('a', { href: searchAddress(q, pages) }, `Go to page ${pages}, the last one.`),
  ];
}

function show(q, answer) {
  const { products, page, pages, total } = answer;
  byId('results-title').textContent = titleOf(q);
  byId('results-count').textContent = total === 1 ? '1 product' : `${total} products`;
  place(
    ...(products.length > 0 ? products.map(card) : [h('li', { className: 'notice whole-row' }, ...nothing(q, answer))]),
  );
  byId('pager').hidden = pages < 2;
  byId('page-now').textContent = `Page ${page} of ${pages}`;
  byId('page-back').setAttribute('aria-disabled', String(page <= 1));
  byId('page-on').setAttribute('aria-disabled', String(page >= pages));
}

function fail(message, search) {
  shown = undefined;
  byId('results-count').textContent = '';
  byId('pager').hidden = true;
  place(
    h(
      'li',
      { className: 'whole-row' },
      failure(message, () => void showSearch(search)),
    ),
  );
}

function place(...items) {
  byId('results').removeAttribute('aria-busy');
  byId('results').replaceChildren(...items);
}
