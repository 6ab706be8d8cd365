import { searchAddress } from './address.js';
import { call } from './api.js';
import { byId, failure, h } from './dom.js';
import { navigate } from './navigate.js';
import { card, ghost } from './product-card.js';

const POPULAR = ['Christmas', 'Lantern', 'Heart', 'Tea', 'Garden', 'Vintage', 'Candle'];
/** Milliseconds after the last key before a search is sent. */
const PAUSE = 180;
/** Minimum number of letters for a search. */
const ENOUGH = 3;
/** Number of products on a page in the shop's answer. */
const PAGE_SIZE = 24;

let timer;
/** Number of the newest request. Answers of earlier requests are ignored. */
let asked = 0;
/** The search of the currently shown products. */
let shown;

export function startSearch() {
  byId('chips').append(...POPULAR.map((word) => h('li', {}, h('a', { href: searchAddress(word) }, word))));
  const input = byId('q');
  input.addEventListener('input', () => {
    clearTimeout(timer);
    const q = input.value.trim();
    // While a person types, each search replaces the previous one in the browser's history.
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

/**
 * Shows the products of a search. Without a search, it shows the products of the first popular
 * search.
 */
export async function showSearch({ q, page }) {
  const input = byId('q');
  const isShown = shown?.q === q && shown.page === page;
  // A search that is shown again, as after the sign-in is known, keeps the text that a person types.
  const isTyping = document.activeElement === input && (isShown || input.value.trim() === q);
  if (!isTyping) input.value = q;
  for (const link of document.querySelectorAll('#chips a')) {
    const isCurrent = link.textContent.toLowerCase() === q.toLowerCase();
    if (isCurrent) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  if (isShown) return;
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

/** Removes the old products immediately, because they would be wrong under the new title. */
function wait(q) {
  byId('results-title').textContent = titleOf(q);
  byId('results-count').textContent = 'Searching…';
  byId('results').setAttribute('aria-busy', 'true');
  byId('results').replaceChildren(...Array.from({ length: PAGE_SIZE }, ghost));
}

/** Message if a search found nothing, or if the page is after the last one. */
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
