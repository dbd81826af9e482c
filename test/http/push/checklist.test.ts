// Rows of the Web Push checklist that are about time, trouble, and what goes no further; the others stand in door.test.ts,
// receipts.test.ts and test/gateway/push.test.ts.

import t from 'tap';

import { limits } from '../../../src/core/limits.js';
import { StoreError } from '../../../src/ports/store.js';
import type { Store } from '../../../src/ports/store.js';
import { createMemoryStore } from '../../../src/store/memory/memory-store.js';
import { refusing } from '../../gateway/stores.js';
import { phoneOf, pushWorld } from './push-world.js';
import { sealed } from './senders.js';
import { signer } from './vapid-signer.js';
import type { World } from '../../gateway/world.js';

const second = 1_000;

/** Ten minutes from now, in seconds since the epoch. */
function inTime({ time }: World): number {
  return Math.floor(time.nowMs() / 1000) + 600;
}

await t.test('web-push 4: what is below the minimum of the device waits until that drops', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { phone, endpoint } = await phoneOf(world);
  const texts = (): readonly number[] => phone.notifications.map(({ data }) => data.length);
  await phone.up({ settings: { minimumUrgency: 'high' } });
  const [low, urgent] = [sealed('later'), sealed('urgent!')];
  await ask('POST', endpoint, { ...low.headers, urgency: 'normal' }, low.body);
  await ask('POST', endpoint, { ...urgent.headers, urgency: 'high' }, urgent.body);
  await world.settle();
  t.same(texts(), [urgent.body.length]);
  await phone.up({ settings: { minimumUrgency: 'normal' } });
  await world.settle();
  t.same(texts(), [urgent.body.length, low.body.length]);
  t.notMatch(JSON.stringify(phone.frames), /urgency|normal|high/, 'the urgency itself never reaches it');
});

await t.test('web-push 7: a condition that passes is no 4xx but 429', async (t) => {
  let failing: StoreError['code'] | undefined;
  const memory = createMemoryStore();
  const store: Store = new Proxy(memory, {
    get: (target, name) => {
      if (name === 'acceptFor' && failing !== undefined) return refusing(new StoreError(failing, 'no disk'));
      const method = Reflect.get(target, name) as (...parameters: unknown[]) => Promise<unknown>;
      return (...parameters: unknown[]) => (failing === undefined || name === 'close'
        ? method.apply(target, parameters) : Promise.reject(new StoreError(failing, 'no disk')));
    },
  });
  const { ask, world, front } = await pushWorld(t, { store });
  const { endpoint } = await phoneOf(world);
  for (const code of ['STORE_BUSY', 'STORE_UNAVAILABLE'] as const) {
    failing = code;
    const answer = await ask('POST', endpoint, { ttl: '60' });
    t.equal(answer.status, 503, code);
    t.ok(Number(answer.headers['retry-after']) >= 1, code);
    failing = undefined;
    await world.advance(limits.probeFailingMs + second);
    t.equal((await ask('POST', endpoint, { ttl: '60' })).status, 201, 'and the subscription is as it was');
  }
  await world.gateway.stop();
  t.match(await ask('POST', endpoint, { ttl: '60' }), { status: 503, body: /stopping/ });
  await front.close(50);
});

await t.test('web-push 10: a message is sent until the device acknowledges it, or its TTL ends', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { phone, device, endpoint } = await phoneOf(world);
  await ask('POST', endpoint, { ttl: '1000' });
  await ask('POST', endpoint, { ttl: '200' });
  await world.settle();
  t.equal(phone.notifications.length, 2);
  await world.advance(limits.redeliverMs + second);
  t.same(phone.notifications.map(({ id }) => id), [1, 2, 1, 2], 'again on the same link');
  phone.drop();
  const again = await world.connect(device.id);
  t.same(again.notifications.map(({ id }) => id), [1, 2], 'and on the next');
  again.drop();
  await world.advance(100 * second);
  const third = await world.connect(device.id);
  t.same(third.notifications.map(({ id }) => id), [1], 'not after its TTL');
  await third.up({ acks: [1] });
  third.drop();
  await world.settle();
  t.same((await world.connect(device.id)).notifications, []);
});

