// Starts the emulator as a process and calls it, as a test suite that knows no Rust does.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const PROGRAM = process.env.MONEYKIT_EMULATOR ?? 'moneykit-emulator';

// The client that is registered if no other is.
export const CLIENT_ID = 'live_5c739a369515e10fc9e0';
export const CLIENT_SECRET = 'emulator-client-secret';

export const bearer = (token) => ({ Authorization: `Bearer ${token}` });

export const basic = (text) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

// An emulated API: the default session of an emulator, or another one.
export class Api {
  constructor(url, controlKey) {
    this.url = url;
    this.controlKey = controlKey;
  }

  request(method, path, options = {}) {
    return fetch(this.url + path, { method, ...options });
  }

  requestToken(fields = {}, headers = {}) {
    const form = { grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET, ...fields };
    return this.request('POST', '/auth/token', { headers, body: new URLSearchParams(form) });
  }

  async token(fields) {
    const response = await this.requestToken(fields);
    assert.equal(response.status, 201);
    return (await response.json()).access_token;
  }

  async get(path, token, options = {}) {
    return this.request('GET', path, { ...options, headers: { ...bearer(token ?? (await this.token())), ...options.headers } });
  }

  // Calls an operation of the control API and returns its decoded response.
  async control(method, path, body, expected) {
    const headers = { 'Content-Type': 'application/json' };
    if (this.controlKey) headers['X-Emulator-Key'] = this.controlKey;
    const response = await this.request(method, `/__emulator${path}`, { headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    assert.ok(expected ? response.status === expected : response.ok, `${response.status}: ${text}`);
    return text && JSON.parse(text);
  }

  stub(path, responses, { request, ...stub } = {}) {
    return this.control('POST', '/stubs', { request: { method: 'GET', path, ...request }, responses, ...stub });
  }

  fault(target, fault, requests = 1) {
    return this.control('POST', '/faults', { target, requests, fault });
  }

  advance(seconds) {
    return this.control('PATCH', '/clock', { advance_ms: seconds * 1000 });
  }

  requests(query = {}) {
    return this.control('GET', `/requests?${new URLSearchParams(query)}`);
  }

  async session(name, config) {
    return new Api((await this.control('PUT', `/sessions/${name}`, config)).url);
  }
}

// Starts an emulator, which stops with this process at the latest.
export async function start(options = [], controlKey) {
  const child = spawn(PROGRAM, ['--exit-with-parent', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += text));
  const exited = once(child, 'exit');
  const line = once(createInterface({ input: child.stdout }), 'line');
  const url = await Promise.race([line.then(([first]) => first), exited.then(() => assert.fail(errors))]);
  const api = new Api(url, controlKey);
  api.child = child;
  api.stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    const [code] = await exited;
    return { code, errors };
  };
  return api;
}

// Runs the program until it ends by itself.
export async function runToEnd(options) {
  const child = spawn(PROGRAM, options, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (text) => (output[name] += text));
  const [code] = await once(child, 'close');
  return { code, ...output };
}
