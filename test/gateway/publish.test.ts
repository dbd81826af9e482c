import t from 'tap';
import type { Test } from 'tap';

import type { SubscriptionId, Uid } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type { PublishRequest, PublishResult } from '../../src/gateway/doors.js';
import { StoreError } from '../../src/ports/store.js';
import { openFaulty } from '../store/faulty-database.js';
import type { Faulty } from '../store/faulty-database.js';
import { refusing, stores } from './stores.js';
import { beat, createWorld, FakeDevice, pairOf, textOf } from './world.js';
import type { Pair, World } from './world.js';
import { settled } from './virtual-time.js';

for (const { name, open } of stores) {
  await t.test(`publishing, over the ${name} store`, async (t) => {
    const newWorld = async (t: Test): Promise<World> => createWorld({ store: await open(t) });

    await t.test('it reaches every device of the user that has the app, and no other', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, alias } = await pairOf(world);
      const desktop = await world.connect((await world.device('anna')).id);
      await desktop.register(app);
      const tablet = await world.connect((await world.device('anna')).id);
      await tablet.register('news');
      await world.user('bob');
      const other = await world.connect((await world.device('bob')).id);
      await other.register('chat');

      t.same(await world.publish(app, uid, 'hello'), { ok: true, duplicate: false });
      await world.settle();
      t.same(phone.texts, ['hello']);
      t.equal(phone.notifications[0]?.alias, alias);
      t.same(desktop.texts, ['hello'], 'registered by the id of the app');
      t.same(tablet.texts, []);
      t.same(other.texts, []);
      t.equal(world.count('notifications_accepted_total'), 2);
    });

    await t.test('a device that registered an app by name and by id gets one copy', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      await phone.register(app);
      await world.publish(app, uid, 'hello');
      await world.settle();
      t.same(phone.texts, ['hello']);
    });

    await t.test('who was away gets it when it comes back, in order, until it acknowledges', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      phone.drop('goodbye');
      for (const text of ['one', 'two', 'three']) await world.publish(app, uid, text);
      const again = await world.connect(device);
      t.same(again.texts, ['one', 'two', 'three']);
      again.drop();
      const third = await world.connect(device);
      t.same(third.texts, ['one', 'two', 'three'], 'not acknowledged: it comes again');
      await third.up({ acks: third.notifications.map(({ id }) => id) });
      await world.settle();
      t.same(await world.store.waiting(device, 0, 10), []);
      third.drop();
      t.same((await world.connect(device)).texts, []);
    });

    await t.test('a hundred waiting ones come in several loads, as the device acknowledges', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      phone.drop();
      const texts = Array.from({ length: 100 }, (_, index) => `number ${index}`);
      for (const text of texts) await world.publish(app, uid, text);
      const again = await world.connect(device);
      again.acknowledges = true;
      t.equal(again.texts.length, limits.inFlightPerApp, 'its share of the window');
      await again.up({ acks: again.notifications.map(({ id }) => id) });
      for (let round = 0; round < 20 && again.texts.length < 100; round += 1) await world.settle();
      t.same(again.texts, texts);
      await world.settle();
      t.same(await world.store.waiting(device, 0, 1), []);
    });

    await t.test('what is out of bounds is refused and names the bound', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device } = await pairOf(world);
      const cases: readonly (readonly [Partial<PublishRequest>, string, RegExp])[] = [
        [{ data: new Uint8Array(4_097) }, 'payload-too-large', /4097 bytes; 4096/],
        [{ ttlSeconds: -1 }, 'bad-option', /ttl -1: whole seconds from 0 to 2419200/],
        [{ ttlSeconds: 1.5 }, 'bad-option', /ttl 1.5/],
        [{ ttlSeconds: 2_419_201 }, 'bad-option', /ttl 2419201/],
        [{ ttlSeconds: Number.NaN }, 'bad-option', /ttl NaN/],
        [{ urgency: 'urgent' as never }, 'bad-option', /very-low, low, normal, high/],
        [{ topic: 'x'.repeat(33) }, 'bad-option', /topic: at most 32/],
        [{ topic: 'a/b' }, 'bad-option', /topic/],
        [{ topic: 'a\n' }, 'bad-option', /topic/],
        [{ reference: 'a/b' }, 'bad-option', /^id: 1 to 64/],
        [{ reference: 'x'.repeat(65) }, 'bad-option', /^id/],
        [{ receipt: true }, 'bad-option', /receipt: needs an id/],
      ];
      for (const [more, code, message] of cases) {
        t.match(await world.publish(app, uid, 'x', more), { ok: false, error: { code, message } }, code);
      }
      t.equal(world.count('notifications_refused_total', 'bad-option'), cases.length - 1);
      t.same(await world.store.waiting(device, 0, 1), [], 'nothing was kept');
      const largest = { data: new Uint8Array(4_096), ttlSeconds: limits.ttlSeconds, topic: 'x'.repeat(32), reference: 'x'.repeat(64) };
      t.match(await world.publish(app, uid, '', largest), { ok: true });
      t.match(await world.publish(app, uid, ''), { ok: true }, 'an empty one is a bare wake-up');
    });

    await t.test('unknown, foreign and never granted uids get one and the same answer', async (t) => {
      const world = await newWorld(t);
      const { app, uid } = await pairOf(world);
      const { id: other } = await world.app('news');
      const answers = [
        await world.publish(app, 'uid_00000000000000000000000000' as Uid, 'x'),
        await world.publish(other, uid, 'x'),
        await world.publish(app, 'uid_' as Uid, 'x'),
        await world.publish(app, 'uid_\u0000\ud800' as Uid, 'x'),
        await world.publish(app, 'sub_00000000000000000000000000' as SubscriptionId, 'x'),
      ];
      for (const answer of answers) t.same(answer, answers[0]);
      t.match(answers[0], { ok: false, error: { code: 'unknown-destination' } });
    });

    await t.test('a grant without "notify" does not notify; one that is paused does', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, subscription } = await pairOf(world, ['presence']);
      t.match(await world.publish(app, uid, 'x'), { ok: false, error: { code: 'not-allowed' } });
      t.match(await world.publish(app, subscription, 'x'), { ok: false, error: { code: 'not-allowed' } });
      await world.grant('anna', 'chat', ['notify']);
      t.match(await world.publish(app, uid, 'with the scope'), { ok: true });
      const grant = (await world.store.grant(uid))!;
      await world.store.putGrant({ ...grant, paused: true });
      t.match(await world.publish(app, uid, 'while paused'), { ok: true });
      await world.settle();
      t.same(phone.texts, ['with the scope', 'while paused']);
    });

    await t.test('one device alone is reached by its subscription, by its own app only', async (t) => {
      const world = await newWorld(t);
      const { app, phone, subscription } = await pairOf(world);
      const desktop = await world.connect((await world.device('anna')).id);
      await desktop.register('chat');
      const { id: other } = await world.app('news');
      await world.grant('anna', 'news');
      t.match(await world.publish(app, subscription, 'hello'), { ok: true });
      t.match(await world.publish(other, subscription, 'x'), { ok: false, error: { code: 'unknown-destination' } });
      await world.settle();
      t.same(phone.texts, ['hello']);
      t.same(desktop.texts, []);
      await phone.up({ removals: [phone.notifications[0]!.alias] });
      t.match(await world.publish(app, subscription, 'x'), { ok: false, error: { code: 'unknown-destination' } });
    });

    await t.test('after a revoke the app reaches nobody, by no way', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone, subscription } = await pairOf(world);
      phone.drop();
      await world.publish(app, uid, 'before');
      await world.revoke(uid);
      t.match(await world.publish(app, uid, 'after'), { ok: false, error: { code: 'revoked' } });
      t.match(await world.publish(app, subscription, 'after'), { ok: false, error: { code: 'not-allowed' } });
      t.same(await world.store.waiting(device, 0, 10), []);
      t.same((await world.connect(device)).texts, []);
      const again = await world.grant('anna', 'chat');
      t.not(again, uid, 'a new grant comes with a new uid');
      t.match(await world.publish(app, uid, 'after'), { ok: false, error: { code: 'revoked' } });
      t.match(await world.publish(app, again, 'anew'), { ok: true });
    });

    await t.test('TTL: never after it, and 0 is now or never', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      await world.publish(app, uid, 'now', { ttlSeconds: 0 });
      await world.publish(app, uid, 'low and now', { ttlSeconds: 0, urgency: 'very-low' });
      await world.settle();
      t.same(phone.texts, ['now', 'low and now']);
      phone.drop();
      await world.publish(app, uid, 'never', { ttlSeconds: 0 });
      await world.publish(app, uid, 'too late', { ttlSeconds: 10 });
      await world.publish(app, uid, 'in time', { ttlSeconds: 11 });
      t.same(
        (await world.store.waiting(device, 0, 10)).map(({ data }) => textOf(data)).slice(2),
        ['too late', 'in time'],
        'one that nobody can have now is not kept, and pushes out no other',
      );
      await world.advance(10_000);
      t.same((await world.connect(device)).texts, ['in time']);
    });

    await t.test('what is below the minimum urgency waits until that drops', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      await phone.up({ settings: { minimumUrgency: 'high' } });
      await world.publish(app, uid, 'normal');
      await world.publish(app, uid, 'never', { ttlSeconds: 0 });
      await world.publish(app, uid, 'high', { urgency: 'high' });
      await world.publish(app, uid, 'high and now', { urgency: 'high', ttlSeconds: 0 });
      await world.settle();
      t.same(phone.texts, ['high', 'high and now']);
      await phone.up({ settings: { minimumUrgency: 'normal' } });
      await world.settle();
      t.same(phone.texts.slice(2).filter((text) => !text.startsWith('high')), ['normal']);
    });

    await t.test('the minimum urgency holds for the next link, too', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      await phone.up({ settings: { minimumUrgency: 'normal' } });
      phone.drop();
      await world.publish(app, uid, 'low', { urgency: 'low' });
      const again = await world.connect(device);
      t.same(again.texts, []);
      await again.up({ settings: { minimumUrgency: 'low' } });
      await world.settle();
      t.same(again.texts, ['low']);
    });

    await t.test('what is not urgent rides the next heartbeat', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      await world.advance(60_000);
      await world.publish(app, uid, 'low', { urgency: 'low', ttlSeconds: 86_400 });
      await world.settle();
      t.same(phone.texts, [], 'held');
      await phone.up({ heartbeat: beat });
      await world.settle();
      t.same(phone.texts, ['low']);
    });

    await t.test('a topic replaces the waiting one', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      phone.drop();
      await world.publish(app, uid, '1 unread', { topic: 'unread' });
      await world.publish(app, uid, 'other');
      await world.publish(app, uid, '2 unread', { topic: 'unread' });
      t.same((await world.connect(device)).texts, ['other', '2 unread']);
    });

    await t.test('beyond its bound the oldest go, and the device is told how many', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      phone.drop();
      const count = limits.waitingPerSubscription + 5;
      for (let index = 0; index < count; index += 1) await world.publish(app, uid, `number ${index}`);
      const again = await world.connect(device);
      again.acknowledges = true;
      await again.up({ acks: again.notifications.map(({ id }) => id) });
      for (let round = 0; round < 20 && again.texts.at(-1) !== `number ${count - 1}`; round += 1) await world.settle();
      const missed = again.notifications.reduce((sum, item) => sum + item.missed, 0);
      const delivered = again.notifications.filter((item) => item.missed === 0).length;
      t.ok(missed >= 5, `${missed} missed`);
      t.equal(missed + delivered, count, 'every one was delivered or counted');
      t.equal(again.texts.at(-1), `number ${count - 1}`);
    });

    await t.test('a message that is named twice is kept once', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      t.same(await world.publish(app, uid, 'hello', { reference: 'a' }), { ok: true, duplicate: false });
      t.same(await world.publish(app, uid, 'hello', { reference: 'a' }), { ok: true, duplicate: true });
      await world.settle();
      t.same(phone.texts, ['hello']);
    });

    await t.test('a message that was cancelled is not delivered', async (t) => {
      const world = await newWorld(t);
      const { app, uid, device, phone } = await pairOf(world);
      const { id: other } = await world.app('news');
      phone.drop();
      await world.publish(app, uid, 'hello', { reference: 'a' });
      t.match(await world.gateway.cancel(other, 'a'), { ok: false, error: { code: 'unknown-destination' } });
      t.match(await world.gateway.cancel(app, 'b'), { ok: false, error: { code: 'unknown-destination' } });
      t.match(await world.gateway.cancel(app, '\ud800/'), { ok: false, error: { code: 'unknown-destination' } });
      t.match(await world.gateway.cancel(app, 'a'), { ok: true });
      t.same((await world.connect(device)).texts, []);
    });

    await t.test('a cancel that comes with its message is in time', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      const [published, cancelled] = await Promise.all([
        world.publish(app, uid, 'hello', { reference: 'a' }),
        world.gateway.cancel(app, 'a'),
        world.publish(app, uid, 'next'),
      ]);
      await world.settle();
      t.match(published, { ok: true });
      t.same(phone.texts, cancelled.ok ? ['next'] : ['hello', 'next']);
    });

    await t.test('a held one that was cancelled does not ride along', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      await world.advance(60_000);
      await world.publish(app, uid, 'low', { urgency: 'low', reference: 'a' });
      await world.settle();
      await world.gateway.cancel(app, 'a');
      await phone.up({ heartbeat: beat });
      await world.settle();
      t.same(phone.texts, []);
    });

    await t.test('receipts tell of the first acknowledgement, or that nobody gave one', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, device } = await pairOf(world);
      const server = world.connectApp(app);
      await world.publish(app, uid, 'hello', { reference: 'a', receipt: true });
      await world.publish(app, uid, 'quiet', { reference: 'b' });
      await world.settle();
      await phone.up({ acks: phone.notifications.map(({ id }) => id) });
      await world.settle();
      t.same(server.items.map(({ topic, text }) => [topic, text]), [['receipt/a', '{"id":"a","state":"acknowledged"}']]);
      phone.drop();
      await world.publish(app, uid, 'late', { reference: 'c', receipt: true, ttlSeconds: 60 });
      await world.advance(60_000);
      await world.sweep();
      t.same(server.texts.slice(1), ['{"id":"c","state":"expired"}']);
      t.same(await world.store.waiting(device, 0, 10), []);
    });

    await t.test('a hidden user gives no receipt, unless the device itself handed out the way', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, subscription } = await pairOf(world, ['notify']);
      const server = world.connectApp(app);
      await world.publish(app, uid, 'hello', { reference: 'a', receipt: true });
      await world.publish(app, subscription, 'hello', { reference: 'b', receipt: true });
      await world.settle();
      await phone.up({ acks: phone.notifications.map(({ id }) => id) });
      await world.settle();
      t.same(server.topics, ['receipt/b']);
      await world.grant('anna', 'chat', ['notify', 'presence']);
      await world.store.putGrant({ ...(await world.store.grant(uid))!, paused: true });
      // Any change to the user makes the gateway look again.
      await world.device('anna');
      await world.publish(app, uid, 'hello', { reference: 'c', receipt: true });
      await world.settle();
      await phone.up({ acks: [phone.notifications.at(-1)!.id] });
      await world.settle();
      t.same(server.topics, ['receipt/b'], 'paused is hidden');
      await world.grant('anna', 'chat', ['notify', 'presence']);
      await world.publish(app, uid, 'hello', { reference: 'd', receipt: true });
      await world.settle();
      await phone.up({ acks: [phone.notifications.at(-1)!.id] });
      await world.settle();
      t.same(server.topics, ['receipt/b', 'receipt/d'], 'granted again it is no longer paused');
    });

    await t.test('a hidden user is not betrayed by the receipt of a message that was for now or never', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world, ['notify']);
      phone.acknowledges = true;
      const server = world.connectApp(app);
      const told: unknown[] = [];
      for (const linked of [true, false]) {
        if (!linked) phone.drop('goodbye');
        const message = { ttlSeconds: 0, receipt: true, reference: `linked-${linked}` };
        const answers = [await world.publish(app, uid, 'x', message), await world.publish(app, uid, 'x', message)];
        const before = server.items.length;
        await world.settle();
        const atOnce = server.items.length - before;
        await world.sweep();
        const receipts = server.texts.slice(before).map((text) => text.replace(String(linked), ''));
        told.push({ answers, atOnce, receipts });
      }
      t.equal(phone.texts.length, 1, 'it came while she was there');
      t.same(told[0], told[1]);
      t.match(told[0], { atOnce: 0, receipts: [/expired/] });
    });

    await t.test('what was kept under an old view is looked up before it goes', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      // The device registers another app while the notification is on its way: a change that takes nothing back.
      await Promise.all([world.publish(app, uid, 'one'), phone.register('news'), world.publish(app, uid, 'two')]);
      await world.settle();
      t.same(phone.texts, ['one', 'two']);
    });

    await t.test('the answer and its time are the same for who is there and who is not', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone } = await pairOf(world);
      const writes = { accept: 0, probe: 0 };
      const { store } = world;
      const [accept, probe] = [store.acceptFor.bind(store), store.probe.bind(store)];
      store.acceptFor = (...asked) => {
        writes.accept += 1;
        accept(...asked);
      };
      store.probe = () => ((writes.probe += 1), probe());
      const answers: PublishResult[] = [];
      for (const linked of [true, false]) {
        if (!linked) phone.drop('goodbye');
        for (const ttlSeconds of [0, 60]) {
          writes.accept = 0;
          writes.probe = 0;
          answers.push(await world.publish(app, uid, 'x', { ttlSeconds }));
          t.equal(writes.accept + writes.probe, 1, `one durable write, linked: ${linked}, TTL ${ttlSeconds}`);
        }
      }
      for (const answer of answers) t.same(answer, { ok: true, duplicate: false });
      await world.user('bob');
      const nobody = await world.grant('bob', 'chat');
      t.same(await world.publish(app, nobody, 'x'), { ok: true, duplicate: false }, 'and for who has no device');
    });

    await t.test('a store that refuses is the answer, and costs no link', async (t) => {
      const world = await newWorld(t);
      const { app, uid, phone, device } = await pairOf(world);
      const { store } = world;
      const [accept, probe] = [store.acceptFor.bind(store), store.probe.bind(store)];
      store.acceptFor = refusing(new StoreError('STORE_BUSY', 'too many'));
      t.match(await world.publish(app, uid, 'x'), { ok: false, error: { code: 'store-busy', retryAfterSeconds: 1 } });
      t.same(world.gateway.unready(), [], 'busy is not ill');
      store.acceptFor = refusing(new StoreError('STORE_UNAVAILABLE', 'disk full'));
      store.probe = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'disk full'));
      t.match(await world.publish(app, uid, 'x'), { ok: false, error: { code: 'store-unavailable' } });
      t.same(world.gateway.unready(), ['store-unavailable']);
      let tried = 0;
      store.acceptFor = (...asked) => {
        tried += 1;
        accept(...asked);
      };
      await world.advance(10_000);
      t.match(await world.publish(app, uid, 'x'), { ok: false, error: { code: 'store-unavailable' } });
      t.equal(tried, 0, 'while it is ill it is left alone');
      t.notOk(phone.closing, 'links stay');
      store.probe = probe;
      await world.advance(2 * limits.probeFailingMs);
      t.same(world.gateway.unready(), []);
      t.match(await world.publish(app, uid, 'again'), { ok: true });
      await world.settle();
      t.same(phone.texts, ['again']);
      t.equal((await store.waiting(device, 0, 10)).length, 1);
      t.ok(world.count('store_errors_total', 'STORE_UNAVAILABLE') > 0);
    });

    await t.test('an app that publishes too often is told when to come back', async (t) => {
      const world = await newWorld(t);
      const { app, uid } = await pairOf(world);
      const { id: other } = await world.app('news');
      const news = await world.grant('anna', 'news');
      world.store.acceptFor = (asker) => queueMicrotask(() => asker.succeeded({ outcome: 'duplicate' }));
      let refused = 0;
      for (let count = 0; count < limits.appPublishBurst + 10; count += 1) {
        const answer = await world.publish(app, uid, 'x');
        if (answer.ok) continue;
        refused += 1;
        t.match(answer.error, { code: 'rate-limited', retryAfterSeconds: 1 });
      }
      t.equal(refused, 10);
      t.match(await world.publish(other, news, 'x'), { ok: true }, 'another app is not held back');
      await world.advance(1_000);
      t.match(await world.publish(app, uid, 'x'), { ok: true });
    });
  });
}

