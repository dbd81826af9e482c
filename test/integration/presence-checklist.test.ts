// Rows of facts/presence that want a real gateway: its sockets, its disk, its log, and its death.

import { readFileSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

import { connectAsync } from 'mqtt';
import t from 'tap';
import type { Test } from 'tap';
import webPush from 'web-push';

import { createDevice } from '../../src/device/index.js';
import type { Device } from '../../src/device/index.js';
import { fileStorage } from '../../src/device/file-storage.js';
import { Operator, until } from '../cli/cast.js';
import type { Credentials, RunningGateway } from '../cli/cast.js';
import { startGateway } from '../cli/processes.js';
import { AccountPage } from './account-page.js';

t.setTimeout(150_000);
const scopes = ['notify', 'presence', 'presence.idle'];

const basic = ({ id, secret }: Credentials): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

function ask(gateway: RunningGateway, path: string, app: Credentials, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${gateway.ports.httpPort}${path}`, {
    ...init, redirect: 'manual', headers: { authorization: basic(app), ...(init.headers as Record<string, string> | undefined) },
  });
}

async function phoneOf(t: Test, gateway: RunningGateway, { id, secret }: Credentials, file?: string): Promise<Device> {
  const device = createDevice({
    url: `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, id, token: secret, reconnect: { baseMs: 50, capMs: 400 },
    ...(file !== undefined && { storage: fileStorage(file) }),
  });
  device.on('warning', () => undefined);
  t.teardown(() => device.stop());
  await device.start();
  return device;
}

/** What comes on a stream of events, byte by byte as it came. */
function stream(t: Test, gateway: RunningGateway, app: Credentials): { readonly text: () => string } {
  let text = '';
  const asked = request({
    host: '127.0.0.1', port: gateway.ports.httpPort, path: '/v1/presence',
    headers: { authorization: basic(app), accept: 'text/event-stream' },
  }, (response) => response.on('data', (part: Buffer) => (text += part.toString('latin1'))).on('error', () => undefined));
  asked.on('error', () => undefined).end();
  t.teardown(() => asked.destroy());
  return { text: () => text };
}

function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

await t.test('presence B5: a revoke survives a kill right after its answer', async (t) => {
  const data = join(t.testdir(), 'data');
  let gateway = await startGateway(data, ['--log-level', 'warn']);
  t.teardown(() => gateway.end('SIGKILL'));
  const app = await new Operator(gateway).app('chat');
  await new Operator(gateway).user('anna');
  const gone: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    const uid = await new Operator(gateway).grant('anna', app.id, scopes);
    t.notOk(gone.includes(uid), 'B4: another uid each time');
    t.equal((await ask(gateway, `/v1/presence/${uid}`, app)).status, 200);
    const revoked = await new Operator(gateway).client.removeGrant(uid);
    gateway.child.kill('SIGKILL');
    t.ok(revoked.ok);
    gone.push(uid);
    await gateway.ended();
    gateway = await startGateway(data, ['--log-level', 'warn']);
    for (const one of gone) {
      t.equal((await ask(gateway, `/v1/presence/${one}`, app)).status, 410);
      t.equal((await ask(gateway, `/v1/notify/${one}`, app, { method: 'POST', body: 'x' })).status, 410);
    }
    t.same(await (await ask(gateway, '/v1/presence', app)).json(), { presence: [] });
  }
});

