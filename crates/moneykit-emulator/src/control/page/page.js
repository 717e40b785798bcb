// The page for people: reads the control API and shows what it returns.
//
// Requests come from anyone, so their parts only ever become text nodes. The Content-Security-Policy forbids the rest.
'use strict';

const POLL_MS = 1000;
// The state changes less often than the journal, and is more to read.
const POLLS_PER_STATE = 2;
const MAX_REQUESTS = 300;
const ANNOUNCE_MS = 5000;
const KEY = 'emulator-control-key';

const api = new URL('./', location.href);
const baseUrl = api.href.replace(/\/__emulator\/$/, '');
const rootUrl = baseUrl.replace(/\/s\/[^/]+$/, '');
const sessionName = baseUrl === rootUrl ? null : decodeURIComponent(baseUrl.slice(rootUrl.length + '/s/'.length));

const byId = (id) => document.getElementById(id);

// Creates an element. Children are elements, or text.
function element(name, attributes, ...children) {
  const created = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) created.setAttribute(attribute, value);
  created.append(...children.filter((child) => child !== null));
  return created;
}

const text = (value) => (value === null || value === undefined ? '–' : String(value));

// ---- The control API

class KeyRequired extends Error {}

async function get(path) {
  const key = sessionStorage.getItem(KEY);
  const headers = key === null ? {} : { 'X-Emulator-Key': key };
  const options = { headers, cache: 'no-store', credentials: 'omit', redirect: 'error' };
  const response = await fetch(new URL(path, api), options);
  if (response.ok) return response.json();
  const error = await response.json().catch(() => ({}));
  if (response.status === 401) throw new KeyRequired();
  throw new Error(error.error_message ?? `status ${response.status}`);
}

// ---- The journal

const journal = {
  cursor: null,
  items: new Map(),
  // The time of day at which the session started, for the times of requests.
  startedAt: 0,
};

async function followJournal() {
  if (journal.cursor === null) {
    const { last_id: lastId } = await get('requests?limit=0');
    journal.cursor = Math.max(0, lastId - MAX_REQUESTS);
  }
  const page = await get(`requests?since=${journal.cursor}`);
  if (page.last_id < journal.cursor) {
    // The session was replaced by a new one.
    clearJournal();
    journal.cursor = null;
    return followJournal();
  }
  for (const request of page.requests) {
    const item = requestItem(request);
    journal.items.set(request.id, item);
    byId('journal').prepend(item);
  }
  // Not `last_id`, since a page has a maximum size.
  journal.cursor = page.requests.at(-1)?.id ?? page.last_id;
  byId('dropped').hidden = page.dropped === 0;
  byId('dropped').textContent = `${page.dropped} older requests were dropped because of the journal’s limits.`;
  await forgetRequests();
  byId('no-requests').hidden = journal.items.size > 0;
  announce(page.requests.length);
}

// Removes the requests that the journal no longer contains, and the oldest ones of too many.
async function forgetRequests() {
  const { requests } = await get('requests?limit=1');
  const oldest = requests[0]?.id ?? Infinity;
  for (const [id, item] of journal.items) {
    if (id >= oldest && journal.items.size <= MAX_REQUESTS) break;
    item.remove();
    journal.items.delete(id);
  }
}

function clearJournal() {
  byId('journal').replaceChildren();
  journal.items.clear();
}

function requestItem(request) {
  const path = request.query === null ? request.path : `${request.path}?${request.query}`;
  const time = new Date(journal.startedAt + request.received_at_ms);
  return element(
    'li',
    {},
    element(
      'details',
      {},
      element(
        'summary',
        {},
        statusBadge(request.status),
        element('span', { class: 'mono method' }, request.method),
        element('span', { class: 'mono path' }, path),
        element('time', { datetime: isoTime(time) }, time.toLocaleTimeString()),
        element('span', { class: 'tags' }, ...requestTags(request)),
      ),
      requestDetail(request),
    ),
  );
}

function statusBadge(status) {
  if (status === null) return element('span', { class: 'badge warning', title: 'The client went away' }, 'gone');
  const kind = status < 400 ? 'good' : status < 500 ? 'warning' : 'bad';
  return element('span', { class: `badge ${kind}` }, String(status));
}

function requestTags(request) {
  const tags = [];
  const add = (label, kind = '') => tags.push(element('span', { class: `tag ${kind}` }, label));
  if (request.client_id !== null) add(`client ${request.client_id}`);
  if (request.token !== null) add(`token ${request.token}`);
  if (request.operation) add(`operation ${request.operation}`);
  if (request.stub !== null) add(`stub ${request.stub}`);
  if (request.fault !== null) add(`fault ${request.fault}`, 'bad');
  if (request.rate_limited) add('rate limited', 'warning');
  if (request.violations?.length) add('breaks the contract', 'bad');
  return tags;
}

