// Stubs, faults, rate limits, the journal, and sessions.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Api, bearer, CLIENT_ID, CLIENT_SECRET, start } from './emulator.js';

let emulator;
let sessions = 0;

before(async () => (emulator = await start()));
after(() => emulator.stop());

const session = (config) => emulator.session(`api-${++sessions}`, config);

test('a stub responds in sequence, and repeats the last response', async () => {
  const api = await session();
  await api.stub('/links/{link_id}', [{ status: 503 }, { json: { link_id: 'lnk_1' } }]);
  const token = await api.token();
  const statuses = [];
  for (let attempt = 0; attempt < 3; attempt++) statuses.push((await api.get('/links/lnk_1', token)).status);
  assert.deepEqual(statuses, [503, 200, 200]);
});

test('a stub has conditions on query, headers and body, and a number of times', async () => {
  const api = await session({ unmatched: 'fail' });
  const request = {
    method: 'POST',
    query: { dry_run: 'true' },
    headers: { 'Idempotency-Key': 'key-1' },
    body: { contains_json: { amount: '12.50' } },
  };
  await api.stub('/transfers', [{ status: 201 }], { request, times: 1 });
  const headers = { ...bearer(await api.token()), 'Content-Type': 'application/json', 'Idempotency-Key': 'key-1' };
  const body = JSON.stringify({ amount: '12.50', currency: 'USD' });
  const send = (path, options) => api.request('POST', path, { headers, body, ...options });

  assert.equal((await send('/transfers')).status, 404);
  assert.equal((await send('/transfers?dry_run=true', { body: '{}' })).status, 404);
  assert.equal((await send('/transfers?dry_run=true')).status, 201);
  const { error_code: code, error_message: message } = await (await send('/transfers?dry_run=true')).json();
  assert.equal(code, 'emulator_error.no_stub');
  assert.match(message, /POST \/transfers.*already responded 1 times/);
});

test('a delayed response runs into the timeout of the client', async () => {
  const api = await session();
  await api.stub('/slow', [{ delay_ms: 60_000 }]);
  const token = await api.token();
  await assert.rejects(api.get('/slow', token, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
});

test('429 has Retry-After', async () => {
  const api = await session();
  await api.fault('token_endpoint', { type: 'status', status: 429, retry_after_ms: 3000 });
  const response = await api.requestToken();
  assert.deepEqual([response.status, response.headers.get('Retry-After')], [429, '3']);
  assert.equal((await response.json()).error_code, 'api_error.rate_limit_exceeded');
});

test('a 401 for one path leaves the others alone', async () => {
  const api = await session();
  const token = await api.token();
  await api.fault('/links/*', { type: 'status', status: 401 }, 2);
  const statuses = [];
  for (const path of ['/links/a', '/accounts', '/links/b', '/links/a']) statuses.push((await api.get(path, token)).status);
  assert.deepEqual(statuses, [401, 200, 401, 200]);
});

for (const fault of [
  { type: 'reset_after', bytes: 0 },
  { type: 'close_after', bytes: 0 },
  { type: 'close_after', bytes: 40 },
  { type: 'truncate_body', bytes: 5 },
]) {
  test(`${fault.type} ${fault.bytes} breaks the response`, async () => {
    const api = await session();
    const token = await api.token();
    await api.fault('api', fault);
    await assert.rejects(api.get('/links', token).then((response) => response.text()));
    assert.equal((await api.get('/links', token)).status, 200);
  });
}

test('a slow body arrives in pieces', async () => {
  const api = await session();
  await api.stub('/links', [{ text: '0123456789' }]);
  const token = await api.token();
  await api.fault('api', { type: 'slow_body', chunk_bytes: 2, interval_ms: 40 });
  const pieces = [];
  for await (const piece of (await api.get('/links', token)).body) pieces.push(Buffer.from(piece).toString());
  assert.equal(pieces.join(''), '0123456789');
  assert.ok(pieces.length > 1);
});

test('garbage and another content type', async () => {
  const api = await session();
  await api.fault('token_endpoint', { type: 'garbage', body: '<html>' });
  await assert.rejects((await api.requestToken()).json(), SyntaxError);
  await api.fault('token_endpoint', { type: 'content_type', content_type: 'text/html' });
  assert.equal((await api.requestToken()).headers.get('Content-Type'), 'text/html');
});

test('a rate limit refills by the clock', async () => {
  const api = await session();
  await api.control('PATCH', '/clock', { frozen: true });
  await api.control('PUT', '/rate-limits', { token_endpoint: { capacity: 1, refill_per_second: 1 } });
  const statuses = [(await api.requestToken()).status, (await api.requestToken()).status];
  await api.advance(1);
  statuses.push((await api.requestToken()).status);
  assert.deepEqual(statuses, [201, 429, 201]);
});

test('the journal lists, filters, counts and waits', async () => {
  const api = await session();
  const token = await api.token();
  const waiting = api.requests({ path: '/links/{link_id}', min_count: 2, timeout_ms: 20_000 });
  await api.get('/links/a', token);
  await api.get('/links/b?page=2', token);
  const { requests, matched, timed_out: timedOut } = await waiting;
  assert.deepEqual([matched, timedOut], [2, false]);
  assert.deepEqual(requests.map((request) => [request.path, request.query]), [['/links/a', null], ['/links/b', 'page=2']]);
  assert.equal((await api.requests({ limit: 0 })).matched, 3);
  assert.equal((await api.requests({ method: 'POST', status: 201 })).matched, 1);
  assert.deepEqual(await api.control('GET', '/counts'), { token: 1, tokens_issued: 1, api: 2, api_rejected: 0 });
});

test('the journal contains neither secret nor token', async () => {
  const api = await session();
  const token = await api.token();
  await api.get(`/links/${token}?token=${token}&secret=${CLIENT_SECRET}`, token);
  const text = JSON.stringify(await api.requests());
  assert.ok(text.includes(CLIENT_ID) && text.includes('[redacted]'));
  assert.ok(!text.includes(token) && !text.includes(CLIENT_SECRET));
});

test('sessions in parallel do not meet', async () => {
  await Promise.all(
    Array.from({ length: 10 }, async (_, number) => {
      const api = await session();
      await api.stub('/links', [{ json: { number } }]);
      const token = await api.token();
      const responses = await Promise.all(Array.from({ length: 5 }, () => api.get('/links', token)));
      for (const response of responses) assert.deepEqual(await response.json(), { number });
      assert.equal((await api.requests({ path: '/links', limit: 0 })).matched, 5);
      assert.equal((await emulator.get('/links', token)).status, 401);
    }),
  );
});

test('a removed session is an error that says how to create it', async () => {
  const api = await session();
  await emulator.control('DELETE', `/sessions/${api.url.split('/').at(-1)}`, undefined, 204);
  const response = await new Api(api.url).requestToken();
  assert.equal(response.status, 404);
  assert.match((await response.json()).error_message, /PUT \/__emulator\/sessions\/\{name\}/);
});