await t.test('web-push 13: when the device unsubscribes, what waits goes too', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { phone, device, endpoint, subscription } = await phoneOf(world);
  phone.drop();
  await world.settle();
  const { headers } = await ask('POST', endpoint, { ttl: '600', prefer: 'respond-async' });
  t.equal((await world.store.waiting(device.id, 0, 9)).length, 1);
  const authorization = `Basic ${Buffer.from(`${device.id}:${device.token}`).toString('base64')}`;
  t.equal((await ask('DELETE', `/subscription/${subscription}`, { authorization })).status, 204);
  t.same(await world.store.waiting(device.id, 0, 9), []);
  t.equal((await ask('POST', endpoint, { ttl: '600' })).status, 410);
  t.equal((await ask('DELETE', `/subscription/${subscription}`, { authorization })).status, 404, 'once');
  await world.advance(601 * second);
  await world.sweep();
  const receipts = /<([^>]+)>/.exec(headers['link'] ?? '')?.[1] ?? '';
  t.match((await ask('GET', receipts, { prefer: 'wait=0' })).body, /"status":410/, 'it is given up');
});

await t.test('web-push 16: neither token nor key goes any further', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { phone, endpoint, device } = await phoneOf(world);
  const { key, sign } = await signer();
  const authorization = await sign({ aud: new URL(endpoint).origin, exp: inTime(world), sub: 'mailto:somebody@example.org' });
  const { headers, body } = sealed('signed');
  t.equal((await ask('POST', endpoint, { ...headers, authorization, prefer: 'respond-async' }, body)).status, 202);
  await world.settle();
  const [token = ''] = /[\w-]+\.[\w-]+\.[\w-]+/.exec(authorization) ?? [];
  const seen = Buffer.concat([
    Buffer.from(JSON.stringify(phone.frames)), ...phone.notifications.map(({ data }) => Buffer.from(data)),
    Buffer.from(JSON.stringify(await world.store.waiting(device.id, 0, 9))),
  ]);
  const entries: Buffer[] = [];
  for await (const { key: name, value } of world.store.export()) entries.push(Buffer.from(name), Buffer.from(value));
  for (const place of [seen, Buffer.concat(entries)]) {
    for (const secret of [token, Buffer.from(key).toString('base64url'), Buffer.from(key), 'somebody@example.org']) {
      t.notOk(place.includes(secret));
    }
  }
});

await t.test('web-push 17: an endpoint that was made with a key takes that key only', async (t) => {
  const { ask, world } = await pushWorld(t);
  const [own, other] = [await signer(), await signer()];
  const { phone } = await phoneOf(world);
  const { endpoint = '' } = await phone.register('org.example.restricted', own.key);
  const claims = { aud: new URL(endpoint).origin, exp: inTime(world) };
  t.equal((await ask('POST', endpoint, { ttl: '60', authorization: await own.sign(claims) })).status, 201);
  t.equal((await ask('POST', endpoint, { ttl: '60', authorization: await other.sign(claims) })).status, 403);
  t.equal((await ask('POST', endpoint, { ttl: '60' })).status, 401);
});

await t.test('web-push 18: the older form of the signature is taken, the older encryption is refused by name', async (t) => {
  const { ask, world } = await pushWorld(t);
  const { endpoint } = await phoneOf(world);
  const { sign } = await signer();
  const [, token = '', k = ''] = /t=(\S+), k=(\S+)/.exec(await sign({ aud: new URL(endpoint).origin, exp: inTime(world) })) ?? [];
  for (const scheme of ['WebPush', 'Bearer']) {
    const authorization = `${scheme} ${token}`;
    t.equal((await ask('POST', endpoint, { ttl: '60', authorization, 'crypto-key': `p256ecdsa=${k}` })).status, 201, scheme);
    t.equal((await ask('POST', endpoint, { ttl: '60', authorization })).status, 403, `${scheme} without its key`);
  }
  const { headers, body } = sealed('older');
  const older = { ...headers, 'content-encoding': 'aesgcm', encryption: 'salt=x', 'crypto-key': 'dh=x' };
  t.match(await ask('POST', endpoint, older, body), { status: 400, body: /aes128gcm/ });
});