function requestDetail(request) {
  const headers = Object.entries(request.headers).flatMap(([name, values]) =>
    values.map((value) => `${name}: ${value}`),
  );
  const violations = (request.violations ?? []).map((violation) => element('li', {}, violation));
  return element(
    'div',
    { class: 'detail' },
    violations.length > 0 ? element('ul', { class: 'notice bad' }, ...violations) : null,
    facts([
      ['Number', request.id],
      ['Duration', `${(request.duration_us / 1000).toFixed(1)} ms`],
      ['Body', `${request.body_bytes} bytes`],
    ]),
    element('pre', { tabindex: '0', 'aria-label': 'Headers' }, headers.join('\n')),
    request.body === null ? null : element('pre', { tabindex: '0', 'aria-label': 'Body' }, request.body),
  );
}

// Tells screen readers about new requests, but not about each.
const news = { count: 0, last: 0 };

function announce(count) {
  news.count += count;
  const now = performance.now();
  if (news.count === 0 || now - news.last < ANNOUNCE_MS) return;
  byId('news').textContent = news.count === 1 ? 'One new request' : `${news.count} new requests`;
  news.count = 0;
  news.last = now;
}

// ---- The rest of the state

// Shows values that changed since the last time, so that neither focus nor selection is lost without need.
const shown = new Map();

function show(id, value, render) {
  const json = JSON.stringify(value);
  if (shown.get(id) === json) return;
  shown.set(id, json);
  byId(id).replaceChildren(...render(value));
}

async function showState() {
  const paths = ['clock', 'counts', 'settings', 'stubs', 'faults', 'rate-limits', 'clients', 'tokens'];
  const [clock, counts, settings, stubs, faults, limits, clients, tokens] = await Promise.all(paths.map(get));
  showClock(clock, settings);
  show('counts', counts, () =>
    factItems([
      ['Token requests', counts.token],
      ['Tokens issued', counts.tokens_issued],
      ['API requests', counts.api],
      ['Rejected', counts.api_rejected],
    ]),
  );
  show('unmatched', settings.unmatched, (unmatched) => [
    unmatched === 'echo'
      ? 'Requests that match none are echoed with 200.'
      : 'Requests that match none fail with 404.',
  ]);
  show('stub-list', stubs.stubs, (list) => listOr('No stubs.', list.map(stubItem)));
  show('fault-list', { faults, limits }, () => listOr('No faults, and no rate limits.', faultItems(faults, limits)));
  show('client-list', clients.clients, (list) => [clientTable(list)]);
  show('token-list', tokens.tokens, (list) => (list.length === 0 ? listOr('No tokens.', []) : [tokenTable(list)]));
  const sessions = sessionName === null ? (await get('sessions')).sessions : null;
  show('session-list', sessions, sessionItems);
}

function showClock(clock, settings) {
  journal.startedAt = clock.unix_ms - clock.now_ms;
  const now = new Date(clock.unix_ms);
  byId('clock-facts').replaceChildren(
    ...factItems([
      ['Time of day', Number.isNaN(now.getTime()) ? `${clock.unix_ms} ms` : now.toLocaleString()],
      ['Since the start', duration(clock.now_ms)],
      ['State', clock.frozen ? 'frozen' : 'running'],
      ['Token lifetime', duration(settings.token_lifetime_ms)],
    ]),
  );
}

function stubItem({ id, request, responses, times, matched }) {
  const statuses = responses.length === 0 ? '200' : responses.map(({ status }) => status).join(', ');
  const conditions = ['query', 'headers', 'body'].filter((condition) => condition in request);
  const used = times === undefined ? `requests: ${matched}` : `requests: ${matched} of ${times}`;
  const details = [id, `responds ${statuses}`, used];
  if (conditions.length > 0) details.push(`with conditions on ${conditions.join(', ')}`);
  return element(
    'li',
    {},
    element('div', { class: 'mono' }, `${request.method ?? 'any method'} ${request.path}`),
    element('div', { class: 'muted' }, details.join(' · ')),
  );
}

