import { call } from './api.js';
import { seascape } from './art.js';
import * as basket from './basket.js';
import { byId, h, toast } from './dom.js';
import { pounds } from './money.js';

const POPULAR = ['Christmas', 'Lantern', 'Heart', 'Tea', 'Garden', 'Vintage', 'Candle'];
/** Milliseconds without a key before a search is sent; the edge answers most of them. */
const PAUSE = 180;
/** Letters from which on the beginnings of words are found. */
const ENOUGH = 3;

let timer;
let current = { q: '', page: 1 };
/** A late answer must not overwrite a newer one. */
let asked = 0;

export function startShop() {
  byId('chips').append(
    ...POPULAR.map((word) => h('li', {}, h('button', { type: 'button', onclick: () => choose(word) }, word))),
  );
  const input = byId('q');
  input.addEventListener('input', () => {
    clearTimeout(timer);
    const q = input.value.trim();
    if (q.length >= ENOUGH) timer = setTimeout(() => void search(q), PAUSE);
    else if (q === '') timer = setTimeout(() => void showWindow(), PAUSE);
  });
  byId('search-form').addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const q = input.value.trim();
    if (q === '') void showWindow();
    else void search(q);
  });
  byId('page-back').addEventListener('click', () => void search(current.q, current.page - 1));
  byId('page-on').addEventListener('click', () => void search(current.q, current.page + 1));
  void showWindow();
}

/** What is shown to somebody who hasn't asked for anything yet. */
const showWindow = () => search(POPULAR[0], 1, 'In the window: Christmas');

function choose(word) {
  byId('q').value = word;
  void search(word);
}

async function search(q, page = 1, title = `“${q}”`) {
  const turn = ++asked;
  current = { q, page };
  for (const button of document.querySelectorAll('#chips button')) {
    button.setAttribute('aria-pressed', String(button.textContent.toLowerCase() === q.toLowerCase()));
  }
  const query = new URLSearchParams({ q: q.toLowerCase() });
  if (page > 1) query.set('page', String(page));
  try {
    const answer = await call(`/search?${query}`);
    if (turn !== asked) return;
    show(title, answer);
  } catch (error) {
    if (turn !== asked) return;
    byId('results').replaceChildren(h('li', { className: 'error' }, error.message));
    byId('results-count').textContent = '';
    byId('pager').hidden = true;
  }
}

function show(title, { products, page, pages, total }) {
  byId('results-title').textContent = title;
  byId('results-count').textContent = total === 1 ? '1 product' : `${total} products`;
  byId('results').replaceChildren(
    ...(products.length > 0
      ? products.map(card)
      : [
          h(
            'li',
            { className: 'notice' },
            'Nothing by that name. Try the beginning of a word: “lant”, “heart”, “bottle”.',
          ),
        ]),
  );
  byId('pager').hidden = pages < 2;
  byId('page-now').textContent = `Page ${page} of ${pages}`;
  byId('page-back').disabled = page <= 1;
  byId('page-on').disabled = page >= pages;
}

function card(product) {
  const name = tidy(product.description);
  return h(
    'li',
    { className: 'card' },
    seascape(product.sku),
    h(
      'div',
      { className: 'card-body' },
      h('h3', {}, name),
      h('span', { className: 'code' }, product.sku),
      h(
        'div',
        { className: 'card-foot' },
        h('span', { className: 'price' }, pounds(product.price)),
        h(
          'button',
          {
            type: 'button',
            className: 'button quiet',
            'aria-label': `Add ${name} to the basket`,
            onclick: () => {
              basket.add(product);
              toast(`${name} is in your basket`);
            },
          },
          'Add',
        ),
      ),
    ),
  );
}

/** The catalogue shouts in capitals; people needn't. */
export function tidy(description) {
  const text = description.trim().replace(/\s+/g, ' ');
  if (text !== text.toUpperCase()) return text;
  return text.toLowerCase().replace(/(^|[\s/(-])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase());
}
