import t from 'tap';
import type { Test } from 'tap';

import type { AppId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import { StoreError } from '../../src/ports/store.js';
import { stores } from './stores.js';
import { createWorld, pairOf } from './world.js';
import type { World } from './world.js';

const farMs = Date.UTC(2030, 0, 1);

async function append(world: World, app: AppId, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await world.store.appendOutbox(app, { topic: 'upstream/x', payload: Buffer.from(text), expiresAtMs: farMs });
  }
}

async function left(world: World, app: AppId): Promise<readonly string[]> {
  return (await world.store.outbox(app, 0, 1_000)).map(({ payload }) => Buffer.from(payload).toString());
}

for (const { name, open } of stores) {
  await t.test(`the apps' outbox, over the ${name} store`, async (t) => {
    const newWorld = async (t: Test): Promise<World> => createWorld({ store: await open(t) });

    await t.test('what waited comes in order, and goes when it is acknowledged', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      await append(world, app, 'one', 'two', 'three');
      const server = world.connectApp(app);
      server.acknowledges = false;
      await world.settle();
      t.same(server.texts, ['one', 'two', 'three']);
      t.same(await left(world, app), ['one', 'two', 'three']);
      server.acknowledge(server.items[1]!.token);
      server.acknowledge(server.items[1]!.token);
      server.acknowledge(4_711);
      await world.settle();
      t.same(await left(world, app), ['one', 'three']);
    });

    await t.test('a message from a device reaches the app server, or waits for it', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, alias } = await pairOf(world);
      await phone.up({ messages: [{ id: 1, alias, data: Buffer.from('while away') }] });
      const server = world.connectApp(app);
      await world.settle();
      await phone.up({ messages: [{ id: 2, alias, data: Buffer.from('while there') }] });
      await world.settle();
      t.same(server.items.map(({ topic, text }) => [topic, text]), [
        [`upstream/${uid}`, 'while away'],
        [`upstream/${uid}`, 'while there'],
      ]);
      t.same(await left(world, app), []);
    });

    await t.test('no more than a window is on its way', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      const texts = Array.from({ length: 2 * limits.outboxInFlight + 7 }, (_, index) => `item ${index}`);
      await append(world, app, ...texts);
      const server = world.connectApp(app);
      server.acknowledges = false;
      await world.settle();
      t.equal(server.items.length, limits.outboxInFlight);
      for (const item of server.items.slice(0, 10)) server.acknowledge(item.token);
      await world.settle();
      t.equal(server.items.length, limits.outboxInFlight + 10);
      server.acknowledges = true;
      for (const item of server.items) server.acknowledge(item.token);
      for (let round = 0; round < 50 && (await left(world, app)).length > 0; round += 1) await world.settle();
      t.same(server.texts, texts, 'each once, in order');
      t.same(await left(world, app), []);
    });

    await t.test('what nobody subscribed to is passed over, and comes when somebody does', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      for (const topic of ['upstream/x', 'receipt/a', 'upstream/y']) {
        await world.store.appendOutbox(app, { topic, payload: Buffer.from(topic), expiresAtMs: farMs });
      }
      const server = world.connectApp(app, ['upstream/']);
      await world.settle();
      t.same(server.topics, ['upstream/x', 'upstream/y']);
      t.same(await left(world, app), ['receipt/a']);
      server.subscribe('receipt/');
      await world.settle();
      t.same(server.topics, ['upstream/x', 'upstream/y', 'receipt/a']);
      t.same(await left(world, app), []);
    });

    await t.test('of several connections, what one leaves another gets', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      const first = world.connectApp(app);
      const second = world.connectApp(app, ['receipt/']);
      first.acknowledges = false;
      await append(world, app, 'one', 'two');
      await world.gateway.reportError(app, 'x', { code: 'bad-option', message: 'wake' });
      await world.settle();
      t.equal(first.items.length, 3);
      t.same(second.items, []);
      second.subscribe('upstream/');
      await world.settle();
      t.same(second.items, [], 'it is on its way already');
      first.drop();
      await world.settle();
      t.same(second.texts, ['one', 'two']);
      const third = world.connectApp(app, ['error/']);
      await world.settle();
      t.match(third.items, [{ topic: 'error/x' }]);
      t.same(await left(world, app), []);
    });

    await t.test('connections that both want it both get it; the first acknowledgement counts', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      const [first, second] = [world.connectApp(app), world.connectApp(app)];
      first.acknowledges = false;
      await append(world, app, ...Array.from({ length: limits.outboxInFlight + 5 }, (_, index) => `item ${index}`));
      await world.gateway.reportError(app, 'x', { code: 'bad-option', message: 'wake' });
      for (let round = 0; round < 50 && (await left(world, app)).length > 0; round += 1) await world.settle();
      t.same(await left(world, app), []);
      t.equal(first.items.length, limits.outboxInFlight, 'who does not acknowledge gets a window, and no more');
      t.equal(second.items.length, limits.outboxInFlight + 6);
      first.drop();
      await world.settle();
      t.equal(second.items.length, limits.outboxInFlight + 6, 'nothing comes twice');
    });

    await t.test('what expired is not sent', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      await world.store.appendOutbox(app, { topic: 'upstream/x', payload: Buffer.from('old'), expiresAtMs: world.time.nowMs() });
      await append(world, app, 'new');
      const server = world.connectApp(app);
      await world.settle();
      t.same(server.texts, ['new']);
      await world.sweep();
      t.same(await left(world, app), []);
    });

    await t.test('a revoke takes back what waits for the app', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, alias } = await pairOf(world);
      await phone.up({ messages: [{ id: 1, alias, data: Buffer.from('hello') }] });
      // The read of the outbox is under way while the grant is revoked.
      const server = world.connectApp(app);
      await world.revoke(uid);
      const before = server.items.length;
      await world.settle();
      t.equal(server.items.length, before, 'nothing after the answer');
      t.same(await left(world, app), []);
    });

    await t.test('an app that is removed gets nothing more, nor does one while the gateway stops', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      await append(world, app, 'one');
      // The read of the outbox is under way while the app is removed.
      const server = world.connectApp(app);
      await world.gateway.registry.removeApp(app);
      const before = server.items.length;
      await world.settle();
      t.equal(server.items.length, before, 'nothing after the answer');
      const { id: other } = await world.app('news');
      await append(world, other, 'one');
      const news = world.connectApp(other);
      const stopped = world.gateway.stop();
      t.equal(world.connectApp(other).link, undefined);
      await world.settle();
      await stopped;
      t.ok(news.closing);
      t.same(await left(world, other), news.items.length === 0 ? ['one'] : []);
    });

    await t.test('a store that refuses is asked again', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      await append(world, app, 'one');
      const { store } = world;
      const whole = {
        outbox: store.outbox.bind(store),
        removeOutbox: store.removeOutbox.bind(store),
        probe: store.probe.bind(store),
      };
      const ill = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'disk'));
      Object.assign(store, { outbox: ill, probe: ill });
      const server = world.connectApp(app);
      await world.settle();
      t.same(server.items, []);
      Object.assign(store, { outbox: whole.outbox, removeOutbox: ill });
      await world.advance(1_000);
      t.same(server.items, [], 'while it is ill it is left alone');
      Object.assign(store, { probe: whole.probe });
      await world.advance(2 * limits.probeFailingMs);
      t.same(server.texts, ['one']);
      t.same(await left(world, app), ['one'], 'it could not be removed');
      Object.assign(store, whole);
      await world.advance(2 * limits.probeFailingMs);
      t.same(await left(world, app), []);
      t.same(server.texts, ['one']);
    });

    await t.test('errors reach the app, and do not crowd out what users send', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      const error = { code: 'unknown-destination', message: 'there is no such destination', retryAfterSeconds: 3 } as const;
      await world.gateway.reportError(app, 'uid_x/+#\u0000', error, 'notify/uid_x');
      const server = world.connectApp(app);
      await world.settle();
      t.same(server.topics, ['error/uid_x____']);
      t.same(JSON.parse(server.texts[0]!), { ...error, topic: 'notify/uid_x' });
      let kept = 0;
      world.store.appendOutbox = (_app, item) => {
        if (item.expiresAtMs === world.time.nowMs() + limits.errorSeconds * 1000) kept += 1;
        return Promise.resolve(true);
      };
      for (let count = 0; count < limits.outboxErrors + 50; count += 1) await world.gateway.reportError(app, 'x', error);
      t.equal(kept, limits.outboxErrors, 'the one that was acknowledged gave its room back');
      t.equal(world.count('notifications_dropped_total', 'error'), 50);
      t.equal(world.count('app_packets_refused_total', 'unknown-destination'), limits.outboxErrors + 51, 'each is counted');
    });

    await t.test('an error that cannot be kept is no secret from the door', async (t) => {
      const world = await newWorld(t);
      const { id: app } = await world.app('chat');
      const error = { code: 'bad-option', message: 'no' } as const;
      world.store.appendOutbox = () => Promise.reject(new StoreError('STORE_BUSY', 'busy'));
      await t.rejects(world.gateway.reportError(app, 'x', error), { code: 'STORE_BUSY' });
      world.store.appendOutbox = () => Promise.resolve(false);
      await world.gateway.reportError('app_00000000000000000000000000' as AppId, 'x', error);
      t.equal(world.count('notifications_dropped_total', 'error'), 1);
    });
  });
}
