// What users do in the pages.

import { request } from 'node:http';
import type { AddressInfo } from 'node:net';

import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../../src/core/limits.js';
import { beat } from '../../gateway/world.js';
import { consoleWorld, password } from './console-world.js';
import type { Browser, ConsoleWorld } from './console-world.js';

const evening = { zone: 'Europe/Paris', windows: [{ days: [1, 2, 3, 4, 5, 6, 7], startMinute: 21 * 60, endMinute: 23 * 60 }] };

await t.test('apps: what each sees now, a pause, windows, and a revoke that is told once and holds', async (t) => {
  const { world, member } = await consoleWorld(t);
  const marge = await member('marge');
  const { id: app } = await world.app('beerchat');
  const uid = await world.grant('marge', 'beerchat', ['notify', 'presence']);
  const device = await world.device('marge');
  const phone = await world.connect(device.id);
  await phone.up({ heartbeat: beat });
  t.match((await marge.get('/apps')).body, { apps: [{ uid, app, name: 'beerchat', sees: 'online', paused: false, open: true }] });
  t.match(await marge.post(`/apps/${uid}`, { paused: true }, 'PATCH'), { status: 200, body: { sees: 'offline', paused: true } });
  t.equal(await world.gateway.presence.of(app, uid), 'offline', 'the app sees it from that moment');
  t.match(await marge.post(`/apps/${uid}`, { paused: false, schedule: evening, outside: 'drop' }, 'PATCH'), {
    status: 200, body: { open: false, sees: 'offline', outside: 'drop', untilMs: Number },
  });
  t.match(await marge.post(`/apps/${uid}`, { schedule: { ...evening, zone: 'Europe/Springfield' } }, 'PATCH'), { status: 400, body: { code: 'bad-schedule' } });
  t.match(await marge.post(`/apps/${uid}`, { schedule: { ...evening, windows: [] } }, 'PATCH'), { status: 400, body: { code: 'bad-schedule' } });
  t.match(await marge.post(`/apps/${uid}`, { pause: true }, 'PATCH'), { status: 400, body: { code: 'bad-request', errors: [{ key: 'pause' }] } });
  t.match(await marge.post(`/apps/${uid}`, { schedule: null }, 'PATCH'), { status: 200, body: { open: true, sees: 'online' } });

  const homer = await member('homer');
  t.match(await homer.post(`/apps/${uid}`, { paused: true }, 'PATCH'), { status: 404, body: { code: 'unknown-grant' } });
  t.match(await homer.post(`/apps/${uid}/revoke`), { status: 404 });

  t.match(await marge.post(`/apps/${uid}/revoke`), { status: 200, body: { uid } });
  t.equal(await world.gateway.presence.of(app, uid), 'revoked');
  t.match(await marge.post(`/apps/${uid}/revoke`), { status: 200, body: { uid } }, 'presence B7: twice is once');
  t.same((await marge.get('/apps')).body, { apps: [] });
});

