import type { FastifyInstance } from 'fastify';
import t from 'tap';
import type { Test } from 'tap';

import { hashSecret } from '../../src/gateway/secrets.js';
import { createHttpApp } from '../../src/http/app.js';
import { createPrometheusMetrics } from '../../src/http/metrics.js';
import { noLog } from '../../src/ports/log.js';
import { StoreError } from '../../src/ports/store.js';
import { createWorld, pairOf, textOf } from '../gateway/world.js';
import type { Pair, World } from '../gateway/world.js';

interface Setup extends Pair {
  readonly http: FastifyInstance;
  readonly world: World;
  readonly authorization: string;
}

async function setUp(t: Test): Promise<Setup> {
  const world = await createWorld();
  const pair = await pairOf(world);
  const server = await world.app('server');
  const uid = await world.grant('anna', 'server');
  await pair.phone.register('server');
  const http = await createHttpApp({
    gateway: world.gateway,
    operations: world.gateway,
    scrape: createPrometheusMetrics({}).scrape,
    log: noLog,
    adminTokenHash: hashSecret('admin'),
    backup: async function* () {},
    version: '1.2.3',
    listening: () => [],
  });
  t.teardown(() => http.close());
  return { ...pair, http, world, app: server.id, uid, authorization: basic(server.id, server.secret) };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

await t.test('POST /v1/notify/<uid> is a publish, whatever the content type', async (t) => {
  const { http, world, authorization, uid, phone } = await setUp(t);
  const payloads: readonly (readonly [string | undefined, string | Buffer])[] = [
    ['text/plain', 'plain'],
    ['application/json', '{"not":"parsed"'],
    ['application/octet-stream', Buffer.from([0, 255, 1])],
    [undefined, 'untyped'],
    ['multipart/form-data', ''],
  ];
  for (const [type, payload] of payloads) {
    const response = await http.inject({
      method: 'POST',
      url: `/v1/notify/${uid}?urgency=high&ttl=60`,
      headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
      payload,
    });
    t.equal(response.statusCode, 201, type ?? 'no content type');
    t.same(response.json(), { accepted: true, duplicate: false });
  }
  const bare = await http.inject({ method: 'POST', url: `/v1/notify/${uid}`, headers: { authorization } });
  t.equal(bare.statusCode, 201, 'no body is a bare wake-up');
  await world.settle();
  t.same(
    phone.notifications.map(({ data }) => Buffer.from(data).toString('hex')),
    [...payloads.map(([, payload]) => Buffer.from(payload).toString('hex')), ''],
  );
});

await t.test('a message is named, receipted and cancelled', async (t) => {
  const { http, world, authorization, uid, device, phone } = await setUp(t);
  phone.drop();
  const send = () => http.inject({ method: 'POST', url: `/v1/notify/${uid}?id=a&receipt=true`, headers: { authorization }, payload: 'x' });
  t.same((await send()).json(), { accepted: true, duplicate: false });
  t.same((await send()).json(), { accepted: true, duplicate: true });
  const cancel = () => http.inject({ method: 'DELETE', url: '/v1/messages/a', headers: { authorization } });
  t.equal((await cancel()).statusCode, 204);
  t.match(await cancel(), { statusCode: 404 });
  t.same(await world.store.waiting(device, 0, 1), []);
});

await t.test('refusals are problems with a code', async (t) => {
  const { http, world, authorization, uid } = await setUp(t);
  const foreign = await world.app('other');
  const token = (await world.device('anna')).token;
  const url = `/v1/notify/${uid}`;
  const cases: readonly (readonly [string, object, string | Buffer, number, string])[] = [
    [url, {}, 'x', 401, 'unauthorized'],
    [url, { authorization: 'Basic' }, 'x', 401, 'unauthorized'],
    [url, { authorization: 'Basic !!!' }, 'x', 401, 'unauthorized'],
    [url, { authorization: basic(foreign.id, 'wrong') }, 'x', 401, 'unauthorized'],
    [url, { authorization: basic(token, token) }, 'x', 401, 'unauthorized'],
    [url, { authorization: basic(foreign.id, foreign.secret) }, 'x', 404, 'unknown-destination'],
    ['/v1/notify/uid_0', { authorization }, 'x', 404, 'unknown-destination'],
    ['/v1/notify/%00', { authorization }, 'x', 404, 'unknown-destination'],
    [`${url}?urgency=soon`, { authorization }, 'x', 400, 'bad-option'],
    [`${url}?ttl=1&ttl=2`, { authorization }, 'x', 400, 'bad-option'],
    [`${url}?retain=true`, { authorization }, 'x', 400, 'bad-option'],
    [url, { authorization }, Buffer.alloc(4_097), 413, 'payload-too-large'],
    ['/v1/nothing', { authorization }, 'x', 404, 'not-found'],
  ];
  for (const [path, headers, payload, status, code] of cases) {
    const response = await http.inject({ method: 'POST', url: path, headers: { 'content-type': 'text/plain', ...headers }, payload });
    t.match(response, { statusCode: status, headers: { 'content-type': /^application\/problem\+json/ } }, `${path} ${code}`);
    t.match(response.json(), { status, code, type: `urn:lowbeat:error:${code}` });
  }
  const largest = await http.inject({ method: 'POST', url, headers: { authorization }, payload: Buffer.alloc(4_096, 'x') });
  t.equal(largest.statusCode, 201);
  await world.revoke(uid);
  const gone = await http.inject({ method: 'POST', url, headers: { authorization }, payload: 'x' });
  t.match(gone, { statusCode: 410 });
  t.match(gone.json(), { code: 'revoked' });
  world.store.app = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'disk'));
  const ill = await http.inject({ method: 'POST', url, headers: { authorization }, payload: 'x' });
  t.match(ill, { statusCode: 503, headers: { 'retry-after': '5' } }, 'it cannot tell, so it does not say 401');
});

await t.test('an operator sends through the running gateway', async (t) => {
  const { http, world, uid, phone } = await setUp(t);
  const send = (to: string) =>
    http.inject({ method: 'POST', url: '/admin/v1/send', headers: { authorization: 'Bearer admin' }, payload: { uid: to, message: 'hello' } });
  t.equal((await send(uid)).statusCode, 201);
  await world.settle();
  t.equal(textOf(phone.notifications[0]!.data), 'hello');
  t.match((await send('uid_unknown')).json(), { code: 'unknown-destination' });
  const status = await http.inject({ method: 'GET', url: '/admin/v1/status', headers: { authorization: 'Bearer admin' } });
  t.match(status.json(), { links: 1, appConnections: 0, unready: [], store: { users: 1, apps: 2 } });
});
