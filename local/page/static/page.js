// Shows the data that the server sends: one line of JSON each second. Texts are inserted as text,
// never as markup.

const token = location.hash.slice(1);
/** Milliseconds before a lost connection is opened again. */
const RETRY = 2_000;
const REQUESTS_READ = 200;
const REQUESTS_SHOWN = 40;
const CHAINS_SHOWN = 30;

/** Columns with numbers. */
const NUMBERS = [
  'Waiting',
  'In flight',
  'Oldest',
  'Handled',
  'Failed',
  'Last took',
  'Last at',
  'Count',
  'Status',
  'Took',
];

let state;
let connection;

const byId = (id) => document.getElementById(id);

function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

const plural = (count, word) => `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;

const clock = (time) => new Date(time).toLocaleTimeString('en-GB');

const took = (value) => (value === undefined ? '' : `${value.toLocaleString('en')} ms`);

/** Removes the stack's name from the names of queues and tables, if all of them start with it. */
function withShortNames(given) {
  const named = [...given.queues, ...given.tables];
  const prefix = `${named[0]?.name.split('/')[0]}/`;
  if (named.some(({ name }) => !name.startsWith(prefix))) return given;
  const short = (list) => list.map((one) => ({ ...one, name: one.name.slice(prefix.length) }));
  return { ...given, queues: short(given.queues), tables: short(given.tables) };
}

/** A path that the browser may wrap after each slash. */
const breakable = (path) => path.split('/').flatMap((part, i) => (i === 0 ? [part] : ['/', h('wbr'), part]));

/** Columns that a phone leaves out. */
const WIDE = ['Behaviour', 'Rule or reason'];

function classOf(head) {
  if (head === 'Held' || head === 'Items') return 'bar';
  return WIDE.includes(head) ? 'wide-only' : NUMBERS.includes(head) && 'number';
}

/** A table with a head, or a sentence if it is empty. */
function table(caption, heads, rows, empty) {
  if (rows.length === 0) return h('p', {}, empty);
  return h(
    'table',
    { 'aria-label': caption },
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        heads.map((head) => h('th', { scope: 'col', class: classOf(head) }, head)),
      ),
    ),
    h('tbody', {}, rows),
  );
}

const number = (text, isBad = false) => h('td', { class: isBad ? 'number bad' : 'number' }, text);

/**
 * The state in short: which queue has the most waiting messages, and how many messages are in each
 * dead-letter queue.
 */
function summary({ queues }) {
  const dead = queues.filter(({ isDeadLetters, waiting, inFlight }) => isDeadLetters && waiting + inFlight > 0);
  const busy = queues
    .filter(({ isDeadLetters, waiting }) => !isDeadLetters && waiting > 0)
    .sort((a, b) => b.waiting - a.waiting);
  const parts = [
    ...dead.map(({ name, waiting, inFlight }) => `${name} holds ${plural(waiting + inFlight, 'dead letter')}.`),
    ...busy
      .slice(0, 1)
      .map(
        ({ name, waiting, oldestSeconds }) =>
          `Most work waits in ${name}: ${plural(waiting, 'message')}, the oldest for ${oldestSeconds} s.`,
      ),
  ];
  return { text: parts.join(' ') || 'No message waits.', isBad: dead.length > 0 };
}

function queueRows({ queues }) {
  const most = Math.max(10, ...queues.map(({ waiting, inFlight }) => waiting + inFlight));
  return queues.map(({ name, waiting, inFlight, oldestSeconds, isDeadLetters }) => {
    const held = waiting + inFlight;
    const isBad = isDeadLetters && held > 0;
    return h(
      'tr',
      {},
      h('th', { scope: 'row', class: isBad ? 'bad' : false }, breakable(name)),
      h(
        'td',
        { class: 'bar' },
        h('meter', {
          min: 0,
          max: most,
          // A meter above its 'high' is drawn in a warning colour.
          low: isDeadLetters ? 0 : most * 0.5,
          high: isDeadLetters ? 0.5 : most * 0.8,
          optimum: 0,
          value: held,
          'aria-label': `messages in ${name}`,
        }),
      ),
      number(String(waiting), isBad),
      number(String(inFlight)),
      number(oldestSeconds === undefined ? '' : `${oldestSeconds} s`),
    );
  });
}

function moduleRows({ modules }) {
  return modules.map(({ name, handled, failed, lastMs, lastTime, lastError }) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, breakable(name), lastError && h('div', { class: 'bad' }, lastError)),
      number(String(handled)),
      number(String(failed), failed > 0),
      number(took(lastMs)),
      number(clock(lastTime)),
    ),
  );
}

function tableRows({ tables }) {
  const most = Math.max(1, ...tables.flatMap(({ shards }) => shards.map(({ items }) => items)));
  return tables.flatMap(({ name, shards }) =>
    shards.map((shard, i) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, i === 0 ? name : ''),
        h(
          'td',
          {},
          h(
            'button',
            {
              type: 'button',
              'aria-label': `items of ${name} ${shard.name}`,
              onclick: () => void showItems(name, shard),
            },
            shard.name,
          ),
        ),
        h(
          'td',
          { class: 'bar' },
          h('meter', { min: 0, max: most, value: shard.items, 'aria-label': `items in ${name} ${shard.name}` }),
        ),
        number(`${shard.items.toLocaleString('en')}${shard.isMore ? ' or more' : ''}`),
      ),
    ),
  );
}

async function showItems(name, { name: shard, tableName }) {
  const query = new URLSearchParams({ table: tableName, ...(byId('values').checked ? { values: 'yes' } : {}) });
  const response = await fetch(`/items?${query}`, { headers: { authorization: `Bearer ${token}` } });
  const title = h('h3', {}, `${name} ${shard}`);
  if (!response.ok) return byId('items').replaceChildren(title, h('p', { class: 'bad' }, await response.text()));
  const items = await response.json();
  byId('items').replaceChildren(
    title,
    items.length === 0
      ? h('p', {}, 'It holds no item.')
      : h(
          'ol',
          {},
          items.map((item) =>
            h(
              'li',
              { class: 'mono' },
              Object.entries(item)
                .map(
                  ([attribute, { type, value }]) =>
                    `${attribute}: ${value === undefined ? type : JSON.stringify(value)}`,
                )
                .join(', '),
            ),
          ),
        ),
  );
}

/** The newest requests. Consecutive equal requests are one row. */
function requestGroups({ requests, chains }) {
  const groups = [];
  for (const request of requests.slice(-REQUESTS_READ).reverse()) {
    const { method, path, route, behavior, entrance, status, result, rule, reason, originRequestId } = request;
    const hasMessages = chains.some(({ correlationId }) => correlationId === originRequestId);
    const asked = path === undefined ? (route ?? `${method} ${behavior ?? ''}`) : `${method} ${path}`;
    const key = JSON.stringify([
      asked,
      behavior ?? entrance,
      status,
      result,
      rule,
      reason,
      hasMessages && originRequestId,
    ]);
    if (groups.at(-1)?.key === key) groups.at(-1).times++;
    else groups.push({ ...request, key, asked, hasMessages, times: 1 });
  }
  return groups.slice(0, REQUESTS_SHOWN);
}

function requestRows(shown) {
  return requestGroups(shown).map(
    ({ time, asked, times, behavior, entrance, status, result, rule, reason, ms, hasMessages, originRequestId }) =>
      h(
        'tr',
        {},
        h('td', {}, clock(time)),
        h('td', { class: 'mono' }, asked, times > 1 && h('small', {}, ` ${times} times`)),
        number(String(status), status >= 500),
        h('td', {}, result ?? ''),
        h('td', { class: 'mono wide-only' }, behavior ?? entrance),
        h('td', { class: 'wide-only' }, [rule, reason].filter(Boolean).join(': ')),
        number(took(ms)),
        h('td', {}, hasMessages && h('button', { type: 'button', onclick: () => find(originRequestId) }, 'Messages')),
      ),
  );
}

function find(id) {
  byId('find').value = id;
  draw();
  byId('find').scrollIntoView();
}

function chainList({ chains }) {
  const wanted = byId('find').value.trim();
  const found = chains.filter(
    ({ correlationId, steps }) =>
      wanted === '' || correlationId.includes(wanted) || steps.some(({ messageId }) => messageId?.includes(wanted)),
  );
  if (found.length === 0)
    return [h('p', {}, wanted === '' ? 'No message has been sent yet.' : 'No message has this id.')];
  return found
    .slice(-CHAINS_SHOWN)
    .reverse()
    .map(({ correlationId, steps }) =>
      h(
        'ol',
        { class: 'chain', 'aria-label': `chain ${correlationId}` },
        h('li', { class: 'number' }, clock(steps[0].time)),
        steps.map((step) => chainStep(step, steps[0].time)),
      ),
    );
}

function chainStep({ kind, name, outcome, ok, time, receiveCount, messageId }, began) {
  const says =
    kind === 'relayed'
      ? `queue of ${name}`
      : `${name}: ${outcome}${receiveCount > 1 ? `, delivery ${receiveCount}` : ''}`;
  const after = time - began;
  return h(
    'li',
    {},
    h('span', { class: ['step', kind, !ok && 'failed'].filter(Boolean).join(' '), title: messageId }, says),
    after > 0 && h('small', {}, `+${took(after)}`),
  );
}

/** Replaces the content of an element, unless the user is about to use a part of it. */
function show(id, ...content) {
  const element = byId(id);
  if (element.contains(document.activeElement)) return;
  element.replaceChildren(...content);
}

function draw() {
  if (state === undefined) return;
  const { text, isBad } = summary(state);
  if (byId('summary').textContent !== text) byId('summary').textContent = text;
  byId('summary').className = isBad ? 'bad' : '';
  show(
    'queues',
    table('Queues', ['Queue', 'Held', 'Waiting', 'In flight', 'Oldest'], queueRows(state), 'The app has no queue.'),
  );
  show(
    'modules',
    table(
      'Functions',
      ['Function', 'Handled', 'Failed', 'Last took', 'Last at'],
      moduleRows(state),
      'No function has run yet.',
    ),
  );
  show('tables', table('Tables', ['Table', 'Shard', 'Items', 'Count'], tableRows(state), 'The app has no table.'));
  show(
    'requests',
    table(
      'Requests',
      ['Time', 'Request', 'Status', 'Edge', 'Behaviour', 'Rule or reason', 'Took', 'Messages'],
      requestRows(state),
      'No request has arrived yet.',
    ),
  );
  show('chains', ...chainList(state));
}

async function listen() {
  connection?.abort();
  const own = new AbortController();
  connection = own;
  try {
    const response = await fetch(byId('values').checked ? '/live?values=yes' : '/live', {
      headers: { authorization: `Bearer ${token}` },
      signal: own.signal,
    });
    if (!response.ok) {
      byId('summary').textContent = await response.text();
      return;
    }
    await read(response.body);
  } catch {
    if (own.signal.aborted) return;
  }
  byId('summary').textContent = 'The app isn’t running any more.';
  byId('summary').className = 'bad';
  setTimeout(() => own === connection && void listen(), RETRY);
}

async function read(body) {
  const decoder = new TextDecoder();
  let text = '';
  // Safari can't iterate over a stream.
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    const lines = text.split('\n');
    text = lines.pop();
    if (lines.length === 0) continue;
    state = withShortNames(JSON.parse(lines.at(-1)));
    draw();
  }
}

byId('values').addEventListener('change', () => {
  byId('items').replaceChildren();
  void listen();
});
byId('find').addEventListener('input', draw);
void listen();
