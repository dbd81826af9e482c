import t from 'tap';

import { phoneOf, pushWorld } from './push-world.js';

const from = { origin: 'https://app.example.org' };

await t.test('a script of any origin may do what any sender may, without credentials', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { endpoint } = await phoneOf(world);
  const places: readonly (readonly [path: string, methods: string])[] = [
    [endpoint, 'POST, GET, HEAD'],
    ['/message/x', 'DELETE'],
    ['/receipts/x', 'HEAD, GET'],
    ['/subscription/x', 'DELETE'],
    ['/_matrix/push/v1/notify', 'GET, HEAD, POST'],
  ];
  for (const [path, methods] of places) {
    const preflight = await ask('OPTIONS', path, {
      ...from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,ttl',
    });
    t.match(preflight, { status: 204, body: '' }, path);
    t.equal(preflight.headers['access-control-allow-origin'], '*');
    t.same(preflight.headers['access-control-allow-methods']?.split(', ').sort(), methods.split(', ').sort(), path);
    const allowed = preflight.headers['access-control-allow-headers']?.split(', ') ?? [];
    for (const name of ['authorization', 'ttl', 'urgency', 'topic', 'content-encoding', 'prefer', 'link', 'last-event-id']) {
      t.ok(allowed.includes(name), `${path}: ${name}`);
    }
    t.equal(preflight.headers['access-control-allow-credentials'], undefined);
  }
});

await t.test('answers can be read, refusals too', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { endpoint } = await phoneOf(world);
  const answers = [
    await ask('POST', endpoint, { ...from, ttl: '60' }),
    await ask('POST', endpoint, from),
    await ask('POST', endpoint, { ...from, ttl: '60' }, Buffer.alloc(5_000)),
    await ask('POST', `${endpoint}x`, { ...from, ttl: '60' }),
    await ask('GET', '/receipts/x', from),
  ];
  t.same(answers.map(({ status }) => status), [201, 400, 413, 404, 404]);
  for (const { status, headers } of answers) {
    t.equal(headers['access-control-allow-origin'], '*', String(status));
    t.match(headers['access-control-expose-headers'], /location.*retry-after/, String(status));
  }
});

await t.test('nothing else is open to other origins', async (t) => {
  const { ask } = await pushWorld(t);
  for (const path of ['/', '/healthz', '/metrics', '/admin/v1/users', '/v1/notify/uid_x']) {
    t.equal((await ask('OPTIONS', path, { ...from, 'access-control-request-method': 'GET' })).status, 405, path);
    t.equal((await ask('GET', path, from)).headers['access-control-allow-origin'], undefined, path);
  }
});
