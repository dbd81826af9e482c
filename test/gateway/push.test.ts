import { createECDH } from 'node:crypto';
import t from 'tap';
import type { Test } from 'tap';

import { limits } from '../../src/core/limits.js';
import type { PushEndpoint, PushReceipt, PushRequest, ReceiptReader } from '../../src/gateway/push-doors.js';
import { StoreError } from '../../src/ports/store.js';
import type { Store } from '../../src/ports/store.js';
import { refusing, stores } from './stores.js';
import { createWorld } from './world.js';
import type { FakeDevice, Registered, World } from './world.js';

const publicUrl = 'https://push.example.org';

/** A user's phone with one app that no operator registered, as most senders of Web Push are. */
interface Phone {
  readonly device: FakeDevice['device'];
  readonly phone: FakeDevice;
  readonly registered: Registered;
  readonly token: string;
  readonly endpoint: PushEndpoint;
}

async function phoneOf(world: World, app = 'org.example.chat', key?: Uint8Array): Promise<Phone> {
  await world.user('anna');
  const { id: device } = await world.device('anna');
  const phone = await world.connect(device);
  const registered = await phone.register(app, key);
  const token = tokenOf(registered.endpoint);
  return { device, phone, registered, token, endpoint: await opened(world, token) };
}

function tokenOf(endpoint: string | undefined): string {
  const token = /^https:\/\/push\.example\.org\/push\/([A-Za-z0-9_-]+)$/.exec(endpoint ?? '')?.[1];
  if (token === undefined) throw new Error(`not an endpoint of this gateway: ${endpoint}`);
  return token;
}

async function opened(world: World, token: string): Promise<PushEndpoint> {
  const endpoint = await world.gateway.push.endpoint(token);
  if (typeof endpoint === 'string') throw new Error(`the endpoint is ${endpoint}`);
  return endpoint;
}

interface Pushed {
  readonly message: string;
  readonly receipts: string;
  readonly ttlSeconds: number;
}

async function push(world: World, endpoint: PushEndpoint, text: string, more: Partial<PushRequest> = {}): Promise<Pushed> {
  const result = await world.gateway.push.push({
    endpoint, data: Buffer.from(text), encrypted: false, urgency: 'normal', ttlSeconds: 3_600, topic: '', ...more,
  });
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return { message: result.message, receipts: result.receipts ?? '', ttlSeconds: result.ttlSeconds };
}

async function readerOf(world: World, token: string): Promise<ReceiptReader> {
  const reader = await world.gateway.push.receipts(token);
  if (reader === undefined) throw new Error('no such receipt subscription');
  return reader;
}

async function receiptsOf(world: World, token: string): Promise<readonly PushReceipt[]> {
  return (await readerOf(world, token)).read(0, 100);
}

function serverKey(): Uint8Array {
  return createECDH('prime256v1').generateKeys();
}

