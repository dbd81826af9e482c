import type { FastifyInstance } from 'fastify';
import t from 'tap';
import type { Test } from 'tap';

import type { PublishResult } from '../../src/gateway/doors.js';
import type { OperatorMessage, UnreadyReason } from '../../src/gateway/operations.js';
import { Registry } from '../../src/gateway/registry.js';
import { authenticate } from '../../src/gateway/authentication.js';
import { hashSecret, secretMatches } from '../../src/gateway/secrets.js';
import { createHttpApp } from '../../src/http/app.js';
import { createPrometheusMetrics } from '../../src/http/metrics.js';
import { noLog } from '../../src/ports/log.js';
import { StoreError } from '../../src/ports/store.js';
import type { Store } from '../../src/ports/store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { seededBytes } from '../gateway/seeded.js';
import { VirtualTime } from '../gateway/virtual-time.js';

const token = 'an-admin-token-of-a-test';

interface Setup {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly sent: OperatorMessage[];
  readonly unready: UnreadyReason[];
  answer: PublishResult;
}

async function setUp(t: Pick<Test, 'teardown'>): Promise<Setup> {
  const store = createMemoryStore();
  const registry = new Registry({ store, clock: new VirtualTime(), randomBytes: seededBytes(1) });
  const { scrape } = createPrometheusMetrics({ counts: () => store.counts() });
  const setup = { store, sent: [], unready: [], answer: { ok: true, duplicate: false } } as unknown as Setup;
  const app = await createHttpApp({
    gateway: undefined as never,
    operations: {
      registry,
      status: async () => ({
        startedAtMs: 1,
        uptimeSeconds: 2,
        links: 3,
        appConnections: 4,
        unready: setup.unready,
        store: await store.counts(),
      }),
      unready: () => setup.unready,
      send: (message) => {
        setup.sent.push(message);
        return Promise.resolve(setup.answer);
      },
    },
    scrape,
    log: noLog,
    adminTokenHash: hashSecret(token),
    async *backup() {
      for await (const { key, value } of store.export()) yield Buffer.concat([Buffer.from(key), value]);
    },
    version: '1.2.3',
    listening: () => [{ name: 'MQTT', url: 'mqtt://<here>:1883' }],
  });
  t.teardown(() => app.close());
  return Object.assign(setup, { app });
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function ask(setup: Setup, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer> {
  const response = await setup.app.inject({
    method,
    url: `/admin/v1${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body === '' ? {} : response.json<Record<string, never>>(),
  };
}

await t.test('users, devices, apps and grants are added, listed and removed', async (t) => {
  const setup = await setUp(t);
  const user = await ask(setup, 'POST', '/users', { name: 'anna' });
  t.equal(user.status, 201);
  t.match(user.body, { id: /^usr_[0-9a-z]{26}$/, name: 'anna' });

  const device = await ask(setup, 'POST', '/devices', { user: 'anna', name: 'phone' });
  t.equal(device.status, 201);
  t.match(device.body, { id: /^dev_[0-9a-z]{26}$/, token: /^[\w-]{43}$/, user: 'anna', name: 'phone' });
  const kept = await setup.store.device(device.body['id'] as never);
  t.ok(secretMatches(device.body['token'] as unknown as string, kept?.tokenHash), 'only its hash is kept');

  const app = await ask(setup, 'POST', '/apps', { name: 'chat' });
  t.equal(app.status, 201);
  t.match(app.body, { id: /^app_[0-9a-z]{26}$/, secret: /^[\w-]{43}$/, name: 'chat' });

  const grant = await ask(setup, 'POST', '/grants', { user: 'anna', app: 'chat', scopes: ['presence', 'notify'] });
  t.equal(grant.status, 201);
  t.match(grant.body, { uid: /^uid_[0-9a-z]{26}$/, user: 'anna', app: app.body['id'], scopes: ['notify', 'presence'] });
  const again = await ask(setup, 'POST', '/grants', { user: user.body['id'], app: app.body['id'], scopes: ['notify'] });
  t.equal(again.body['uid'], grant.body['uid'], 'a second grant keeps the uid');
  t.same(again.body['scopes'], ['notify']);

  t.match((await ask(setup, 'GET', '/users')).body, { items: [{ name: 'anna' }] });
  for (const path of ['/devices', '/devices?user=anna']) {
    const listed = (await ask(setup, 'GET', path)).body;
    t.match(listed, { items: [{ user: 'anna', name: 'phone', minimumUrgency: 'very-low' }] }, path);
    t.notMatch(JSON.stringify(listed), /[Hh]ash|token/);
  }
  t.match((await ask(setup, 'GET', '/apps')).body, { items: [{ name: 'chat' }] });
  for (const path of ['/grants', '/grants?user=anna', '/grants?app=chat', '/grants?user=anna&app=chat']) {
    t.match((await ask(setup, 'GET', path)).body, { items: [{ user: 'anna', app: 'chat', paused: false }] }, path);
  }

  t.equal((await ask(setup, 'DELETE', `/grants/${grant.body['uid']}`)).status, 204);
  t.match(await ask(setup, 'DELETE', `/grants/${grant.body['uid']}`), { status: 404, body: { code: 'unknown-grant' } });
  t.equal((await ask(setup, 'DELETE', `/devices/${device.body['id']}`)).status, 204);
  t.equal((await ask(setup, 'DELETE', '/apps/chat')).status, 204);
  t.equal((await ask(setup, 'DELETE', '/users/anna')).status, 204);
  for (const path of ['/users', '/devices', '/apps', '/grants']) {
    t.same((await ask(setup, 'GET', path)).body, { items: [] });
  }
});

await t.test('an app is told of presence where the operator says', async (t) => {
  const setup = await setUp(t);
  const { body: app } = await ask(setup, 'POST', '/apps', { name: 'chat' });
  const webhook = 'https://chat.example.org/presence';
  const set = await ask(setup, 'PATCH', '/apps/chat', { webhook });
  t.match(set, { status: 200, body: { id: app['id'], name: 'chat', webhook, webhookSecret: /^whsec_[A-Za-z0-9+/]{43}=$/ } });
  t.same(await setup.store.app(app['id'] as never), { ...(await setup.store.appByName('chat')), webhook });
  t.match((await ask(setup, 'GET', '/apps')).body, { items: [{ name: 'chat', webhook }] });
  t.notMatch(JSON.stringify((await ask(setup, 'GET', '/apps')).body), /whsec/);
  const parts: Uint8Array[] = [];
  for await (const { value } of setup.store.export()) parts.push(value);
  const kept = Buffer.concat(parts);
  const secret = Buffer.from((set.body['webhookSecret'] as unknown as string).slice(6), 'base64');
  t.notOk(kept.includes(secret) || kept.includes(String(set.body['webhookSecret'])), 'the secret is kept nowhere');
  t.same((await ask(setup, 'PATCH', `/apps/${app['id']}`, { webhook: 'https://CHAT.example.org:443/presence' })).body, set.body, 'one spelling, one secret');

  for (const wrong of [{}, { webhook: 7 }, { webhook, name: 'other' }, { webhook: undefined }]) {
    t.match(await ask(setup, 'PATCH', '/apps/chat', wrong), { status: 400, body: { code: 'bad-request' } }, JSON.stringify(wrong));
  }
  for (const [wrong, detail] of [['http://chat.example.org/', /not an https URL; an https URL such as/], ['chat', /not a URL/]] as const) {
    t.match(await ask(setup, 'PATCH', '/apps/chat', { webhook: wrong }), { status: 400, body: { code: 'bad-webhook', detail } });
  }
  t.match(await ask(setup, 'PATCH', '/apps/nobody', { webhook }), { status: 404, body: { code: 'unknown-app' } });
  t.same((await ask(setup, 'PATCH', '/apps/chat', { webhook: null })).body, { id: app['id'], name: 'chat', webhook: null });
  t.same((await ask(setup, 'PATCH', '/apps/chat', { webhook })).body, set.body, 'the same again');
  t.same((await ask(setup, 'PATCH', '/apps/chat', { webhook: null })).status, 200);
  t.notMatch((await ask(setup, 'GET', '/apps')).body, { items: [{ webhook }] });
});

await t.test('lists come in pages', async (t) => {
  const setup = await setUp(t);
  for (const name of ['one', 'two', 'three']) {
    await ask(setup, 'POST', '/users', { name });
    await ask(setup, 'POST', '/apps', { name });
  }
  for (const user of ['one', 'two', 'three']) {
    for (const app of ['one', 'two', 'three']) await ask(setup, 'POST', '/grants', { user, app, scopes: ['notify'] });
  }
  for (const [path, count] of [['/users', 3], ['/apps', 3], ['/grants', 9], ['/grants?app=two', 3]] as const) {
    const seen = new Set<string>();
    let after: string | undefined;
    do {
      const join = path.includes('?') ? '&' : '?';
      const page = await ask(setup, 'GET', `${path}${join}limit=2${after === undefined ? '' : `&after=${after}`}`);
      t.equal(page.status, 200);
      const { items, next } = page.body as unknown as { items: { id?: string; uid?: string }[]; next?: string };
      t.ok(items.length <= 2);
      for (const item of items) seen.add(item.id ?? item.uid ?? '');
      after = next;
    } while (after !== undefined);
    t.equal(seen.size, count, path);
  }
});

await t.test('bad input is named: key, value, and what is allowed', async (t) => {
  const setup = await setUp(t);
  await ask(setup, 'POST', '/users', { name: 'anna' });
  await ask(setup, 'POST', '/apps', { name: 'chat' });
  const cases: readonly (readonly ['GET' | 'POST' | 'DELETE', string, object | undefined, number, string, RegExp])[] = [
    ['POST', '/users', {}, 400, 'bad-request', /^name: a name, as text, not nothing$/],
    ['POST', '/users', { name: 7 }, 400, 'bad-request', /^name: .*not 7$/],
    ['POST', '/users', { name: 'bob', nmae: 'x' }, 400, 'bad-request', /^nmae: there is no such key, not "x"$/],
    ['POST', '/users', ['anna'], 400, 'bad-request', /^body: a JSON object, not \["anna"\]$/],
    ['POST', '/users', undefined, 400, 'bad-request', /^body: a JSON object, not n/],
    ['POST', '/users', { name: '' }, 400, 'bad-name', /1 to 64 letters/],
    ['POST', '/users', { name: 'a/b' }, 400, 'bad-name', /"a\/b"/],
    ['POST', '/users', { name: 'x'.repeat(65) }, 400, 'bad-name', /1 to 64/],
    ['POST', '/users', { name: 'usr_0123' }, 400, 'bad-name', /form of an id/],
    ['POST', '/users', { name: 'anna' }, 409, 'name-taken', /"anna"/],
    ['POST', '/devices', { user: 'nobody' }, 404, 'unknown-user', /"nobody"/],
    ['POST', '/devices', { user: '\ud800' }, 404, 'unknown-user', /no user/],
    ['POST', '/grants', { user: 'anna', app: 'chat', scopes: ['everything'] }, 400, 'bad-scopes', /"everything".*notify/],
    ['POST', '/grants', { user: 'anna', app: 'chat', scopes: [] }, 400, 'bad-scopes', /no scope/],
    ['POST', '/grants', { user: 'anna', app: 'chat', scopes: [3] }, 400, 'bad-request', /^scopes\.0: .*not 3$/],
    ['POST', '/grants', { user: 'anna', app: 'news', scopes: ['notify'] }, 404, 'unknown-app', /"news"/],
    ['GET', '/users?limit=0', undefined, 400, 'bad-request', /^limit: a whole number from 1/],
    ['GET', '/users?after=%00', undefined, 400, 'bad-range', /after/],
    ['GET', '/users?page=2', undefined, 400, 'bad-request', /^page: there is no such key/],
    ['DELETE', '/devices/dev_0', undefined, 404, 'unknown-device', /dev_0/],
    ['DELETE', '/grants/nonsense', undefined, 404, 'unknown-grant', /nonsense/],
    ['GET', '/nothing', undefined, 404, 'not-found', /GET \/admin\/v1\/nothing/],
    ['POST', '/send', { uid: 'uid_1', message: 'x', data: 'eA==' }, 400, 'bad-request', /exactly one of/],
    ['POST', '/send', { uid: 'uid_1', message: 'x', ttl: -1 }, 400, 'bad-request', /^ttl: whole seconds from 0/],
    ['POST', '/send', { uid: 'uid_1', message: 'x', urgency: 'now' }, 400, 'bad-request', /^urgency: one of very-low, low/],
  ];
  for (const [method, path, body, status, code, detail] of cases) {
    const answer = await ask(setup, method, path, body);
    const label = `${method} ${path} ${JSON.stringify(body)}`;
    t.match(answer, { status, body: { status, code, detail, type: `urn:lowbeat:error:${code}` } }, label);
    t.match(answer.headers, { 'content-type': /^application\/problem\+json/ });
  }
  const large = await setup.app.inject({
    method: 'POST',
    url: '/admin/v1/users',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: JSON.stringify({ name: 'x'.repeat(20_000) }),
  });
  t.match(large, { statusCode: 413 });
  t.match(large.json(), { code: 'payload-too-large' });
  const broken = await setup.app.inject({
    method: 'POST',
    url: '/admin/v1/users',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: '{"name":',
  });
  t.match(broken, { statusCode: 400 });
  t.match(broken.json(), { code: 'bad-request' });
});

await t.test('without the token there is nothing to see', async (t) => {
  const setup = await setUp(t);
  for (const authorization of [undefined, '', 'Bearer', 'Bearer wrong', `Basic ${token}`, `Bearer ${token}x`, `Bearer x${token}`]) {
    for (const url of ['/admin/v1/users', '/admin/v1/status', '/admin/v1/backup']) {
      const response = await setup.app.inject({
        method: url.endsWith('backup') ? 'POST' : 'GET',
        url,
        headers: authorization === undefined ? {} : { authorization },
      });
      t.match(response, { statusCode: 401, headers: { 'www-authenticate': /^Bearer/ } }, `${authorization} ${url}`);
      t.equal(response.json<{ code: string }>().code, 'unauthorized');
    }
  }
});

await t.test('an operator sends a notification', async (t) => {
  const setup = await setUp(t);
  const text = await ask(setup, 'POST', '/send', { uid: 'uid_1', message: 'Zürich', urgency: 'high', ttl: 60, topic: 't' });
  t.equal(text.status, 201);
  await ask(setup, 'POST', '/send', { uid: 'uid_1', data: Buffer.from([0, 255]).toString('base64') });
  t.match(setup.sent[0], { uid: 'uid_1', urgency: 'high', ttlSeconds: 60, topic: 't' });
  t.equal(Buffer.from(setup.sent[0]!.data).toString(), 'Zürich');
  t.match(setup.sent[1], { urgency: 'normal', ttlSeconds: 2_419_200, topic: '' });
  t.same([...setup.sent[1]!.data], [0, 255]);
  setup.answer = { ok: false, error: { code: 'rate-limited', message: 'slower', retryAfterSeconds: 3 } };
  const refused = await ask(setup, 'POST', '/send', { uid: 'uid_1', message: 'x' });
  t.match(refused, { status: 429, headers: { 'retry-after': '3' }, body: { code: 'rate-limited', detail: 'slower' } });
});

await t.test('a store that fails is a 503 with a code, and changes nothing', async (t) => {
  const setup = await setUp(t);
  for (const [code, expected] of [['STORE_BUSY', 'store-busy'], ['STORE_UNAVAILABLE', 'store-unavailable'], ['STORE_CLOSED', 'stopping']] as const) {
    setup.store.addUser = () => Promise.reject(new StoreError(code, 'no'));
    const answer = await ask(setup, 'POST', '/users', { name: 'anna' });
    t.match(answer, { status: 503, body: { code: expected }, headers: { 'retry-after': /^\d+$/ } });
  }
});

await t.test('a backup is the whole store', async (t) => {
  const setup = await setUp(t);
  await ask(setup, 'POST', '/users', { name: 'anna' });
  const response = await setup.app.inject({
    method: 'POST',
    url: '/admin/v1/backup',
    headers: { authorization: `Bearer ${token}` },
  });
  t.equal(response.statusCode, 200);
  t.match(response.headers, { 'content-type': 'application/octet-stream' });
  t.ok(response.rawPayload.includes('anna'));
});

await t.test('health, readiness, metrics and the landing page', async (t) => {
  const setup = await setUp(t);
  const visit = (url: string) => setup.app.inject({ method: 'GET', url });
  t.match(await visit('/healthz'), { statusCode: 200 });
  t.match((await visit('/readyz')).json(), { status: 'ready', reasons: [] });
  setup.unready.push('store-unavailable');
  const unready = await visit('/readyz');
  t.equal(unready.statusCode, 503);
  t.match(unready.json(), { status: 'not-ready', reasons: ['store-unavailable'] });
  t.match(await visit('/healthz'), { statusCode: 200 }, 'the process lives all the same');
  await ask(setup, 'POST', '/users', { name: 'anna' });
  const metrics = (await visit('/metrics')).body;
  for (const line of ['lowbeat_users 1', 'lowbeat_store_readable 1', 'nodejs_eventloop_lag_seconds', 'process_cpu_seconds_total', 'lowbeat_links 0']) {
    t.ok(metrics.includes(line), line);
  }
  const page = await visit('/');
  t.match(page.headers, { 'content-type': /^text\/html/, 'x-content-type-options': 'nosniff' });
  t.match(page.body, 'mqtt://&lt;here&gt;:1883');
  t.match((await ask(setup, 'GET', '/status')).body, { version: '1.2.3', links: 3, store: { users: 1 } });
});

await t.test('an app is deactivated, and let in again with what users allowed it', async (t) => {
  const setup = await setUp(t);
  await ask(setup, 'POST', '/users', { name: 'anna' });
  const app = (await ask(setup, 'POST', '/apps', { name: 'chat' })).body as unknown as { readonly id: string; readonly secret: string };
  await ask(setup, 'POST', '/grants', { user: 'anna', app: 'chat', scopes: ['notify', 'presence'] });
  const isLetIn = async () => await authenticate(setup.store, app.id, Buffer.from(app.secret)) !== undefined;
  t.match(await ask(setup, 'PATCH', '/apps/chat', { deactivated: true }), { status: 200, body: { id: app.id, deactivated: true } });
  t.notOk(await isLetIn());
  t.match((await ask(setup, 'GET', '/apps')).body, { items: [{ name: 'chat', deactivated: true }] });
  t.match(await ask(setup, 'PATCH', '/apps/chat', { deactivated: false }), { status: 200, body: { deactivated: false } });
  t.ok(await isLetIn());
  t.match((await ask(setup, 'GET', '/grants')).body, { items: [{ app: 'chat' }] });
  t.match(await ask(setup, 'PATCH', '/apps/chat', {}), { status: 400, body: { code: 'bad-request' } });
  t.match(await ask(setup, 'PATCH', '/apps/gone', { deactivated: true }), { status: 404, body: { code: 'unknown-app' } });
});
