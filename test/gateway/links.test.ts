import t from 'tap';
import type { Test } from 'tap';

import type { DeviceId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type { DevicePresenceChange } from '../../src/gateway/presence/device-presences.js';
import { StoreError } from '../../src/ports/store.js';
import { refusing, stores } from './stores.js';
import { FakeDevice, beat, createWorld, pairOf } from './world.js';
import type { World } from './world.js';
import { settled } from './virtual-time.js';

function presencesOf(world: World): string[] {
  const seen: string[] = [];
  world.gateway.onDevicePresence(({ presence }: DevicePresenceChange) => seen.push(presence));
  return seen;
}

for (const { name, open } of stores) {
  await t.test(`links, over the ${name} store`, async (t) => {
    const newWorld = async (t: Test): Promise<World> => createWorld({ store: await open(t) });

    await t.test('credentials are checked for what they claim to be', async (t) => {
      const world = await newWorld(t);
      await world.user('anna');
      const device = await world.device('anna');
      const app = await world.app('chat');
      const login = (username: string, password: string) => world.gateway.authenticate(username, Buffer.from(password));
      t.same(await login(device.id, device.token), { kind: 'device', device: device.id });
      t.same(await login(app.id, app.secret), { kind: 'app', app: app.id });
      for (const [username, password] of [
        [device.id, app.secret],
        [app.id, device.token],
        [device.id, ''],
        [device.id, `${device.token} `],
        ['dev_00000000000000000000000000', device.token],
        ['app_00000000000000000000000000', app.secret],
        ['anna', device.token],
        ['', ''],
        ['\ud800', 'x'],
      ] as const) {
        t.equal(await login(username, password), undefined, `${username} ${password}`);
      }
      world.store.device = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'disk'));
      await t.rejects(async () => login(device.id, device.token), { code: 'STORE_UNAVAILABLE' }, 'it cannot tell');
    });

    await t.test('a newer link takes over, and the older emits nothing more', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      await phone.up({ heartbeat: beat });
      const presences = presencesOf(world);
      const newer = await world.connect(device);
      t.equal(phone.closeReason, 'taken-over');
      t.ok(phone.closing);
      const before = phone.frames.length;
      newer.acknowledges = true;
      for (let beats = 0; beats < 4; beats += 1) {
        await newer.up({ heartbeat: beat });
        await world.advance(beat.promiseSeconds * 1000);
      }
      await world.publish(app, uid, 'hello');
      await world.settle();
      t.same(newer.texts, ['hello']);
      t.equal(phone.frames.length, before);
      t.same(presences, [], 'the end of the older is no event');
      t.equal(world.count('links_taken_over_total'), 1);
    });

    await t.test('of many connections at once the last one stays', async (t) => {
      const world = await newWorld(t);
      await world.user('anna');
      const { id } = await world.device('anna');
      const read = world.store.device.bind(world.store);
      const slowness = [3, 9, 0, 6, 1];
      world.store.device = async (device) => {
        await settled(slowness.shift());
        return read(device);
      };
      const links = await Promise.all([1, 2, 3, 4, 5].map(() => world.connect(id)));
      await world.settle();
      const open = links.filter((link) => link.link !== undefined && !link.closing);
      t.same(open, [links[4]], 'however long the store takes for each');
      t.equal((await world.gateway.status()).links, 1);
    });

    await t.test('what is removed is closed before the operator has the answer', async (t) => {
      const world = await newWorld(t);
      const { registry } = world.gateway;
      const { app, device, phone } = await pairOf(world);
      const server = world.connectApp(app);
      const desktop = await world.connect((await world.device('anna')).id);
      await registry.removeDevice(device);
      t.equal(phone.closeReason, 'removed');
      t.ok(phone.closing);
      t.notOk(desktop.closing);
      t.equal((await world.connect(device)).link, undefined, 'and does not come back');
      await registry.removeUser('anna');
      t.equal(desktop.closeReason, 'removed');
      await registry.removeApp('chat');
      t.ok(server.closing);
      t.equal(world.connectApp(app).link, undefined);
    });

    await t.test('a device that is removed while it comes in does not get in', async (t) => {
      const world = await newWorld(t);
      await world.user('anna');
      const { id } = await world.device('anna');
      const [link] = await Promise.all([world.connect(id), world.gateway.registry.removeDevice(id)]);
      await world.settle();
      t.ok(link.link === undefined || link.closing);
      t.equal((await world.gateway.status()).links, 0);
    });

    await t.test('presence: the device says it, silence and goodbye end it', async (t) => {
      const world = await newWorld(t);
      const { device, phone } = await pairOf(world);
      const presences = presencesOf(world);
      t.equal(world.gateway.presenceOf(device), 'unknown', 'a start means unknown, not offline');
      await phone.up({ heartbeat: beat });
      await phone.up({ heartbeat: { ...beat, presence: 'away' } });
      await phone.up({ heartbeat: { ...beat, presence: 'away' } });
      t.same(presences, ['online', 'away']);
      phone.drop('lost');
      await world.advance(limits.lingerMs - 1_000);
      t.same(presences, ['online', 'away'], 'it lingers');
      const again = await world.connect(device);
      await again.up({ heartbeat: { ...beat, presence: 'away' } });
      await world.advance(limits.lingerMs);
      t.same(presences, ['online', 'away'], 'a reconnect is no event');
      again.drop('goodbye');
      t.same(presences, ['online', 'away', 'offline']);
      const third = await world.connect(device);
      await third.up({ heartbeat: beat });
      await world.advance(beat.promiseSeconds * 1000 + limits.graceMs + 1_000);
      t.same(presences, ['online', 'away', 'offline', 'online', 'offline'], 'promise and grace ran out');
      t.ok(third.closing);
      t.equal(world.gateway.presenceOf(device), 'offline');
    });

    await t.test('a heartbeat costs the store nothing', async (t) => {
      const world = await newWorld(t);
      const { phone } = await pairOf(world);
      await world.settle();
      const touched: string[] = [];
      for (const key of ['acknowledge', 'acknowledgeFor', 'waiting', 'device', 'setMinimumUrgency', 'accept', 'acceptFor', 'grantsOfUser']) {
        const touch = (): Promise<never> => {
          touched.push(key);
          return Promise.reject(new Error('touched'));
        };
        Object.assign(world.store, { [key]: touch });
      }
      t.ok(await phone.up({ heartbeat: beat }));
      t.same(touched, []);
    });

    await t.test('a frame of garbage closes nothing but itself, until there are too many', async (t) => {
      const world = await newWorld(t);
      const { phone } = await pairOf(world);
      for (let count = 0; count < limits.malformedFrames; count += 1) {
        t.equal(await phone.bytes(Uint8Array.of(0xff, 0xff, count)), false);
      }
      t.notOk(phone.closing);
      t.ok(await phone.up({ heartbeat: beat }));
      t.equal(await phone.bytes(new Uint8Array(limits.frameBytes + 1)), false);
      t.equal(phone.closeReason, 'too-many-malformed-frames');
      t.equal(world.count('frames_malformed_total', 'malformed'), limits.malformedFrames);
      t.equal(world.count('frames_malformed_total', 'frame-too-large'), 1);
    });

    await t.test('a flood of frames ends the link, and the frame too many is not answered', async (t) => {
      const world = await newWorld(t);
      const { phone } = await pairOf(world);
      let answered = 0;
      for (let count = 0; count < limits.deviceFrameBurst + 1; count += 1) {
        if (await phone.up({ heartbeat: beat })) answered += 1;
      }
      t.equal(answered, limits.deviceFrameBurst - 1, 'the registration was one, too');
      t.equal(phone.closeReason, 'too-many-frames');
    });

    await t.test('registrations: confirmed, refused, replaced', async (t) => {
      const world = await newWorld(t);
      await world.user('anna');
      const { id } = await world.device('anna');
      const phone = await world.connect(id);
      const { id: app } = await world.app('chat');
      const first = await phone.register('chat');
      t.same(await phone.register('chat'), first, 'once more it is the same');
      t.not((await phone.register(app)).alias, first.alias);
      t.not((await phone.register('a name that no app has yet')).alias, first.alias);
      const bad = { request: 50, app: 'chat', applicationServerKey: new Uint8Array(65).fill(4) };
      for (const registration of [
        { request: 51, app: 'app_00000000000000000000000000' },
        { request: 52, app: 'a/b' },
        { request: 53, app: '-' },
        bad,
      ]) {
        t.ok(await phone.up({ registrations: [registration] }), 'the frame is answered');
      }
      const rejections = phone.frames.flatMap((frame) => frame.rejections ?? []);
      t.same(rejections.map(({ request, code }) => [request, code]), [
        [51, 'bad-app-name'],
        [52, 'bad-app-name'],
        [53, 'bad-app-name'],
        [50, 'bad-application-server-key'],
      ]);
      world.store.addSubscription = () => Promise.resolve('full');
      await phone.up({ registrations: [{ request: 60, app: 'one too many' }] });
      world.store.addSubscription = () => Promise.reject(new StoreError('STORE_BUSY', 'busy'));
      await phone.up({ registrations: [{ request: 61, app: 'one too many' }] });
      const later = phone.frames.flatMap((frame) => frame.rejections ?? []).slice(4);
      t.same(later.map(({ code }) => code), ['too-many-subscriptions', 'store-unavailable']);
    });

    await t.test('removing an app from a device takes back what waits for it', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone, alias } = await pairOf(world);
      await phone.up({ settings: { minimumUrgency: 'high' } });
      await world.publish(app, uid, 'hello');
      t.ok(await phone.up({ removals: [alias] }));
      t.same(await world.store.subscriptionsOfDevice(device), []);
      t.same(await world.store.waiting(device, 0, 1), []);
      t.ok(await phone.up({ removals: [alias] }), 'once more changes nothing');
    });

    await t.test('a plain client gets every app that its user granted', async (t) => {
      const world = await newWorld(t);
      const { app, uid } = await pairOf(world);
      const news = await world.app('news');
      const silent = await world.app('silent');
      await world.grant('anna', 'silent', ['presence']);
      const { id } = await world.device('anna');
      const plain = await world.connect(id);
      plain.link?.subscribed();
      await world.settle();
      t.same((await world.store.subscriptionsOfDevice(id)).map((one) => one.app), [app]);
      await world.publish(app, uid, 'hello');
      const newsUid = await world.grant('anna', 'news');
      await world.publish(news.id, newsUid, 'granted while it was there');
      await world.settle();
      t.same(plain.texts, ['hello', 'granted while it was there']);
      plain.link?.delivered(plain.notifications.map((item) => item.id));
      await world.settle();
      t.same(await world.store.waiting(id, 0, 1), [], 'its PUBACK acknowledges');
      plain.drop();
      await world.grant('anna', 'silent', ['notify']);
      const again = await world.connect(id);
      again.link?.subscribed();
      await world.settle();
      const apps = (await world.store.subscriptionsOfDevice(id)).map((one) => one.app);
      t.same(apps.sort(), [app, news.id, silent.id].sort());
    });

    await t.test('a device that registers apps itself is left alone when it subscribes', async (t) => {
      const world = await newWorld(t);
      const { device, phone } = await pairOf(world);
      await world.app('news');
      await world.grant('anna', 'news');
      phone.link?.subscribed();
      await world.settle();
      t.same((await world.store.subscriptionsOfDevice(device)).map((one) => one.app), ['chat']);
    });

    await t.test('upstream: kept before it is answered, and refused with a reason', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, alias } = await pairOf(world);
      const data = Buffer.from('hello');
      t.ok(await phone.up({ messages: [{ id: 1, alias, data }, { id: 2, alias: 99, data }] }));
      const kept = await world.store.outbox(app, 0, 10);
      t.same(kept.map((item) => [item.topic, Buffer.from(item.payload).toString()]), [[`upstream/${uid}`, 'hello']]);
      const { alias: news } = await phone.register('news');
      t.ok(await phone.up({ messages: [{ id: 3, alias: news, data }] }));
      await world.app('news');
      t.ok(await phone.up({ messages: [{ id: 4, alias: news, data }] }));
      const { store } = world;
      const append = store.appendOutbox.bind(store);
      store.appendOutbox = () => Promise.resolve(false);
      t.ok(await phone.up({ messages: [{ id: 5, alias, data }] }));
      store.appendOutbox = () => Promise.reject(new StoreError('STORE_BUSY', 'busy'));
      t.ok(await phone.up({ messages: [{ id: 6, alias, data }] }));
      store.appendOutbox = append;
      await world.revoke(uid);
      t.ok(await phone.up({ messages: [{ id: 7, alias, data }] }));
      const rejections = phone.frames.flatMap((frame) => frame.rejections ?? []);
      t.same(rejections.map(({ message, code }) => [message, code]), [
        [2, 'unknown-alias'],
        [3, 'no-grant'],
        [4, 'no-grant'],
        [5, 'outbox-full'],
        [6, 'store-unavailable'],
        [7, 'no-grant'],
      ]);
    });

    await t.test('a frame is answered when what it brings is durable, and not before', async (t) => {
      const world = await newWorld(t);
      const { phone, alias } = await pairOf(world);
      const { store } = world;
      const append = store.appendOutbox.bind(store);
      let finish = (): void => undefined;
      store.appendOutbox = async (app, item) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return append(app, item);
      };
      const order: string[] = [];
      const data = Buffer.from('x');
      const waiting = phone.up({ heartbeat: beat, messages: [{ id: 1, alias, data }] }).then(() => order.push('message'));
      await world.settle();
      await phone.up({ heartbeat: beat }).then(() => order.push('heartbeat'));
      t.same(order, ['heartbeat']);
      finish();
      await waiting;
      t.same(order, ['heartbeat', 'message']);
    });

    await t.test('what a store refused of a link is done when it is well again', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      await world.publish(app, uid, 'hello');
      await world.settle();
      const { store } = world;
      const whole = {
        acknowledge: store.acknowledge.bind(store),
        acknowledgeFor: store.acknowledgeFor.bind(store),
        waiting: store.waiting.bind(store),
        setMinimumUrgency: store.setMinimumUrgency.bind(store),
        probe: store.probe.bind(store),
      };
      const error = new StoreError('STORE_UNAVAILABLE', 'disk full');
      const ill = () => Promise.reject(error);
      Object.assign(store, { acknowledge: ill, acknowledgeFor: refusing(error), waiting: ill, setMinimumUrgency: ill, probe: ill });
      t.ok(await phone.up({ acks: [1], settings: { minimumUrgency: 'high' } }), 'it is answered all the same');
      const desktop = await world.connect((await world.device('anna')).id);
      t.ok(desktop.link !== undefined, 'and devices get in');
      await world.settle();
      Object.assign(store, whole);
      t.equal((await store.waiting(device, 0, 1)).length, 1);
      await world.advance(2 * limits.probeFailingMs);
      t.same(await store.waiting(device, 0, 1), []);
      t.equal((await store.device(device))?.minimumUrgency, 'high');
      await desktop.register('chat');
      await world.publish(app, uid, 'after', { urgency: 'high' });
      await world.settle();
      t.same(desktop.texts, ['after'], 'its load was made up for');
    });

    await t.test('what was acknowledged is not read again, however slow the store is', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      phone.drop();
      for (let index = 0; index < 3 * limits.inFlight; index += 1) await world.publish(app, uid, `number ${index}`);
      const acknowledge = world.store.acknowledge.bind(world.store);
      world.store.acknowledge = async (request) => {
        await settled(10);
        return acknowledge(request);
      };
      const again = await world.connect(device);
      for (let round = 0; round < 8; round += 1) {
        const ids = again.notifications.slice(round * 12, (round + 1) * 12).map((item) => item.id);
        if (ids.length > 0) await again.up({ acks: ids });
        for (let turn = 0; turn < 6; turn += 1) await world.settle();
      }
      t.same(again.texts, Array.from({ length: 3 * limits.inFlight }, (_, index) => `number ${index}`));
    });

    await t.test('a reader that is slow gets no more until it reads', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      phone.blocked = true;
      await world.publish(app, uid, 'one');
      await world.publish(app, uid, 'two');
      await world.settle();
      t.same(phone.texts, ['one']);
      phone.blocked = false;
      phone.link?.writable();
      await world.settle();
      t.same(phone.texts, ['one', 'two']);
      phone.blocked = true;
      await world.publish(app, uid, 'three');
      await world.settle();
      await world.advance(limits.blockedMs + 1_000);
      t.equal(phone.closeReason, 'too-slow');
    });

    await t.test('ten thousand links share the one timer there is', async (t) => {
      const world = await newWorld(t);
      await world.user('anna');
      const count = name === 'memory' ? 10_000 : 100;
      const { store } = world;
      const record = (await store.device((await world.device('anna')).id))!;
      store.device = (id: DeviceId) => Promise.resolve({ ...record, id });
      const links: FakeDevice[] = [];
      for (let index = 0; index < count; index += 1) {
        const phone = new FakeDevice(`dev_${index}` as DeviceId);
        phone.link = await world.gateway.attachDevice(phone.device, phone);
        links.push(phone);
      }
      t.equal(world.time.tickers, 1);
      t.equal((await world.gateway.status()).links, count);
      for (const link of links) void link.up({ heartbeat: beat });
      await world.advance(beat.promiseSeconds * 1000 + limits.graceMs + 1_000);
      t.equal(links.filter((link) => link.closing).length, count, 'each deadline came');
    });

    await t.test('a stop tells every device when to come back, each at another moment', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      const server = world.connectApp(app);
      const others: FakeDevice[] = [];
      for (let index = 0; index < 20; index += 1) others.push(await world.connect((await world.device('anna')).id));
      const presences = presencesOf(world);
      const underWay = world.publish(app, uid, 'under way');
      const stopped = world.gateway.stop(5_000);
      t.same(world.gateway.unready(), ['stopping']);
      t.match(await world.publish(app, uid, 'x'), { ok: false, error: { code: 'stopping' } });
      t.match(await world.gateway.cancel(app, 'x'), { ok: false, error: { code: 'stopping' } });
      t.equal((await world.connect(phone.device)).link, undefined);
      t.match(await underWay, { ok: true }, 'what was under way is kept');
      await world.settle();
      await stopped;
      t.ok(server.closing);
      const delays = new Set([phone, ...others].map((link) => link.frames.at(-1)?.close?.notBeforeSeconds));
      t.equal(phone.closeReason, 'shutting-down');
      t.ok(delays.size > 2, `${delays.size} different moments`);
      t.same(presences, [], 'a stop makes nobody offline');
      await world.advance(limits.probeMs);
      t.equal(world.time.tickers, 0, 'no timer is left');
      await t.resolves(world.gateway.stop(), 'twice is once');
    });

    await t.test('a stop ends in bounded time whatever still hangs', async (t) => {
      const world = await newWorld(t);
      const { phone } = await pairOf(world);
      phone.hangs = true;
      let ended = false;
      const stopped = world.gateway.stop(5_000).then(() => {
        ended = true;
      });
      await world.advance(4_000);
      t.notOk(ended);
      await world.advance(1_200);
      await stopped;
      t.ok(ended);
    });
  });
}