for (const { name, open } of stores) {
  await t.test(`Web Push, over the ${name} store`, async (t) => {
    const worldOn = (store: Store): Promise<World> => createWorld({ store, gateway: { publicUrl: () => publicUrl } });
    const newWorld = async (t: Test): Promise<World> => worldOn(await open(t));

    await t.test('a device is told an endpoint, the same each time, and what is posted to it comes down', async (t) => {
      const world = await newWorld(t);
      const { phone, registered, endpoint, device } = await phoneOf(world);
      t.ok((registered.endpoint ?? '').length <= limits.endpointCharacters);
      t.equal(endpoint.subscription, registered.subscription);
      t.equal(endpoint.applicationServerKey, undefined);
      await push(world, endpoint, 'hello');
      t.same(phone.texts, [], 'the answer comes before the delivery');
      await world.settle();
      t.same(phone.texts, ['hello']);
      phone.drop();
      const again = await world.connect(device);
      t.equal((await again.register('org.example.chat')).endpoint, registered.endpoint);
    });

    await t.test('web-push 9: endpoints are long, unlike each other, and tell neither device nor subscription', async (t) => {
      const world = await newWorld(t);
      const { phone, device, registered, token } = await phoneOf(world);
      const other = tokenOf((await phone.register('org.example.mail')).endpoint);
      t.ok(Buffer.from(token, 'base64url').length >= 20, 'at least 160 bits');
      const parts = Array.from({ length: token.length - 7 }, (_, at) => token.slice(at, at + 8));
      t.same(parts.filter((part) => other.includes(part)), [], 'nothing in common');
      for (const secret of [device, registered.subscription]) {
        t.notOk(Buffer.from(token, 'base64url').includes(secret.slice(4, 12)), 'sealed');
      }
    });

    await t.test('web-push 8: a token that is not ours is unknown, one whose subscription is gone is gone', async (t) => {
      const world = await newWorld(t);
      const { phone, token, registered, endpoint, device } = await phoneOf(world);
      const { push: gate } = world.gateway;
      const message = (await push(world, endpoint, 'one')).message;
      const last = token.at(-1) === 'A' ? 'B' : 'A';
      for (const wrong of ['', 'x', `${token}A`, token.slice(1), token.slice(0, -1) + last, message, 'ä'.repeat(40), 'A'.repeat(4_000)]) {
        t.equal(await gate.endpoint(wrong), 'unknown', wrong.slice(0, 20));
      }
      await phone.up({ removals: [registered.alias] });
      await world.settle();
      t.equal(await gate.endpoint(token), 'gone');
      const refused = await gate.push({
        endpoint, data: new Uint8Array(1), encrypted: false, urgency: 'normal', ttlSeconds: 1, topic: '',
      });
      t.equal(refused.ok ? '' : refused.error.code, 'gone', 'the endpoint ended after it was looked up');
      const again = await phone.register('org.example.chat');
      t.not(again.endpoint, registered.endpoint, 'a new registration has a new endpoint');
      t.equal(await gate.endpoint(token), 'gone');
      t.same(await world.store.waiting(device, 0, 10), [], 'web-push 13: what waited went with it');
    });

    await t.test('web-push 17: the endpoint tells which application server key it takes', async (t) => {
      const world = await newWorld(t);
      const key = serverKey();
      const { phone, endpoint, registered } = await phoneOf(world, 'org.example.chat', key);
      t.same(Buffer.from(endpoint.applicationServerKey ?? []), Buffer.from(key));
      const renewed = await phone.register('org.example.chat', serverKey());
      t.not(renewed.endpoint, registered.endpoint, 'another key is another subscription');
      t.equal(await world.gateway.push.endpoint(tokenOf(registered.endpoint)), 'gone');
    });

    await t.test('web-push 12: its sender takes a message back, and only while it waits', async (t) => {
      const world = await newWorld(t);
      const { phone, endpoint, device } = await phoneOf(world);
      const { push: gate } = world.gateway;
      phone.drop();
      const plain = await push(world, endpoint, 'plain');
      const named = await push(world, endpoint, 'named', { receipts: 'endpoint' });
      const kept = await push(world, endpoint, 'kept');
      t.equal(await gate.cancelMessage(plain.message), 'cancelled');
      t.equal(await gate.cancelMessage(named.message), 'cancelled');
      t.equal(await gate.cancelMessage(plain.message), 'gone');
      t.equal(await gate.cancelMessage(named.message), 'gone');
      t.equal(await gate.cancelMessage('nonsense'), 'unknown');
      t.equal(await gate.cancelMessage(named.receipts), 'unknown', 'a token of another purpose');
      t.same(await receiptsOf(world, named.receipts), [], 'taken back: no receipt');
      const again = await world.connect(device);
      t.same(again.texts, ['kept']);
      await again.up({ acks: again.notifications.map(({ id }) => id) });
      await world.settle();
      t.equal(await gate.cancelMessage(kept.message), 'gone', 'acknowledged');
    });

    await t.test('web-push 3: TTL 0 is now or never, and 2^31 is what is allowed', async (t) => {
      const world = await newWorld(t);
      const { phone, endpoint, device } = await phoneOf(world);
      await push(world, endpoint, 'now', { ttlSeconds: 0 });
      await world.settle();
      t.same(phone.texts, ['now']);
      phone.drop();
      await world.settle();
      const never = await push(world, endpoint, 'never', { ttlSeconds: 0 });
      t.equal(never.ttlSeconds, 0);
      t.equal(await world.gateway.push.cancelMessage(never.message), 'gone');
      const long = await push(world, endpoint, 'long', { ttlSeconds: 2 ** 31 });
      t.equal(long.ttlSeconds, limits.ttlSeconds);
      const wanted = await push(world, endpoint, 'never', { ttlSeconds: 0, receipts: 'endpoint' });
      await world.sweep();
      t.match(await receiptsOf(world, wanted.receipts), [{ message: wanted.message, state: 'expired' }]);
      t.same((await world.connect(device)).texts, ['long'], 'what was for now is over');
    });

    await t.test('web-push 5: a topic replaces what waits, and the replaced one gives no receipt', async (t) => {
      const world = await newWorld(t);
      const { phone, endpoint, device } = await phoneOf(world);
      phone.drop();
      const first = await push(world, endpoint, 'first', { topic: 'chat', receipts: 'endpoint' });
      const second = await push(world, endpoint, 'second', { topic: 'chat', receipts: 'endpoint' });
      t.equal(second.receipts, first.receipts);
      const again = await world.connect(device);
      t.same(again.texts, ['second']);
      await again.up({ acks: again.notifications.map(({ id }) => id) });
      await world.sweep();
      t.same((await receiptsOf(world, first.receipts)).map(({ message }) => message), [second.message]);
    });

    await t.test('web-push 2, 11: receipts come to the subscription of their sender, and wait there', async (t) => {
      const world = await newWorld(t);
      const { phone, endpoint, device } = await phoneOf(world);
      const key = serverKey();
      const byKey = await push(world, endpoint, 'one', { receipts: { applicationServerKey: key } });
      const again = await push(world, endpoint, 'two', { receipts: { applicationServerKey: key } });
      t.equal(again.receipts, byKey.receipts, 'the same sender, the same receipt subscription');
      const named = await push(world, endpoint, 'three', { receipts: { token: byKey.receipts } });
      t.equal(named.receipts, byKey.receipts);
      t.not((await push(world, endpoint, 'four', { receipts: 'endpoint' })).receipts, byKey.receipts);
      const foreign = await world.gateway.push.push({
        endpoint, data: new Uint8Array(0), encrypted: false, urgency: 'normal', ttlSeconds: 1, topic: '',
        receipts: { token: byKey.message },
      });
      t.equal(foreign.ok ? '' : foreign.error.code, 'bad-receipt-subscription');

      const reader = await readerOf(world, byKey.receipts);
      let news = 0;
      const stop = reader.wait(() => {
        news += 1;
      });
      t.equal(news, 0);
      await world.settle();
      await phone.up({ acks: phone.notifications.slice(0, 2).map(({ id }) => id) });
      await world.settle();
      t.equal(news, 1, 'told once');
      stop();
      await world.advance(limits.nowOrNeverMs);
      const first = await reader.read(0, 10);
      t.match(first, [{ message: byKey.message, state: 'acknowledged' }, { message: again.message, state: 'acknowledged' }]);
      await reader.confirm(first.map(({ sequence }) => sequence));
      t.same(await reader.read(0, 10), [], 'not told again');
      phone.drop();
      await world.advance(3_600_000);
      await world.sweep();
      t.match(await reader.read(first.at(-1)?.sequence ?? 0, 10), [{ message: named.message, state: 'expired' }]);
      t.equal(await world.gateway.push.receipts('nonsense'), undefined);
      t.ok(device);
    });

    await t.test('who waits for receipts and leaves is not called any more', async (t) => {
      const world = await newWorld(t);
      const { phone, endpoint } = await phoneOf(world);
      const pushed = await push(world, endpoint, 'one', { receipts: 'endpoint' });
      const reader = await readerOf(world, pushed.receipts);
      const calls: string[] = [];
      const leave = reader.wait(() => calls.push('left'));
      reader.wait(() => calls.push('stays'));
      leave();
      await world.settle();
      await phone.up({ acks: phone.notifications.map(({ id }) => id) });
      await world.settle();
      t.same(calls, ['stays']);
    });

    await t.test('endpoints, names of messages and receipts survive a restart of the gateway', async (t) => {
      const store = await open(t);
      const world = await worldOn(store);
      const { phone, token, endpoint, device } = await phoneOf(world);
      phone.drop();
      const one = await push(world, endpoint, 'one', { receipts: 'endpoint' });
      const two = await push(world, endpoint, 'two');
      const next = await createWorld({ store, seed: 2, gateway: { publicUrl: () => publicUrl } });
      t.same(await next.gateway.push.endpoint(token), endpoint);
      t.equal(await next.gateway.push.cancelMessage(two.message), 'cancelled');
      const again = await next.connect(device);
      t.same(again.texts, ['one']);
      await again.up({ acks: again.notifications.map(({ id }) => id) });
      await next.settle();
      t.match(await receiptsOf(next, one.receipts), [{ message: one.message, state: 'acknowledged' }]);
    });

    await t.test('a move to another public URL keeps the tokens', async (t) => {
      const store = await open(t);
      const { token } = await phoneOf(await worldOn(store));
      const moved = await createWorld({ store, seed: 2, gateway: { publicUrl: () => 'https://elsewhere.example/lowbeat' } });
      const device = (await store.devices({ limit: 1 }))[0];
      const phone = await moved.connect(device?.id ?? t.fail('no device') as never);
      t.equal((await phone.register('org.example.chat')).endpoint, `https://elsewhere.example/lowbeat/push/${token}`);
    });

    await t.test('without a public URL there are no endpoints', async (t) => {
      const world = await createWorld({ store: await open(t) });
      await world.user('anna');
      const phone = await world.connect((await world.device('anna')).id);
      t.equal((await phone.register('org.example.chat')).endpoint, undefined);
    });

    await t.test('a revoke ends the endpoint of that app, until a new grant brings a new one', async (t) => {
      const world = await newWorld(t);
      await world.app('chat');
      const { phone, token, registered, endpoint, device } = await phoneOf(world, 'chat');
      const uid = await world.grant('anna', 'chat');
      phone.drop();
      await push(world, endpoint, 'before');
      await world.revoke(uid);
      t.equal(await world.gateway.push.endpoint(token), 'gone');
      await t.rejects(push(world, endpoint, 'after'), { message: /^gone:/ });
      const again = await world.connect(device);
      t.same(again.texts, [], 'what waited went with the revoke');
      const closed = await again.register('chat');
      t.equal(closed.endpoint, undefined, 'registering again does not get around the revoke');
      await world.grant('anna', 'chat');
      const reopened = await again.register('chat');
      t.not(tokenOf(reopened.endpoint), token);
      t.not(reopened.subscription, registered.subscription);
      t.equal(await world.gateway.push.endpoint(token), 'gone', 'the old one stays gone');
      await push(world, await opened(world, tokenOf(reopened.endpoint)), 'anew');
      await world.settle();
      t.same(again.texts, ['anew']);
    });

    await t.test('the device ends a subscription by its id, and only its own', async (t) => {
      const world = await newWorld(t);
      const { device, phone, registered, token, endpoint } = await phoneOf(world);
      phone.drop();
      await push(world, endpoint, 'waits');
      const other = (await world.device('anna')).id;
      const { push: gate } = world.gateway;
      t.equal(await gate.unsubscribe(other, registered.subscription), false);
      t.not(await gate.endpoint(token), 'gone');
      t.equal(await gate.unsubscribe(device, registered.subscription), true);
      t.equal(await gate.unsubscribe(device, registered.subscription), false);
      t.equal(await gate.endpoint(token), 'gone');
      t.same((await world.connect(device)).texts, [], 'what waited went with it');
      t.same(await world.store.waiting(device, 0, 10), []);
    });

    await t.test('bounds and a store that fails are answers', async (t) => {
      const store = await open(t);
      const world = await worldOn(store);
      const { endpoint } = await phoneOf(world);
      await t.rejects(push(world, endpoint, 'x'.repeat(limits.payloadBytes + 1)), { message: /^payload-too-large:/ });
      await t.rejects(push(world, endpoint, '', { topic: 'a topic' }), { message: /^bad-option:/ });
      const accept = store.acceptFor.bind(store);
      store.acceptFor = refusing(new StoreError('STORE_UNAVAILABLE', 'the disk is full'));
      await t.rejects(push(world, endpoint, 'x'), { message: /^store-unavailable:/ });
      store.acceptFor = accept;
      await world.gateway.stop(0);
      await t.rejects(push(world, endpoint, 'x'), { message: /^stopping:/ });
    });
    t.end();
  });
}
