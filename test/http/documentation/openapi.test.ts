import { randomBytes } from 'node:crypto';
// The OpenAPI document: valid, whole, and true of what the routes answer.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Validator } from '@seriousme/openapi-schema-validator';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import type { Test } from 'tap';

import { httpDocument } from '../../../src/cli/write-http-document.js';
import { hashSecret } from '../../../src/gateway/secrets.js';
import { Accounts } from '../../../src/http/account/accounts.js';
import { AppRegistration } from '../../../src/gateway/app-registration.js';
import { createHttpApp } from '../../../src/http/app.js';
import { openApiOf, operations } from '../../../src/http/documentation/openapi.js';
import { noLog } from '../../../src/ports/log.js';
import { seededBytes } from '../../gateway/seeded.js';
import { createWorld } from '../../gateway/world.js';
import type { World } from '../../gateway/world.js';

const root = join(import.meta.dirname, '../../../..');

async function setting(t: Test): Promise<{ readonly app: FastifyInstance; readonly world: World }> {
  const world = await createWorld({ gateway: { publicUrl: () => 'https://push.example.org' } });
  const { gateway, time } = world;
  const shared = { clock: time, deadlines: gateway.deadlines };
  const app = await createHttpApp({
    gateway, operations: gateway, log: noLog, version: '1.2.3', adminTokenHash: hashSecret('admin'),
    scrape: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
    backup: async function* () {},
    listening: () => [],
    presence: { ...shared, presence: gateway.presence },
    pages: { shell: { type: 'text/html', plain: Buffer.from('x'), gzipped: Buffer.from('x') }, assets: new Map() },
    console: {
      ...shared, store: world.store, users: gateway.users, publicUrl: () => 'https://push.example.org',
      appRegistration: new AppRegistration({ registry: gateway.registry, store: world.store, randomBytes: seededBytes(3), byUsers: true }),
      accounts: new Accounts({
        store: world.store, clock: time, randomBytes: seededBytes(2), registry: gateway.registry, publicUrl: () => 'https://push.example.org',
      }),
    },
    authorization: {
      store: world.store, clock: time, randomBytes, registry: gateway.registry, log: noLog, publicUrl: () => 'https://push.example.org',
      sessions: { of: () => Promise.resolve(undefined), forgery: () => Promise.resolve(undefined) },
    },
    push: {
      ...shared, push: gateway.push, gateway, publicUrl: () => 'https://push.example.org',
      applicationServerKey: () => Promise.resolve(new Uint8Array(65).fill(4)),
    },
  });
  t.teardown(() => app.close());
  return { app, world };
}

await t.test('it is valid OpenAPI 3.1, and served', async (t) => {
  const { app } = await setting(t);
  const served = await app.inject('/openapi.json');
  t.match(served, { statusCode: 200, headers: { 'content-type': /^application\/json/ } });
  const document = served.json<{ openapi: string; info: object }>();
  t.match(document, { openapi: '3.1.0', info: { title: 'Lowbeat', version: '1.2.3' } });
  t.match(await new Validator().validate(document), { valid: true });
});

