// The emulator as a process: start, readiness, configuration, access, TLS, and how it ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Api, bearer, runToEnd, start } from './emulator.js';

// Waits for a condition that no event announces.
async function until(condition) {
  for (const deadline = Date.now() + 20_000; !(await condition()); await sleep(20)) {
    assert.ok(Date.now() < deadline, 'the condition is not met');
  }
}

async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'emulator-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('the first line is the URL of a ready emulator, and SIGTERM ends it', async () => {
  const api = await start();
  assert.match(api.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await api.control('GET', '/ready')).status, 'ready');
  const { code, errors } = await api.stop();
  assert.equal(code, 0);
  assert.match(errors, /ready/);
});

test('SIGINT right after the first line ends it with success', async () => {
  const api = await start();
  assert.equal((await api.stop('SIGINT')).code, 0);
});

test('the port file appears complete and is removed at the end', async (t) => {
  const path = await folder(t);
  const file = join(path, 'port');
  const api = await start(['--port-file', file]);
  assert.equal(api.url, `http://127.0.0.1:${(await readFile(file, 'utf8')).trim()}`);
  await api.stop();
  assert.deepEqual(await readdir(path), []);
});

test('--wait returns when another emulator is ready', async () => {
  const api = await start();
  assert.equal((await runToEnd(['--wait', api.url])).code, 0);
  await api.stop();
  const { code, stderr } = await runToEnd(['--wait', api.url, '--timeout', '0']);
  assert.equal(code, 1);
  assert.match(stderr, /is not ready/);
});

test('it ends with the process that started it', async () => {
  const code = `
    import { start } from ${JSON.stringify(new URL('./emulator.js', import.meta.url).href)};
    console.log((await start()).url);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = await once(createInterface({ input: parent.stdout }), 'line');
  assert.equal((await fetch(`${url}/__emulator/ready`)).status, 200);
  parent.kill('SIGKILL');
  await until(() => fetch(`${url}/__emulator/ready`).then(() => false, () => true));
});

test('an error in the configuration file has its line, and no secret', async (t) => {
  const file = join(await folder(t), 'emulator.yaml');
  await writeFile(file, 'clients:\n  - id: my-id\n    secrt: pale-secret\n');
  const { code, stdout, stderr } = await runToEnd(['--config', file]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /unknown field `secrt`.*line 3/s);
  assert.ok(!stderr.includes('pale-secret'));
});

test('a configuration can be JSON', async (t) => {
  const file = join(await folder(t), 'emulator.json');
  const config = { clients: [{ id: 'a', secret: 'b' }], stubs: [{ request: { path: '/links' }, responses: [{ json: [] }] }] };
  await writeFile(file, JSON.stringify(config));
  const api = await start(['--config', file]);
  const token = await api.token({ client_id: 'a', client_secret: 'b' });
  assert.deepEqual(await (await api.get('/links', token)).json(), []);
  await api.stop();
});

test('listening beyond loopback requires a control key', async () => {
  const { code, stderr } = await runToEnd(['--listen', '0.0.0.0']);
  assert.equal(code, 1);
  assert.match(stderr, /--control-key-file/);
});

test('the control API requires its key', async (t) => {
  const file = join(await folder(t), 'key');
  await writeFile(file, 'pale-key\n');
  const api = await start(['--control-key-file', file], 'pale-key');
  for (const headers of [{}, { 'X-Emulator-Key': 'other' }, bearer('other')]) {
    const response = await api.request('GET', '/__emulator/counts', { headers });
    assert.equal(response.status, 401);
    assert.equal((await response.json()).error_code, 'emulator_error.unauthorized');
  }
  assert.equal((await api.request('GET', '/__emulator/counts', { headers: bearer('pale-key') })).status, 200);
  assert.equal((await api.request('GET', '/__emulator/ready')).status, 200);
  await api.control('GET', '/counts');
  await api.stop();
});

test('pages of other sites are refused', async () => {
  const api = await start();
  const response = await api.request('GET', '/__emulator/counts', { headers: { Origin: 'https://emulator.example' } });
  assert.equal(response.status, 403);
  await api.stop();
});

test('TLS has an authority of its own', async (t) => {
  const file = join(await folder(t), 'ca.pem');
  const api = await start(['--tls', '--ca-file', file]);
  assert.match(api.url, /^https:/);
  const ca = await readFile(file);
  const [response] = await once(get(`${api.url}/__emulator/ready`, { ca }), 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
  await assert.rejects(new Api(api.url).requestToken());
  // fetch takes further authorities from the environment.
  const code = `console.log((await fetch('${api.url}/__emulator/ready')).status)`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: file };
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  assert.equal(line, '200');
  await api.stop();
});
