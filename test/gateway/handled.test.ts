// presence M5 in the running gateway: handling a notification on one device clears it on the others.

import t from 'tap';
import type { Test } from 'tap';

import type { DeviceId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import { StoreError } from '../../src/ports/store.js';
import { stores } from './stores.js';
import { beat, createWorld, pairOf } from './world.js';
import type { FakeDevice, Pair, World } from './world.js';

interface Home extends Pair {
  readonly world: World;
  readonly desktop: FakeDevice;
  readonly desktopId: DeviceId;
  /** Of the app on the desktop, which has another one in front of it. */
  readonly desktopAlias: number;
}

function cleared(device: FakeDevice): readonly (readonly [alias: number, ids: readonly number[]])[] {
  return device.frames.flatMap((frame) => frame.clears ?? []).map(({ alias, ids }) => [alias, ids]);
}

for (const { name, open } of stores) {
  await t.test(`presence M5: handled on one device, over the ${name} store`, async (t) => {
    async function home(t: Test): Promise<Home> {
      const world = await createWorld({ store: await open(t) });
      const pair = await pairOf(world);
      const { id: desktopId } = await world.device('anna');
      const desktop = await world.connect(desktopId);
      await desktop.register('news');
      // By its id, where the phone has it by its name.
      const { alias: desktopAlias } = await desktop.register(pair.app);
      for (const device of [pair.phone, desktop]) await device.up({ heartbeat: { ...beat, promiseSeconds: 16_000 } });
      return { ...pair, world, desktop, desktopId, desktopAlias };
    }

    async function show({ world, app, uid }: Home, text: string): Promise<void> {
      await world.publish(app, uid, text, { ttlSeconds: 86_400 });
      await world.settle();
    }

    await t.test('the others clear what they show, and nobody else hears of it', async (t) => {
      const anna = await home(t);
      const { world, phone, desktop, alias, desktopAlias, app } = anna;
      const tablet = await world.connect((await world.device('anna')).id);
      await tablet.register('news');
      await world.user('bob');
      const other = await world.connect((await world.device('bob')).id);
      await other.register('chat');
      for (const device of [tablet, other]) await device.up({ heartbeat: beat });
      const server = world.connectApp(app);
      phone.acknowledges = true;
      desktop.acknowledges = true;
      await show(anna, 'hello');
      const [id] = phone.notifications.map((item) => item.id);
      t.same(desktop.notifications.map((item) => item.id), [id], 'the copies have one id');
      await world.settle();

      t.equal(await desktop.up({ handled: [{ alias: desktopAlias, ids: [id!] }] }), true);
      await world.settle();
      t.same(cleared(phone), [[alias, [id]]], 'as the phone knows the app');
      for (const device of [desktop, tablet, other]) t.same(cleared(device), []);
      t.same(server.items, [], 'the app learns nothing');
      await phone.up({ cleared: [id!] });
      await world.settle();
      phone.drop();
      const again = await world.connect(anna.device);
      await again.up({ heartbeat: beat });
      await world.settle();
      t.same(cleared(again), [], 'once it is confirmed');
    });

    await t.test('the radio of a phone is not woken for it, and what wakes it brings it along', async (t) => {
      const anna = await home(t);
      const { world, phone, desktop, alias, desktopAlias } = anna;
      phone.acknowledges = true;
      await show(anna, 'hello');
      await world.advance(limits.radioOnMs + 1_000);
      await desktop.up({ handled: [{ alias: desktopAlias, ids: [1] }] });
      await world.settle();
      t.same(cleared(phone), []);
      await show(anna, 'another');
      t.match(phone.frames.at(-1), { notifications: [{ id: 2 }], clears: [{ alias, ids: [1] }] }, 'in one frame');
      await world.advance(limits.radioOnMs + 1_000);
      await desktop.up({ handled: [{ alias: desktopAlias, ids: [2] }] });
      await world.advance(limits.holdMs + 2_000);
      t.same(cleared(phone), [[alias, [1]], [alias, [2]]], 'and when nothing does, it goes by itself');
    });

    await t.test('a copy that still waits is never delivered', async (t) => {
      const anna = await home(t);
      const { world, phone, device, desktop, desktopAlias } = anna;
      phone.drop();
      for (const text of ['one', 'two', 'three']) await show(anna, text);
      await desktop.up({ acks: [1, 2, 3], handled: [{ alias: desktopAlias, ids: [1, 3] }] });
      await world.settle();
      t.same((await world.store.waiting(device, 0, 9)).map(({ id }) => id), [2]);
      const again = await world.connect(device);
      t.same(again.texts, ['two']);
    });

    await t.test('a phone that was away clears when it comes back, after a restart of the gateway too, and until it is too late', async (t) => {
      const anna = await home(t);
      const { world, phone, device, alias, desktop, desktopAlias } = anna;
      phone.acknowledges = true;
      await show(anna, 'hello');
      phone.drop('goodbye');
      await desktop.up({ handled: [{ alias: desktopAlias, ids: [1] }] });
      await world.settle();
      const late = await world.connect(device);
      t.same(cleared(late), [], 'a plain MQTT client would say nothing, and is told nothing');
      await late.up({ heartbeat: beat });
      await world.settle();
      t.same(cleared(late), [[alias, [1]]]);
      late.drop();

      const restarted = await createWorld({ store: world.store });
      const there = await restarted.connect(device);
      await there.up({ heartbeat: beat });
      await restarted.settle();
      t.same(cleared(there), [[alias, [1]]], 'not confirmed: told again');
      there.drop();
      const nowMs = world.time.nowMs();
      t.equal((await world.store.clears(device, nowMs + limits.clearSeconds * 1000 - 60_000)).length, 1);
      t.same(await world.store.clears(device, nowMs + limits.clearSeconds * 1000), []);
    });

    await t.test('no app clears what is of another, and nothing is cleared that has not come yet', async (t) => {
      const anna = await home(t);
      const { world, phone, desktop, alias, desktopAlias, device } = anna;
      const { alias: mail } = await phone.register('mail');
      const { alias: desktopMail } = await desktop.register('mail');
      phone.drop();
      await show(anna, 'of chat');
      await desktop.up({ handled: [{ alias: desktopMail, ids: [1, 2] }, { alias: 99, ids: [1] }, { alias: desktopAlias, ids: [2, 3] }] });
      await world.settle();
      t.same((await world.store.waiting(device, 0, 9)).map(({ id }) => id), [1]);
      const again = await world.connect(device);
      await again.up({ heartbeat: beat });
      await world.settle();
      t.same(cleared(again), [[mail, [1]]], 'mail is told of a notification that it does not have');
      t.same(again.texts, ['of chat']);
      await show(anna, 'the next');
      t.same(again.texts, ['of chat', 'the next']);
      t.equal(again.notifications.at(-1)?.alias, alias);
    });

    await t.test('after a revoke nothing is told', async (t) => {
      const anna = await home(t);
      const { world, phone, device, uid, desktop, desktopAlias } = anna;
      phone.acknowledges = true;
      await show(anna, 'hello');
      phone.drop();
      await desktop.up({ handled: [{ alias: desktopAlias, ids: [1] }] });
      await world.revoke(uid);
      t.same(await world.store.clears(device, world.time.nowMs()), []);
    });

    await t.test('a frame that could not be kept is not answered, and is said again on the next link', async (t) => {
      const anna = await home(t);
      const { world, phone, alias, desktop, desktopId, desktopAlias } = anna;
      phone.acknowledges = true;
      await show(anna, 'hello');
      const frame = { handled: [{ alias: desktopAlias, ids: [1] }] };
      const handle = world.store.handle.bind(world.store);
      world.store.handle = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'the disk is full'));
      let answered = false;
      void desktop.up(frame).then(() => {
        answered = true;
      });
      await world.settle();
      t.equal(answered, false);
      t.equal(desktop.closeReason, 'store-unavailable');
      t.same(cleared(phone), []);
      world.store.handle = handle;
      const again = await world.connect(desktopId);
      t.equal(await again.up(frame), true);
      await world.settle();
      t.same(cleared(phone), [[alias, [1]]]);
      t.equal(await again.up(frame), true, 'said twice');
      await world.settle();
      t.same(cleared(phone), [[alias, [1]]], 'it is told once on one link');
    });

    await t.test('receipts stay what they were, seen or hidden', async (t) => {
      const anna = await home(t);
      const { world, app, uid, phone, desktop, desktopAlias } = anna;
      const server = world.connectApp(app);
      phone.drop();
      await world.publish(app, uid, 'hello', { reference: 'one', receipt: true, ttlSeconds: 60 });
      await world.settle();
      await desktop.up({ handled: [{ alias: desktopAlias, ids: [1] }] });
      await world.settle();
      t.same(server.topics, [], 'handling says nothing by itself');
      await desktop.up({ acks: [1] });
      await world.settle();
      t.same(server.topics, ['receipt/one']);
      t.match(server.texts, [/acknowledged/]);
    });
  });
}