/** A disk that writes when the test lets it, and a phone whose user's next numbers are reserved on it. */
async function slowDisk(t: Test): Promise<Faulty & Pair & {
  readonly world: World;
  /** Publishes, and lets everything happen that does not wait for the disk. */
  readonly begin: (text: string, to?: Uid) => Promise<{ readonly answer: Promise<PublishResult>; readonly answered: () => boolean }>;
}> {
  const faulty = await openFaulty(t);
  const world = await createWorld({ store: faulty.store });
  const pair = await pairOf(world);
  for (const text of ['one', 'two']) await world.publish(pair.app, pair.uid, text);
  await world.settle();
  await pair.phone.up({ acks: pair.phone.notifications.map(({ id }) => id) });
  await world.settle();
  pair.phone.frames.length = 0;
  return {
    ...faulty, ...pair, world,
    begin: async (text, to = pair.uid) => {
      let answered = false;
      const answer = world.publish(pair.app, to, text).finally(() => (answered = true));
      await settled(10);
      return { answer, answered: () => answered };
    },
  };
}

await t.test('ahead of the disk', async (t) => {
  await t.test('it goes down while it is written, its sender has the answer once it is kept, and it waits until it is acknowledged', async (t) => {
    const { world, database, phone, device, store, begin } = await slowDisk(t);
    const letGo = database.hold();
    const { answer, answered } = await begin('three');
    t.same(phone.texts, ['three']);
    t.notOk(answered(), 'nothing is accepted that is not kept');
    t.same(await store.waiting(device, 0, 9), []);
    letGo();
    t.match(await answer, { ok: true });
    await world.settle();
    t.equal((await store.waiting(device, 0, 9)).length, 1);
    phone.drop();
    const again = await world.connect(device);
    t.same(again.texts, ['three'], 'on the next link it comes again');
    t.same(again.notifications[0]?.id, phone.notifications[0]?.id, 'by the same id, which the device knows');
  });

  await t.test('acknowledged before it is kept, it is removed as soon as it is', async (t) => {
    const { world, database, phone, device, store, begin } = await slowDisk(t);
    const letGo = database.hold();
    const { answer } = await begin('three');
    t.ok(await phone.up({ acks: [phone.notifications[0]!.id] }));
    letGo();
    t.match(await answer, { ok: true });
    await world.settle();
    t.same(await store.waiting(device, 0, 9), []);
    t.equal(world.count('notifications_acknowledged_total'), 3);
    await world.advance(2 * limits.redeliverMs);
    t.same(phone.texts, ['three']);
  });

  await t.test('whoever has no number reserved on disk waits, and holds up those behind', async (t) => {
    const { store, database } = await openFaulty(t);
    const world = await createWorld({ store });
    const { app, uid, phone } = await pairOf(world);
    await world.publish(app, uid, 'zero');
    await world.settle();
    phone.frames.length = 0;
    const letGo = database.hold();
    const answers = ['one', 'two', 'three'].map((text) => world.publish(app, uid, text));
    await settled(10);
    t.same(phone.texts, []);
    letGo();
    await Promise.all(answers);
    await world.settle();
    t.same(phone.texts, ['one', 'two', 'three']);
  });

  await t.test('one that is not hurried holds up the next of its device, which would overtake it', async (t) => {
    const { world, database, app, uid, phone, begin } = await slowDisk(t);
    await world.advance(limits.radioOnMs);
    const letGo = database.hold();
    const low = world.publish(app, uid, 'low', { urgency: 'low' });
    const { answer } = await begin('normal');
    t.same(phone.texts, []);
    letGo();
    await Promise.all([low, answer]);
    await world.settle();
    t.same(phone.texts, ['low', 'normal']);
    const letGoAgain = database.hold();
    await begin('next');
    t.same(phone.texts, ['low', 'normal', 'next']);
    letGoAgain();
  });

  await t.test('one with a name waits until that is kept: sent again, also after a crash, it is delivered once', async (t) => {
    const { world, database, app, uid, phone } = await slowDisk(t);
    database.faults = ['lost'];
    t.match(await world.publish(app, uid, 'three', { reference: 'third' }), { ok: false, error: { code: 'store-unavailable' } });
    await world.advance(2 * limits.probeFailingMs);
    t.same(phone.texts, []);
    t.match(await world.publish(app, uid, 'three', { reference: 'third' }), { ok: true, duplicate: false });
    t.match(await world.publish(app, uid, 'three', { reference: 'third' }), { ok: true, duplicate: true });
    await world.settle();
    t.same(phone.texts, ['three']);
  });

  await t.test('a device that links meanwhile gets it when it is kept, and in order', async (t) => {
    const { world, database, phone, device, begin } = await slowDisk(t);
    phone.drop('goodbye');
    await world.settle();
    const letGo = database.hold();
    const first = await begin('three');
    const connection = new FakeDevice(device);
    connection.link = await world.gateway.attachDevice(device, connection);
    const second = await begin('four');
    t.same(connection.texts, []);
    letGo();
    await Promise.all([first.answer, second.answer]);
    await world.settle();
    t.same(connection.texts, ['three', 'four']);
  });

  await t.test('a disk that fails: its sender is told, and what comes after is taken for nothing that was seen', async (t) => {
    for (const fault of ['lost', 'unsure'] as const) {
      const { world, database, phone, device, store, begin } = await slowDisk(t);
      database.faults = [fault];
      const { answer } = await begin('three');
      t.match(await answer, { ok: false, error: { code: 'store-unavailable' } });
      await world.settle();
      t.same(phone.texts, ['three'], 'it had gone');
      await world.advance(2 * limits.probeFailingMs);
      const again = await begin('three, again');
      t.match(await again.answer, { ok: true });
      await world.settle();
      t.same(phone.texts, ['three', 'three, again']);
      const [gone, kept] = phone.notifications.map(({ id }) => id);
      t.not(gone, kept);
      t.ok(await phone.up({ acks: [gone!, kept!] }));
      await world.settle();
      t.same(await store.waiting(device, 0, 9), []);
      await world.advance(2 * limits.redeliverMs);
      t.equal(phone.texts.length, 2, fault);
    }
  });

  await t.test('what came to nothing takes no place on the link', async (t) => {
    const { world, database, phone, begin } = await slowDisk(t);
    for (let round = 0; round <= limits.inFlightPerApp; round += 1) {
      // After a failure the numbers that are reserved have to come to disk anew.
      for (let count = 0; count < 3; count += 1) {
        await (await begin('kept')).answer;
        await world.settle();
        await phone.up({ acks: [phone.notifications.at(-1)!.id] });
      }
      database.faults = ['lost'];
      t.match(await (await begin('lost')).answer, { ok: false });
      await world.advance(2 * limits.probeFailingMs);
    }
    t.equal(phone.texts.filter((text) => text === 'lost').length, limits.inFlightPerApp + 1);
    phone.frames.length = 0;
    for (let count = 0; count < limits.inFlightPerApp; count += 1) await (await begin(`${count}`)).answer;
    await world.settle();
    t.equal(phone.texts.length, limits.inFlightPerApp, 'its whole share is free');
  });

  await t.test('on top of a group that fails it comes again under the id that it is kept by', async (t) => {
    const { world, database, phone, device, store, begin } = await slowDisk(t);
    const letGo = database.hold();
    database.faults = ['lost'];
    const first = await begin('three');
    const second = await begin('four');
    t.same(phone.texts, ['three', 'four']);
    letGo();
    t.match(await first.answer, { ok: false });
    t.match(await second.answer, { ok: true });
    await world.settle();
    t.same(phone.texts, ['three', 'four', 'four'], 'at least once');
    const [kept] = await store.waiting(device, 0, 9);
    t.equal(phone.notifications[2]?.id, kept?.id);
    t.ok(await phone.up({ acks: [kept!.id] }));
    await world.settle();
    t.same(await store.waiting(device, 0, 9), []);
    await world.advance(2 * limits.redeliverMs);
    t.equal(phone.texts.length, 3);
  });

  await t.test('while a revoke is under way nothing goes', async (t) => {
    const { world, database, phone, device, uid, store, begin } = await slowDisk(t);
    const letGo = database.hold();
    const revoked = world.revoke(uid);
    const { answer } = await begin('three');
    t.same(phone.texts, []);
    letGo();
    await Promise.all([revoked, answer]);
    await world.settle();
    t.same(phone.texts, []);
    t.same(await store.waiting(device, 0, 9), []);
  });

  await t.test('nor what was published right before a revoke, once that has an answer', async (t) => {
    const { world, database, phone, uid, begin } = await slowDisk(t);
    const letGo = database.hold();
    phone.blocked = true;
    const filler = await begin('three');
    const { answer } = await begin('four');
    const revoked = world.revoke(uid);
    letGo();
    await Promise.all([filler.answer, answer, revoked]);
    const sent = phone.texts.length;
    phone.blocked = false;
    phone.link?.writable();
    await world.settle();
    t.equal(phone.texts.length, sent);
  });
});
