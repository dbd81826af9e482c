// A device becomes a user's: the phone library at a real gateway over HTTP, the user's part by what the page asks.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import { pairDevice } from '../../../src/device/index.js';
import type { PairedDevice, PairingCode } from '../../../src/device/index.js';
import { VirtualTime } from '../../device/virtual-time.js';
import { setUp } from './authorization-world.js';
import type { Setup } from './authorization-world.js';

interface Pairing {
  readonly code: PairingCode;
  readonly device: Promise<PairedDevice>;
  /** Lets the device ask again; resolves when its question was answered. */
  readonly askAgain: (afterMs?: number) => Promise<void>;
  readonly stop: AbortController;
}

/** A device that has shown its code, on a clock of its own. */
async function begin(url: string, name?: string): Promise<Pairing> {
  const time = new VirtualTime();
  const stop = new AbortController();
  let answered = 0;
  let shown: PairingCode | undefined;
  const device = pairDevice({
    gateway: url, ...(name !== undefined && { name }), onCode: (code) => (shown = code), clock: time, timer: time, signal: stop.signal,
    fetch: async (...request) => {
      const response = await fetch(...request);
      answered += 1;
      return response;
    },
  });
  device.catch(() => undefined);
  while (shown === undefined) await Promise.race([new Promise(setImmediate), device]);
  const code = shown;
  return {
    code, device, stop,
    askAgain: async (afterMs = 5_000) => {
      const before = answered;
      while (time.timers === 0) await new Promise(setImmediate);
      time.advance(afterMs);
      while (answered === before) await new Promise(setImmediate);
    },
  };
}