await t.test('presence H1: over MQTT, as a stream and by asking, hidden and offline are the same bytes', async (t) => {
  const gateway = await startGateway(join(t.testdir(), 'data'), ['--log-level', 'warn']);
  t.teardown(() => gateway.end('SIGKILL'));
  const operator = new Operator(gateway);
  const looks = new Map<string, string>();
  const ways: Readonly<Record<string, (page: AccountPage, uid: string, phone: Device) => Promise<unknown>>> = {
    offline: (_page, _uid, phone) => phone.stop(),
    paused: (page, uid) => page.ask('PATCH', `/apps/${uid}`, { paused: true }),
    invisible: (page) => page.ask('PATCH', '/status', { status: 'invisible' }),
  };
  for (const [way, hide] of Object.entries(ways)) {
    const page = await AccountPage.signUp(gateway, way);
    const app = await operator.app(`app-${way}`);
    const uid = await operator.grant(way, app.id, scopes);
    const phone = await phoneOf(t, gateway, await operator.device(way));
    const state = async (): Promise<string> => (await ask(gateway, `/v1/presence/${uid}`, app)).text();
    await until('she is there', async () => (await state()).includes('online'));
    const early = stream(t, gateway, app);
    await until('the stream tells so', () => early.text().includes('online'));
    await hide(page, uid, phone);
    await until('the stream tells that she is gone', () => early.text().includes('offline'));
    const late = stream(t, gateway, app);
    const client = await connectAsync({ host: '127.0.0.1', port: gateway.ports.mqttPort, username: app.id, password: app.secret, clientId: 'server' });
    t.teardown(() => client.endAsync(true));
    const packets: string[] = [];
    client.on('message', (topic, payload, { qos, retain, dup, length }) => {
      packets.push(JSON.stringify([topic, payload.toString('latin1'), qos, retain, dup, length]));
    });
    await client.subscribeAsync('presence/+', { qos: 1 });
    await until('both have the snapshot', () => late.text().includes('offline') && packets.length === 1);
    const page_ = await ask(gateway, '/v1/presence', app);
    const one = await ask(gateway, `/v1/presence/${uid}`, app);
    const headersOf = ({ headers }: Response): string => {
      const lines: string[] = [];
      headers.forEach((value, name) => {
        if (name !== 'date') lines.push(`${name}: ${value}`);
      });
      return lines.join('\n');
    };
    // Cursors are random, and number what was delivered.
    const even = (text: string): string => text.replaceAll(uid, 'uid').replaceAll(/id: [\w-]+\./g, 'id: cursor.');
    looks.set(way, even([early.text(), late.text(), ...packets, headersOf(page_), await page_.text(), headersOf(one), await one.text()].join('\n')));
  }
  t.match(looks.get('offline'), /offline/);
  for (const [way, look] of looks) t.equal(look, looks.get('offline'), way);
});

await t.test('presence N4, N1: what is encrypted for a device nobody else reads; no line of the log has sender and receiver', async (t) => {
  const folder = t.testdir();
  const data = join(folder, 'data');
  const gateway = await startGateway(data, ['--log-level', 'debug', '--log-format', 'json', '--public-url', 'http://127.0.0.1:9']);
  t.teardown(() => gateway.end('SIGKILL'));
  const operator = new Operator(gateway);
  await operator.user('annabella');
  const app = await operator.app('chatterbox');
  const uid = await operator.grant('annabella', app.id, scopes);
  const credentials = await operator.device('annabella');
  const file = join(folder, 'phone.json');
  const first = await phoneOf(t, gateway, credentials, file);
  const { endpoint = '', keys, subscription } = await first.app('chatterbox', { onNotification: () => undefined }).registered();
  await first.stop();
  const secret = 'the quick brown fox jumps over the lazy dog';
  const { cipherText } = webPush.encrypt(keys?.p256dh ?? '', keys?.auth ?? '', secret, 'aes128gcm');
  const pushed = await fetch(endpoint.replace('http://127.0.0.1:9', `http://127.0.0.1:${gateway.ports.httpPort}`), {
    method: 'POST', body: new Uint8Array(cipherText), headers: { ttl: '600', 'content-encoding': 'aes128gcm' },
  });
  t.equal(pushed.status, 201);
  t.equal(await operator.waiting(), 1, 'it waits on the disk');
  // Things go wrong, so that there is something to log.
  await ask(gateway, `/v1/notify/${uid}?ttl=never`, app, { method: 'POST', body: 'x' });
  await ask(gateway, `/v1/notify/${uid}`, { id: app.id, secret: 'wrong' }, { method: 'POST', body: 'x' });
  await ask(gateway, `/v1/notify/${uid}?id=m1&receipt=true`, app, { method: 'POST', body: 'hello' });
  const client = await connectAsync({ host: '127.0.0.1', port: gateway.ports.mqttPort, username: app.id, password: app.secret, clientId: 'server' });
  client.on('error', () => undefined);
  t.teardown(() => client.endAsync(true));
  await client.publishAsync(`notify/${uid}?urgency=soon`, 'x', { qos: 1 });
  client.publish('elsewhere/topic', 'x', { qos: 1 });
  const texts: string[] = [];
  const phone = createDevice({ url: `mqtt://127.0.0.1:${gateway.ports.mqttPort}`, id: credentials.id, token: credentials.secret, storage: fileStorage(file) });
  t.teardown(() => phone.stop());
  phone.app('chatterbox', { onNotification: ({ text }) => void texts.push(text) });
  const stored = bytesBelow(data);
  await phone.start();
  await until('it is delivered', () => texts.includes(secret));
  t.notOk(stored.includes('quick brown'), 'the disk has no word of it');
  await connectAsync({ host: '127.0.0.1', port: gateway.ports.mqttPort, username: app.id, password: 'wrong', reconnectPeriod: 0 }).catch(() => undefined);
  await phone.stop();
  await gateway.end('SIGTERM');
  t.ok(gateway.lines.length > 2, `${gateway.lines.length} lines`);
  const targets = [uid, 'annabella', credentials.id, subscription];
  for (const line of gateway.lines) {
    t.notOk(line.includes('quick brown'), 'no log of what is sent');
    if ((line.includes(app.id) || line.includes('chatterbox')) && targets.some((target) => line.includes(target))) t.fail(line);
  }
});