await t.test('presence B7: no revoke by GET, none without the token', async (t) => {
  const { world, member, app } = await consoleWorld(t);
  const marge = await member('marge');
  await world.app('beerchat');
  const uid = await world.grant('marge', 'beerchat');
  const cookie = [...marge.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  const url = `/console/v1/apps/${uid}/revoke`;
  t.match(await app.inject({ method: 'GET', url, headers: { cookie } }), { statusCode: 405 });
  t.match(await app.inject({ method: 'POST', url, headers: { cookie }, payload: {} }), { statusCode: 403 });
  t.match(await app.inject({ method: 'POST', url, headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=b' }), { statusCode: 403 });
  t.equal((await world.store.grant(uid))?.revokedAtMs, undefined);
});

await t.test('devices and status', async (t) => {
  const { world, member } = await consoleWorld(t);
  const [marge, homer] = [await member('marge'), await member('homer')];
  const added = await marge.post('/devices', { name: 'this browser' });
  t.match(added, { status: 201, body: { id: /^dev_/, token: /^[\w-]{43}$/, mqtt: 'wss://push.example.org/mqtt' } });
  const { id, token } = added.body as unknown as { readonly id: string; readonly token: string };
  t.match(await world.gateway.authenticate(id, Buffer.from(token)), { kind: 'device', device: id });
  t.match(await marge.post('/devices', { name: '' }), { status: 400, body: { code: 'bad-name' } });
  t.match(await marge.post(`/devices/${id}`, { name: 'kitchen' }, 'PATCH'), { status: 200 });
  t.match((await marge.get('/devices')).body, { devices: [{ id, name: 'kitchen', state: 'unknown', push: false }] });
  t.match(await homer.post(`/devices/${id}`, { name: 'mine' }, 'PATCH'), { status: 404, body: { code: 'unknown-device' } });
  t.match(await homer.post(`/devices/${id}/remove`), { status: 404 });
  t.match(await marge.get('/push-key'), { status: 404 }, 'this gateway sends to no other push services');

  t.match((await marge.get('/status')).body, { status: 'available' });
  t.match(await marge.post('/status', { status: 'invisible', zone: 'Europe/Paris' }, 'PATCH'), { status: 200, body: { status: 'invisible', zone: 'Europe/Paris' } });
  t.match(await marge.post('/status', { zone: 'Mars/Olympus' }, 'PATCH'), { status: 400, body: { code: 'bad-zone' } });
  t.match(await marge.post('/status', { status: 'asleep' }, 'PATCH'), { status: 400, body: { code: 'bad-request' } });

  t.match(await marge.post(`/devices/${id}/remove`), { status: 204 });
  t.equal(await world.gateway.authenticate(id, Buffer.from(token)), undefined);
});

await t.test('operators', async (t) => {
  const { world, member, app, browser } = await consoleWorld(t);
  const [marge, homer] = [await member('marge', true), await member('homer')];
  await world.app('beerchat');
  for (const path of ['/operator/summary', '/operator/users', '/operator/apps']) {
    t.match(await homer.get(path), { status: 403, body: { code: 'not-operator' } }, path);
    t.match(await browser().get(path), { status: 401, body: { code: 'sign-in-required' } }, path);
  }
  t.match(await homer.post('/operator/invitations'), { status: 403, body: { code: 'not-operator' } });
  t.match((await marge.get('/operator/summary')).body, { version: '1.2.3', links: 0, store: { users: 2 } });
  t.same((await marge.get('/operator/users')).body.items.map(({ name }) => name).sort(), ['homer', 'marge']);
  t.match(await marge.get('/operator/users?limit=0'), { status: 400 });
  t.match((await marge.get('/operator/apps')).body.items, [{ name: 'beerchat' }]);
  const made = await marge.post('/operator/invitations', { user: 'homer' });
  t.match(made, { status: 201, body: { token: /^[\w-]{43}$/, expiresAtMs: Number } });
  t.match(await marge.post('/operator/invitations', { user: 'nobody' }), { status: 404, body: { code: 'unknown-user' } });
  const viaAdmin = await app.inject({ method: 'POST', url: '/admin/v1/invitations', headers: { authorization: 'Bearer admin' }, payload: { operator: true } });
  t.equal(viaAdmin.statusCode, 201);
  t.match(await browser('192.0.2.5').post('/sign-up', { token: viaAdmin.json<{ token: string }>().token, name: 'lisa', password }), {
    status: 201, body: { user: { operator: true } },
  });
});

await t.test('one\'s data: all of it, no secrets, and then nothing', async (t) => {
  const { world, member, browser } = await consoleWorld(t);
  const marge = await member('marge');
  await world.app('beerchat');
  const uid = await world.grant('marge', 'beerchat');
  const device = await world.device('marge');
  const phone = await world.connect(device.id);
  await phone.register('beerchat');
  const file = await marge.get('/export');
  t.match(file.headers, { 'content-disposition': /^attachment/ });
  t.match(file.body, {
    user: { name: 'marge' }, apps: [{ uid }], devices: [{ id: device.id, subscriptions: [{ app: 'beerchat' }] }], password: true, sessions: [{ createdAtMs: Number }],
  });
  t.notMatch(JSON.stringify(file.body), /argon2|hash|token|secret/i);

  t.match(await marge.post('/delete', { name: 'homer' }), { status: 400 }, 'the name is written by hand');
  t.match(await marge.post('/delete', { name: 'marge' }), { status: 204 });
  t.match(await marge.get('/apps'), { status: 401 });
  await world.settle();
  t.ok(phone.closing, 'the phone\'s link is closed');
  t.type((await world.store.grant(uid))?.revokedAtMs, 'number', 'and the app\'s grant revoked');
  t.equal(await world.store.userByName('marge'), undefined);
  t.match(await browser('192.0.2.6').post('/sign-in/password', { name: 'marge', password }), { status: 401 });
});

/** A stream of events over a real socket. */
async function stream(t: Test, { app }: ConsoleWorld, page: Browser): Promise<{ readonly text: () => string; readonly ended: () => boolean; readonly until: (text: RegExp) => Promise<void> }> {
  if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  let [text, ended] = ['', false];
  const headers = { cookie: [...page.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ') };
  const asked = request({ port, host: '127.0.0.1', path: '/console/v1/events', headers });
  t.teardown(() => asked.destroy());
  asked.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    asked.on('response', (response) => {
      response.on('error', () => undefined).on('data', (part: Buffer) => (text += part.toString())).on('close', () => (ended = true));
      resolve();
    });
    asked.end();
  });
  const until = async (wanted: RegExp): Promise<void> => {
    for (let turn = 0; turn < 2_000 && !wanted.test(text); turn += 1) await new Promise((resolve) => setImmediate(resolve));
    t.match(text, wanted);
  };
  return { text: () => text, ended: () => ended, until };
}

await t.test('pages hear of what changes, of nothing else, and no longer than they are signed in', async (t) => {
  const console = await consoleWorld(t);
  const { world, member } = console;
  const [marge, homer] = [await member('marge'), await member('homer')];
  await world.app('beerchat');
  const uid = await world.grant('marge', 'beerchat', ['presence']);
  const device = await world.device('marge');
  const [events, others] = [await stream(t, console, marge), await stream(t, console, homer)];
  await events.until(/event: apps\n[^]*event: devices\n[^]*event: status\n/);
  const before = others.text();

  const phone = await world.connect(device.id);
  await phone.up({ heartbeat: beat });
  await world.time.advance(limits.consoleGapMs + 1_000);
  await events.until(/"sees":"online"/);
  await marge.post(`/apps/${uid}`, { schedule: evening }, 'PATCH');
  await world.time.advance(limits.consoleGapMs + 1_000);
  await events.until(/"sees":"offline"[^]*"open":false|"open":false[^]*"sees":"offline"/);
  // 1 March 2026, midnight in UTC; in Paris 21:00 is 20:00Z. The phone goes on to give signs of life.
  for (let hour = 0; hour < 20; hour += 1) {
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await phone.up({ heartbeat: beat });
      await world.time.leap(300_000);
    }
  }
  await events.until(/"open":true,"createdAtMs":\d+,"sees":"online"[^]*"untilMs"/);
  t.equal(others.text().replaceAll(': still here\n\n', ''), before, 'homer hears nothing of it');

  await marge.post('/sign-out');
  for (let turn = 0; turn < 500 && !events.ended(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.ok(events.ended(), 'the stream ends with the session');
  t.notOk(others.ended());
});

await t.test('so many pages of one user hear of changes', async (t) => {
  const console = await consoleWorld(t);
  const marge = await console.member('marge');
  for (let count = 0; count < limits.consoleStreamsPerUser; count += 1) await stream(t, console, marge);
  t.match(await marge.get('/events'), { status: 429, body: { code: 'too-many-readers' } });
});

await t.test('apps of users: registered where that is allowed, bounded, their owner\'s alone', async (t) => {
  const closed = await consoleWorld(t);
  const nobody = await closed.member('marge');
  const request = { name: 'BeerChat', redirectUris: ['https://beer.example.org/callback'] };
  t.match(await nobody.post('/own-apps', request), { status: 403, body: { code: 'not-allowed-to-register' } });
  t.match((await nobody.get('/own-apps')).body, { allowed: false, apps: [] });

  const { world, member } = await consoleWorld(t, { byUsers: true });
  const [marge, homer] = [await member('marge'), await member('homer')];
  const added = await marge.post('/own-apps', request);
  t.match(added, { status: 201, body: { id: /^app_/, secret: String, name: 'BeerChat' } });
  const id = String(added.body['id']);
  t.same(await world.gateway.authenticate(id, Buffer.from(String(added.body['secret']))), { kind: 'app', app: id });
  t.match((await marge.get('/own-apps')).body, { allowed: true, apps: [{ id, ...request, deactivated: false }] });
  t.match(await marge.post('/own-apps', request), { status: 409, body: { code: 'name-taken' } });
  t.match(await marge.post('/own-apps', { name: 'Other', redirectUris: ['http://beer.example.org/'] }), { status: 400, body: { code: 'bad-redirect-uri' } });
  t.match(await marge.post(`/own-apps/${id}`, { redirectUris: ['https://beer.example.org/back'] }, 'PATCH'), { status: 200, body: { redirectUris: ['https://beer.example.org/back'] } });

  t.same((await homer.get('/own-apps')).body, { allowed: true, apps: [] });
  for (const [path, body] of [['/remove', {}], ['/domain', { domain: 'beer.example.org' }]] as const) {
    t.match(await homer.post(`/own-apps/${id}${path}`, body), { status: 404, body: { code: 'unknown-app' } }, path);
  }
  t.match(await homer.post(`/own-apps/${id}`, { redirectUris: ['https://evil.example.org/'] }, 'PATCH'), { status: 404 });

  for (let count = 1; count < limits.appsPerUser; count += 1) await marge.post('/own-apps', { name: `App ${count}`, redirectUris: request.redirectUris });
  t.match(await marge.post('/own-apps', { name: 'One more', redirectUris: request.redirectUris }), { status: 409, body: { code: 'too-many-apps' } });
  t.equal((await marge.post(`/own-apps/${id}/remove`)).status, 204);
  t.equal(await world.store.appByName('BeerChat'), undefined);
});

await t.test('a domain is the app\'s once its own key stands there', async (t) => {
  const sites = new Map<string, string>();
  const { world, member, app } = await consoleWorld(t, {
    byUsers: true,
    readDomainProof: (domain) => Promise.resolve(sites.has(domain) ? { ok: true, text: sites.get(domain)! } : { ok: false, reason: 'the site answers with status 404' }),
  });
  const marge = await member('marge');
  const ids: string[] = [];
  for (const name of ['BeerChat', 'Moe']) ids.push(String((await marge.post('/own-apps', { name, redirectUris: ['https://beer.example.org/'] })).body['id']));
  const [id = '', other = ''] = ids;
  const ask = (of: string, domain: string) => marge.post(`/own-apps/${of}/domain`, { domain });
  for (const wrong of ['beer', 'beer.example.org:8443', 'https://beer.example.org', '127.0.0.1', 'a..b.org', `${'a'.repeat(250)}.org`, 'beer.example.org/x']) {
    t.match(await ask(id, wrong), { status: 400, body: { code: 'bad-domain' } }, wrong);
  }
  const refusal = await ask(id, 'Beer.Example.org');
  t.match(refusal, { status: 409, body: { code: 'domain-unproven', detail: /into https:\/\/beer\.example\.org\/\.well-known\/lowbeat-app.*status 404/ } });
  const keyOf = (detail: unknown): string => /lowbeat-app-[\w-]{43}/.exec(String(detail))?.[0] ?? '';
  const key = keyOf(refusal.body['detail']);
  const keyOfOther = keyOf((await ask(other, 'beer.example.org')).body['detail']);
  t.not(key, keyOfOther, 'the key of one app proves nothing for another');
  sites.set('beer.example.org', `# our apps\n${keyOfOther}\n`);
  t.match(await ask(id, 'beer.example.org'), { status: 409, body: { detail: /the key is not there/ } });
  sites.set('beer.example.org', `# our apps\n${keyOfOther}\r\n ${key} \n`);
  t.match(await ask(id, 'beer.example.org'), { status: 200, body: { domain: 'beer.example.org' } });
  t.match(await world.store.app(id as never), { domain: 'beer.example.org' });

  const admin = await app.inject({ method: 'POST', url: '/admin/v1/apps/Moe/domain', headers: { authorization: 'Bearer admin' }, payload: { domain: 'beer.example.org' } });
  t.match(admin, { statusCode: 200 });
});