async function ask(url: string, path: string, body: object, headers: Record<string, string> = {}): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${url}/console/v1/pairing${path}`, {
    method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', 'x-user': 'anna', 'x-csrf-token': 'good', ...headers },
  });
  return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
}

const devicesOf = ({ world, user }: Setup) => world.store.devicesOfUser(user);

await t.test('a device shows a code, its user says yes, and it is a device', async (t) => {
  const setup = await setUp(t);
  const { url, world, user } = setup;
  const { code, device, askAgain } = await begin(url, 'kitchen radio');
  t.match(code, { userCode: /^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/, verificationUrl: `${url}/pair`, completeUrl: `${url}/pair?user_code=${code.userCode}` });
  await askAgain();
  t.same(await devicesOf(setup), [], 'nothing is a device before somebody says so');

  const typed = code.userCode.toLowerCase().replace('-', ' ');
  t.same(await ask(url, '', { code: typed }), { status: 200, body: { name: 'kitchen radio', account: { name: 'anna' } } });
  t.equal((await ask(url, '/allow', { code: typed, name: 'radio' })).status, 204);
  await askAgain();
  const paired = await device;
  t.match(paired, { name: 'radio', url: `${url.replace('http', 'ws')}/mqtt` });
  const [record] = await devicesOf(setup);
  t.match(record, { id: paired.id, user, name: 'radio' });
  t.ok(await world.gateway.authenticate(paired.id, Buffer.from(paired.token)), 'its token opens the link');
  t.equal((await ask(url, '', { code: typed })).status, 404, 'the code is used up');
});

await t.test('a no, a guess, a code of long ago and somebody else after the first', async (t) => {
  const setup = await setUp(t);
  const { url } = setup;
  const refused = await begin(url);
  t.equal((await ask(url, '/deny', { code: refused.code.userCode })).status, 204);
  t.equal((await ask(url, '/allow', { code: refused.code.userCode, name: 'mine' }, { 'x-user': 'bert' })).status, 404, 'who decides first has decided');
  await Promise.all([t.rejects(refused.device, { code: 'pairing-refused' }), refused.askAgain()]);

  const one = await begin(url);
  const both = await Promise.all(['anna', 'bert'].map((name) => ask(url, '/allow', { code: one.code.userCode, name }, { 'x-user': name })));
  t.same(both.map(({ status }) => status).sort(), [204, 404], 'of two at once one has it');
  await one.askAgain();
  await one.device;

  for (const headers of [{ 'x-user': '' }, { 'x-csrf-token': 'wrong' }]) {
    const { code, stop, device } = await begin(url);
    t.ok([401, 403].includes((await ask(url, '/allow', { code: code.userCode, name: 'x' }, headers)).status));
    stop.abort(new Error('enough'));
    await t.rejects(device, { message: 'enough' });
  }
  const guesses = [];
  for (let count = 0; count <= limits.pairingLookBurst; count += 1) guesses.push((await ask(url, '', { code: 'BBBB-BBBB' })).status);
  t.equal(guesses.at(0), 404);
  t.equal(guesses.at(-1), 429, 'whoever guesses waits');
  t.equal((await ask(url, '', { code: 'x'.repeat(65) })).status, 400);
  t.equal((await ask(url, '/allow', { code: 'BBBB-BBBB', name: '!' }, { 'x-user': 'bert' })).status, 400);
});

await t.test('nobody comes: the device gives up; the gateway is away for a while: it asks on', async (t) => {
  const { url } = await setUp(t);
  const time = new VirtualTime();
  let away = false;
  let asked = 0;
  const device = pairDevice({
    gateway: url, clock: time, timer: time, onCode: () => undefined,
    fetch: async (...request) => {
      asked += 1;
      if (away) throw new TypeError('fetch failed');
      return fetch(...request);
    },
  });
  device.catch(() => undefined);
  while (time.timers === 0) await new Promise(setImmediate);
  away = true;
  for (let count = 0; count < 2 && asked < 3; count += 1) {
    time.advance(5_000);
    while (time.timers === 0) await new Promise(setImmediate);
  }
  t.equal(asked, 3);
  away = false;
  time.advance(limits.pairingSeconds * 1000);
  await t.rejects(device, { code: 'pairing-expired' });
  await t.rejects(pairDevice({ gateway: 'mqtt://x', onCode: () => undefined }), { code: 'bad-option' });
  await t.rejects(pairDevice({ gateway: 'http://127.0.0.1:9', onCode: () => undefined }), { code: 'pairing-failed' });
});

await t.test('a device that asks too often is told to slow down, and a code is traded once', async (t) => {
  const { url } = await setUp(t);
  const form = async (path: string, fields: Record<string, string>) => {
    const response = await fetch(url + path, { method: 'POST', body: new URLSearchParams({ client_id: 'lowbeat-device', ...fields }) });
    return await response.json() as Record<string, string>;
  };
  const { device_code: deviceCode = '', user_code: userCode = '' } = await form('/oauth/device', {});
  const question = () => form('/oauth/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode });
  const errors = [];
  for (let count = 0; count <= limits.pairingPollBurst; count += 1) errors.push((await question()).error);
  t.same([errors.at(0), errors.at(-1)], ['authorization_pending', 'slow_down']);
  await ask(url, '/allow', { code: userCode, name: 'phone' });
  const answers = await Promise.all([question(), question(), question()]);
  t.equal(answers.filter(({ access_token: token }) => token !== undefined).length, 1);
  t.equal((await question()).error, 'invalid_grant');
  t.equal((await form('/oauth/device', { client_id: 'app_0000000000000000000000' })).error, 'invalid_client', 'an app is no device');
});

await t.test('on the command line', async (t) => {
  const { url, world } = await setUp(t);
  const program = join(import.meta.dirname, '../../../../bin/lowbeat.js');
  const child = spawn(process.execPath, [program, 'device', 'pair', '--gateway', url, '--name', 'terminal', '--json']);
  t.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => JSON.parse((await lines.next()).value as string) as Record<string, string>;
  const { userCode = '' } = await line();
  t.same((await ask(url, '', { code: userCode })).body, { name: 'terminal', account: { name: 'anna' } });
  t.equal((await ask(url, '/allow', { code: userCode, name: 'terminal' })).status, 204);
  const { id = '', token = '', name } = await line();
  t.equal(name, 'terminal');
  t.ok(await world.gateway.authenticate(id, Buffer.from(token)));

  const people = spawn(process.execPath, [program, 'device', 'pair', '--gateway', url]);
  t.teardown(() => people.kill('SIGKILL'));
  let shown = '';
  for await (const part of people.stdout) {
    shown += String(part);
    if (shown.includes('Waiting until')) break;
  }
  t.match(shown, /[█▀▄]{10}/, 'a QR code');
  t.match(shown, /Open http:\/\/127\.0\.0\.1:\d+\/pair and enter the code, or scan it:\n\n {4}[A-Z]{4}-[A-Z]{4}\n/);
});