function faultItems({ queue, random }, limits) {
  const item = (title, details) =>
    element('li', {}, element('div', { class: 'mono' }, title), element('div', { class: 'muted' }, details));
  const members = ({ type, ...rest }) => {
    const list = Object.entries(rest).map((pair) => pair.join(' ')).join(', ');
    return list === '' ? type : `${type} (${list})`;
  };
  return [
    ...queue.map(({ target, requests, fault }) => item(members(fault), `next requests to ${target}: ${requests}`)),
    ...(random.rules ?? []).map(({ fault, one_in: oneIn, target }) =>
      item(members(fault), `${oneIn === 1 ? 'all' : `one in ${oneIn}`} requests to ${target}`),
    ),
    ...Object.entries(limits)
      .filter(([, limit]) => limit !== null)
      .map(([target, { capacity, refill_per_second: refill }]) =>
        item(`rate limit of ${target}`, `${capacity} requests, and ${refill} more per second`),
      ),
  ];
}

function clientTable(clients) {
  const rows = clients.map((client) => [
    client.id,
    client.scopes === null ? 'every scope' : client.scopes.join(' ') || 'none',
    client.token_lifetime_ms === null ? 'default' : duration(client.token_lifetime_ms),
  ]);
  return table('Clients', ['ID', 'Scopes', 'Token lifetime'], rows);
}

function tokenTable(tokens) {
  const rows = tokens.map((token) => [
    token.number,
    token.client_id,
    token.scopes === null ? 'every scope' : token.scopes.join(' ') || 'none',
    token.state === 'active' ? `active, ${duration(token.expires_in_ms)} left` : token.state,
  ]);
  return table('Tokens', ['Number', 'Client', 'Scopes', 'State'], rows);
}

function sessionItems(sessions) {
  if (sessions === null) {
    const link = element('a', { href: `${rootUrl}/__emulator/` }, 'the default session');
    return [element('p', {}, 'The list is on the page of ', link, '.')];
  }
  return listOr('Only the default one.', sessions.map(({ name }) => {
    const href = `${rootUrl}/s/${encodeURIComponent(name)}/__emulator/`;
    return element('li', {}, element('a', { href }, name));
  }));
}

// ---- Building blocks

function factItems(pairs) {
  return pairs.map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, text(value))),
  );
}

const facts = (pairs) => element('dl', { class: 'facts' }, ...factItems(pairs));

function listOr(otherwise, items) {
  return items.length > 0
    ? [element('ul', { class: 'list' }, ...items)]
    : [element('p', { class: 'empty' }, otherwise)];
}

// A table in a box that the keyboard can scroll.
function table(label, columns, rows) {
  const head = element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)));
  const body = rows.map(([first, ...rest]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'mono' }, text(first)),
      ...rest.map((cell) => element('td', {}, text(cell))),
    ),
  );
  const content = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  return element('div', { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': label }, content);
}

function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return `${ms} ms`;
  const parts = [
    [Math.floor(seconds / 86400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  // The two largest units are exact enough.
  return parts.filter(([amount]) => amount > 0).slice(0, 2).map((part) => part.join(' ')).join(' ');
}

const isoTime = (time) => (Number.isNaN(time.getTime()) ? '' : time.toISOString());

// ---- Following the emulator

let isPaused = false;

function setConnection(message) {
  // Setting the same text again would make screen readers repeat it.
  if (byId('connection').textContent !== message) byId('connection').textContent = message;
}

// Shows either the form for the key or the state.
function setLocked(isLocked) {
  byId('key-form').hidden = !isLocked;
  byId('sections').hidden = isLocked;
  byId('main').hidden = isLocked;
}

function askForKey(message) {
  setLocked(true);
  byId('key').focus();
  byId('key-error').textContent = message;
}

async function poll(round) {
  let wait = POLL_MS;
  try {
    if (!isPaused && document.visibilityState === 'visible') {
      if (round % POLLS_PER_STATE === 0) await showState();
      await followJournal();
      setLocked(false);
      setConnection('live');
    }
  } catch (error) {
    if (error instanceof KeyRequired) {
      setConnection('locked');
      askForKey(sessionStorage.getItem(KEY) === null ? '' : 'The emulator refused this key. Check it and try again.');
      sessionStorage.removeItem(KEY);
      return;
    }
    setConnection(`no response, retrying (${error.message})`);
    wait = 3 * POLL_MS;
  }
  setTimeout(poll, wait, round + 1);
}

byId('url').textContent = baseUrl;
byId('session').textContent = sessionName ?? 'default';

byId('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  setConnection(isPaused ? 'paused' : 'live');
});

byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId('key').value);
  byId('key').value = '';
  poll(0);
});

get('ready').then(({ version }) => { byId('version').textContent = version; }, () => {});
poll(0);