await t.test('presence regression: over its sockets', async (t) => {
  const gateway = await startGateway(join(t.testdir(), 'data'), ['--log-level', 'error']);
  t.teardown(() => gateway.end('SIGKILL'));
  const operator = new Operator(gateway);
  await operator.user('anna@example.org');
  const app = await operator.app('chat');
  const device = await operator.device('anna@example.org');
  const uid = await operator.grant('anna@example.org', app.id, scopes);
  const at = { host: '127.0.0.1', port: gateway.ports.mqttPort, reconnectPeriod: 0 };
  const code = (options: { readonly username: string; readonly password: string }): Promise<unknown> =>
    connectAsync({ ...at, ...options, clientId: options.username }).then((client) => client.endAsync(true).then(() => 0), (error: unknown) => (error as { code?: unknown }).code);

  await t.test('presence regression: a device proves who it is, and cannot say whose it is', async (t) => {
    t.equal(await code({ username: device.id, password: device.secret }), 0);
    t.equal(await code({ username: device.id, password: 'wrong' }), 5);
    t.equal(await code({ username: 'anna@example.org', password: device.secret }), 5);
  });
  await t.test('presence regression: the token of an app is looked at, over both doors', async (t) => {
    t.equal(await code({ username: app.id, password: 'wrong' }), 5);
    for (const path of [`/v1/presence/${uid}`, '/v1/presence']) t.equal((await ask(gateway, path, { ...app, secret: 'wrong' })).status, 401);
    t.equal((await ask(gateway, `/v1/notify/${uid}`, { ...app, secret: 'wrong' }, { method: 'POST', body: 'x' })).status, 401);
    t.equal(await operator.waiting(), 0);
  });
  await t.test('presence regression: an app gets the uid and never the email', async (t) => {
    for (const path of [`/v1/presence/${uid}`, '/v1/presence']) t.notMatch(await (await ask(gateway, path, app)).text(), /anna|example/);
  });
  await t.test('presence regression: the answer to notify has no size of a queue', async (t) => {
    for (let count = 0; count < 3; count += 1) {
      const answer = await ask(gateway, `/v1/notify/${uid}`, app, { method: 'POST', body: 'x' });
      t.same([answer.status, await answer.text()], [201, '{"accepted":true,"duplicate":false}']);
    }
  });
  await t.test('presence regression: nothing is revoked by GET', async (t) => {
    const page = await AccountPage.signUp(gateway, 'bert');
    const theirs = await operator.grant('bert', app.id, scopes);
    await t.rejects(page.ask('GET', `/apps/${theirs}/revoke`), /40[45]/);
    t.equal((await ask(gateway, `/v1/presence/${theirs}`, app)).status, 200);
    await page.ask('POST', `/apps/${theirs}/revoke`, {});
    t.equal((await ask(gateway, `/v1/presence/${theirs}`, app)).status, 410);
  });
  await t.test('presence regression: no redirect leads where the app did not say', async (t) => {
    for (const redirect of ['https://evil.example/', '//evil.example', 'javascript:alert(1)']) {
      const answer = await ask(gateway, `/oauth/authorize?${new URLSearchParams({
        client_id: app.id, redirect_uri: redirect, response_type: 'code', scope: 'openid', state: 'x', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256',
      }).toString()}`, app);
      t.ok(answer.status >= 400, `${redirect}: ${answer.status}`);
      t.equal(answer.headers.get('location'), null);
    }
  });
});