await t.test('every route is told, and nothing else is', async (t) => {
  const { app } = await setting(t);
  const told = Object.entries(openApiOf(app).paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  t.same(told.sort(), Object.keys(operations).map((name) => name.replaceAll(/:(\w+)/g, '{$1}')).sort());
  for (const [name, { path = {}, answers }] of Object.entries(operations)) {
    t.same(Object.keys(path), [...name.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter), name);
    t.ok(Object.keys(answers).length > 0, name);
  }
});

await t.test('a route without a word said about it cannot be added', async (t) => {
  const { addOpenApi } = await import('../../../src/http/documentation/openapi.js');
  const { default: fastify } = await import('fastify');
  const app = fastify();
  await addOpenApi(app, '1');
  t.throws(() => app.get('/secret', () => 'x'), /says nothing of GET \/secret/);
});

await t.test('codes of refusals are those of docs/errors.md', (t) => {
  const document = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const codes = Object.values(operations).flatMap(({ problems = {} }) => Object.values(problems).flat());
  for (const code of new Set(codes)) t.ok(document.includes(`\`${code}\``), code);
  t.end();
});

await t.test('what routes answer is among what is told', async (t) => {
  const { app, world } = await setting(t);
  await world.user('anna');
  const device = await world.device('anna');
  const phone = await world.connect(device.id);
  const { endpoint = '' } = await phone.register('org.example.chat');
  const server = await world.app('server');
  const uid = await world.grant('anna', 'server');
  const basic = (name: string, secret: string): string => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
  const appServer = { authorization: basic(server.id, server.secret) };
  const admin = { authorization: 'Bearer admin' };
  const push = new URL(endpoint).pathname;
  const sent = await app.inject({ method: 'POST', url: push, headers: { ttl: '60', prefer: 'respond-async' } });
  const message = new URL(String(sent.headers['location'])).pathname;
  const receipts = new URL(/<([^>]+)>/.exec(String(sent.headers['link']))?.[1] ?? '').pathname;
  type Case = readonly [route: string, url: string, headers?: Record<string, string>, body?: string | object];
  const cases: readonly Case[] = [
    ['POST /push/:token', push], ['POST /push/:token', push, { ttl: '60' }], ['POST /push/:token', '/push/x', { ttl: '60' }],
    ['POST /push/:token', push, { ttl: '60' }, 'in the clear'], ['POST /push/:token', push, { ttl: '60' }, 'x'.repeat(5_000)],
    ['POST /push/:token', push, { ttl: '60', authorization: 'vapid t=x, k=y' }], ['GET /push/:token', push],
    ['GET /receipts/:token', receipts, { prefer: 'wait=0' }], ['GET /receipts/:token', `${receipts}?after=x`], ['HEAD /receipts/:token', receipts],
    ['DELETE /message/:token', message], ['DELETE /message/:token', message], ['DELETE /message/:token', '/message/x'],
    ['POST /_matrix/push/v1/notify', '/_matrix/push/v1/notify', {}, {}], ['GET /_matrix/push/v1/notify', '/_matrix/push/v1/notify'],
    ['GET /application-server-key', '/application-server-key'],
    ['POST /v1/notify/:uid', `/v1/notify/${uid}`, appServer, 'text'], ['POST /v1/notify/:uid', '/v1/notify/uid_0', appServer, 'text'],
    ['POST /v1/notify/:uid', `/v1/notify/${uid}?ttl=x`, appServer, 'text'], ['POST /v1/notify/:uid', `/v1/notify/${uid}`],
    ['DELETE /v1/messages/:reference', '/v1/messages/m1', appServer], ['GET /v1/presence', '/v1/presence', appServer],
    ['GET /v1/presence', '/v1/presence?limit=0', appServer], ['GET /v1/presence/:uid', `/v1/presence/${uid}`, appServer],
    ['GET /v1/presence/:uid', '/v1/presence/uid_0', appServer], ['GET /v1/presence/:uid', `/v1/presence/${uid}`],
    ['DELETE /subscription/:id', '/subscription/sub_0', { authorization: basic(device.id, device.token) }],
    ['DELETE /subscription/:id', '/subscription/sub_0'],
    ['GET /admin/v1/status', '/admin/v1/status', admin], ['GET /admin/v1/status', '/admin/v1/status'],
    ['POST /admin/v1/users', '/admin/v1/users', admin, { name: 'anna' }], ['POST /admin/v1/users', '/admin/v1/users', admin, { name: '' }],
    ['POST /admin/v1/users', '/admin/v1/users', admin, 'no JSON'], ['POST /admin/v1/users', '/admin/v1/users', admin, { name: 'bert' }],
    ['POST /admin/v1/devices', '/admin/v1/devices', admin, { user: 'nobody' }], ['POST /admin/v1/devices', '/admin/v1/devices', admin, { user: 'anna' }],
    ['POST /admin/v1/grants', '/admin/v1/grants', admin, { user: 'anna', app: 'server', scopes: ['all'] }],
    ['POST /admin/v1/send', '/admin/v1/send', admin, { uid, message: 'hello' }], ['POST /admin/v1/send', '/admin/v1/send', admin, { uid: 'x', message: 'y' }],
    ['GET /admin/v1/grants', '/admin/v1/grants?user=anna', admin], ['GET /admin/v1/grants', '/admin/v1/grants?user=nobody', admin],
    ['DELETE /admin/v1/users/:which', '/admin/v1/users/nobody', admin], ['DELETE /admin/v1/apps/:which', '/admin/v1/apps/server', admin],
    ['GET /console/v1/session', '/console/v1/session'], ['GET /console/v1/apps', '/console/v1/apps'],
    ['POST /console/v1/sign-in/password', '/console/v1/sign-in/password', {}, {}],
    ['POST /admin/v1/invitations', '/admin/v1/invitations', admin, {}], ['POST /admin/v1/invitations', '/admin/v1/invitations', admin, { user: 'nobody' }],
    ['GET /healthz', '/healthz'], ['GET /readyz', '/readyz'], ['GET /metrics', '/metrics'], ['GET /', '/'],
  ];
  for (const [route, url, headers = {}, body] of cases) {
    const [method = ''] = route.split(' ');
    const answer = await app.inject({
      method: method as 'GET', url, headers: { ...headers, ...(typeof body === 'string' && url.startsWith('/admin') ? { 'content-type': 'application/json' } : {}) },
      ...(body !== undefined && { payload: body }),
    });
    const { answers, problems = {} } = operations[route]!;
    const { statusCode: status } = answer;
    if (String(answer.headers['content-type']).startsWith('application/problem+json') && answer.body !== '') {
      const { code } = answer.json<{ code: string }>();
      t.ok(problems[status]?.some((told) => told === code), `${route} ${url.slice(0, 40)}: ${status} ${code}`);
    } else {
      t.ok(answers[status] !== undefined || problems[status] !== undefined, `${route} ${url.slice(0, 40)}: ${status}`);
      const told = answers[status]?.headers ?? {};
      for (const name of Object.keys(told)) t.ok(answer.headers[name.toLowerCase()] !== undefined, `${route}: ${name}`);
    }
  }
});

await t.test('another method than an address takes is 405, and Allow names those', async (t) => {
  const { app } = await setting(t);
  for (const [method, url, allow] of [
    ['PUT', '/push/x', 'GET, HEAD, OPTIONS, POST'], ['GET', '/v1/notify/x', 'POST'], ['DELETE', '/v1/presence/x/', 'GET, HEAD'], ['PATCH', '/?x', 'GET, HEAD'],
  ] as const) {
    const answer = await app.inject({ method, url });
    t.match(answer, { statusCode: 405, headers: { allow } }, `${method} ${url}`);
    t.equal(answer.json<{ code: string }>().code, 'method-not-allowed');
  }
  for (const url of ['/nothing', '/push', '/push/x/y', '/v1']) t.match(await app.inject({ method: 'PUT', url }), { statusCode: 404 }, url);
});

await t.test('docs/http.md is what the routes are', async (t) => {
  const written = readFileSync(join(root, 'docs/http.md'), 'utf8');
  t.equal(written, await httpDocument(), 'run "npm run generate" and commit the result');
});
