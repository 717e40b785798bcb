// The token endpoint, and the life of a token.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { basic, CLIENT_ID, CLIENT_SECRET, start } from './emulator.js';

let emulator;
let sessions = 0;

before(async () => (emulator = await start()));
after(() => emulator.stop());

const session = () => emulator.session(`tokens-${++sessions}`);

for (const [name, fields, headers] of [
  ['in the form', {}, {}],
  ['in Basic and the form', {}, basic(`${CLIENT_ID}:${CLIENT_SECRET}`)],
  ['in the form beside an empty Basic', {}, { Authorization: 'Basic Og==' }],
]) {
  test(`credentials ${name} are accepted`, async () => {
    const response = await (await session()).requestToken(fields, headers);
    assert.equal(response.status, 201);
    const body = await response.json();
    assert.deepEqual([body.token_type, body.expires_in], ['bearer', 3600]);
  });
}

test('credentials in Basic alone are accepted', async () => {
  const api = await session();
  const headers = basic(`${CLIENT_ID}:${CLIENT_SECRET}`);
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  assert.equal((await api.request('POST', '/auth/token', { headers, body })).status, 201);
});

test('wrong credentials and a wrong grant type get the documented error', async () => {
  const api = await session();
  for (const [fields, status] of [[{ client_secret: 'wrong' }, 401], [{ grant_type: 'password' }, 400]]) {
    const response = await api.requestToken(fields);
    assert.equal(response.status, status);
    assert.equal((await response.json()).error_code, 'api_error.auth.unauthorized');
  }
});

test('a token expires when the clock is advanced, and the Date header follows', async () => {
  const api = await session();
  const token = await api.token();
  assert.equal((await api.get('/links', token)).status, 200);
  await api.advance(3600);
  const response = await api.get('/links', token);
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error_code, 'api_error.auth.expired_access_token');
  assert.ok(Date.parse(response.headers.get('Date')) - Date.now() > 3_500_000);
});

test('a revoked token is unknown', async () => {
  const api = await session();
  const token = await api.token();
  await api.control('DELETE', '/tokens');
  const response = await api.get('/links', token);
  assert.equal(response.status, 401);
  assert.equal((await response.json()).error_code, 'api_error.auth.unauthorized');
});

test('the API can learn of a token late', async () => {
  const api = await session();
  await api.fault('token_endpoint', { type: 'activation_delay', delay_ms: 2000 });
  const token = await api.token();
  assert.equal((await api.get('/links', token)).status, 401);
  await api.advance(2);
  assert.equal((await api.get('/links', token)).status, 200);
});
