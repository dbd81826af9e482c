// Users, devices, apps and subscriptions: fields, names, lists, bounds, and what goes with them.

import type { Test } from 'tap';
import type { AppId, DeviceId, SubscriptionId, UserId } from '../../../src/core/ids.js';
import { urgencies } from '../../../src/core/frames.js';
import { limits } from '../../../src/core/limits.js';
import {
  accepted, app, device, exportedKeys, keysOfRecords, grant, household, item, named, now, request, subscribed, subscription,
  user, waitingIds,
} from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';

export async function registryConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of the registry makes the round trip', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const anna = { ...user(1), name: 'Anna Ødegård', createdAtMs: Number.MAX_SAFE_INTEGER };
    const bus = { ...app(1), name: 'Bus times', secretHash: bytes(32, 200), createdAtMs: 0 };
    t.equal(await store.addUser(anna), true);
    t.equal(await store.addApp(bus), true);
    for (const minimumUrgency of urgencies) {
      const phone = { ...device(minimumUrgency, anna.id), tokenHash: bytes(32, 7), minimumUrgency };
      t.equal(await store.addDevice(phone), 'added');
      t.strictSame(await store.device(phone.id), phone);
    }
    const on = device('high', anna.id).id;
    const plain = await subscribed(store, subscription(1, on, 'weather'));
    const keyed = await subscribed(store, {
      ...subscription(2, on, bus.id), applicationServerKey: bytes(65, 4),
    });
    t.strictSame(plain, { ...subscription(1, on, 'weather'), alias: 1 });
    t.strictSame(keyed, { ...subscription(2, on, bus.id), applicationServerKey: bytes(65, 4), alias: 2 });

    for (const again of [false, true]) {
      const kept = again ? await reopen() : store;
      t.strictSame(await kept.user(anna.id), anna);
      t.strictSame(await kept.userByName(anna.name), anna);
      t.strictSame(await kept.app(bus.id), bus);
      t.strictSame(await kept.appByName(bus.name), bus);
      t.strictSame(await kept.subscription(plain.id), plain);
      t.strictSame(await kept.subscription(keyed.id), keyed);
      t.strictSame(await kept.subscriptionsOfDevice(on), [plain, keyed]);
    }
  });

  await t.test('what is unknown is undefined, empty or false', async (t) => {
    const { store } = await adapter.open(t);
    const nobody = 'usr_nobody' as UserId;
    t.equal(await store.user(nobody), undefined);
    t.equal(await store.user('' as UserId), undefined);
    t.equal(await store.userByName('nobody'), undefined);
    t.equal(await store.device('dev_none' as DeviceId), undefined);
    t.equal(await store.app('app_none' as AppId), undefined);
    t.equal(await store.appByName(''), undefined);
    t.equal(await store.subscription('sub_none' as SubscriptionId), undefined);
    t.strictSame(await store.devicesOfUser(nobody), []);
    t.strictSame(await store.subscriptionsOfDevice('dev_none' as DeviceId), []);
    t.strictSame(await store.users({ limit: 10 }), []);
    t.equal(await store.addDevice(device(1, nobody)), 'unknown-user');
    t.equal(await store.addSubscription(subscription(1, 'dev_none' as DeviceId, 'weather')), undefined);
    t.equal(await store.setMinimumUrgency('dev_none' as DeviceId, 'high'), false);
    t.equal(await store.renameDevice('dev_none' as DeviceId, 'phone'), false);
    t.equal(await store.removeUser(nobody, now), false);
    t.equal(await store.removeDevice('dev_none' as DeviceId), false);
    t.equal(await store.removeApp('app_none' as AppId, now), false);
    t.equal(await store.removeSubscription('sub_none' as SubscriptionId), false);
  });

  await t.test('a name is taken once, and free again after its owner is gone', async (t) => {
    const { store } = await adapter.open(t);
    t.equal(await store.addUser(user(1, 'anna')), true);
    t.equal(await store.addUser(user(2, 'anna')), false);
    t.equal(await store.user(user(2).id), undefined, 'nothing was written');
    t.equal(await store.addApp(app(1, 'bus')), true, 'an app may be called as a user is');
    t.equal(await store.addApp(app(2, 'bus')), false);
    t.equal(await store.removeUser(user(1).id, now), true);
    t.equal(await store.removeApp(app(1).id, now), true);
    t.equal(await store.userByName('anna'), undefined);
    t.equal(await store.addUser(user(3, 'anna')), true);
    t.equal(await store.addApp(app(3, 'bus')), true);
    t.equal((await store.userByName('anna'))?.id, user(3).id);
  });

  await t.test('an id is used once, for whatever name', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await exportedKeys(store);
    await t.rejects(store.addUser({ ...home.user, name: 'other' }), RangeError);
    await t.rejects(store.addApp({ ...home.app, name: 'other' }), RangeError);
    await t.rejects(store.addDevice(home.devices[0]!), RangeError);
    await t.rejects(store.addSubscription({ ...home.subscriptions[0]!, app: 'other' }), RangeError);
    await store.addApp(app(2));
    await t.rejects(store.putGrant(grant(1, home.user.id, app(2).id)), RangeError);
    await store.removeApp(app(2).id, now);
    t.strictSame(await exportedKeys(store), before);
  });

  await t.test('records that could not be read back are refused whole', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await exportedKeys(store);
    await t.rejects(store.addUser(user('\ud800')), RangeError);
    await t.rejects(store.addUser(user(9, 'half \udc00')), RangeError);
    await t.rejects(store.addUser({ ...user(9), id: '' as UserId }), RangeError);
    await t.rejects(store.addUser({ ...user(9), createdAtMs: Number.NaN }), RangeError);
    await t.rejects(store.addUser({ ...user(9), createdAtMs: -1 }), RangeError);
    await t.rejects(store.addApp({ ...app(9), createdAtMs: 0.5 }), RangeError);
    await t.rejects(store.addApp({ ...app(9), secretHash: bytes(31, 1) }), RangeError);
    await t.rejects(store.addDevice({ ...device(9, home.user.id), tokenHash: bytes(0, 1) }), RangeError);
    const on = home.devices[0]!.id;
    await t.rejects(store.addSubscription(subscription(9, on, '')), RangeError);
    await t.rejects(store.addSubscription(subscription(9, on, '\udfff')), RangeError);
    await t.rejects(store.removeUser(home.user.id, Number.NaN), RangeError);
    t.strictSame(await exportedKeys(store), before);
  });

  await t.test('lists ascend, and a page begins after an id', async (t) => {
    const { store } = await adapter.open(t);
    const users = ['30', '4', '10', '1', '2', '20', '3'].map((n) => user(n));
    for (const record of users) await store.addUser(record);
    const ascending = ['1', '10', '2', '20', '3', '30', '4'].map((n) => user(n).id);
    t.strictSame((await store.users({ limit: 100 })).map(({ id }) => id), ascending);
    t.strictSame((await store.users({ limit: 3 })).map(({ id }) => id), ascending.slice(0, 3));
    t.strictSame(
      (await store.users({ after: user('10').id, limit: 3 })).map(({ id }) => id),
      ascending.slice(2, 5),
    );
    t.strictSame(
      (await store.users({ after: user('100').id, limit: 1 })).map(({ id }) => id),
      [user('2').id],
      'the id that a page begins after need not exist',
    );
    t.strictSame(await store.users({ after: user('4').id, limit: 3 }), []);
    t.strictSame(await store.users({ limit: 0 }), []);
    for (const n of ['2', '1', '10']) {
      await store.addApp(app(n));
      await store.addDevice(device(n, user('1').id));
    }
    t.strictSame((await store.apps({ limit: 9 })).map(({ id }) => id), ['app_1', 'app_10', 'app_2']);
    t.strictSame((await store.devices({ limit: 9 })).map(({ id }) => id), ['dev_1', 'dev_10', 'dev_2']);
    t.strictSame((await store.devicesOfUser(user('1').id)).map(({ id }) => id), ['dev_1', 'dev_10', 'dev_2']);
    t.strictSame(await store.devicesOfUser(user('10').id), [], 'usr_1 is no part of usr_10');
  });

  await t.test('a minimum urgency is changed alone', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const phone = home.devices[0]!;
    t.equal(await store.setMinimumUrgency(phone.id, 'high'), true);
    t.equal(await store.renameDevice(phone.id, 'Mobiltelefon ☎'), true);
    await t.rejects(store.renameDevice(phone.id, '\ud800'), RangeError);
    t.strictSame(await (await reopen()).device(phone.id), { ...phone, minimumUrgency: 'high', name: 'Mobiltelefon ☎' });
  });

  await t.test('an app that is registered keeps its subscription; another key makes another', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [first] = home.subscriptions;
    const again = await store.addSubscription(subscription('again', first!.device, home.app.id));
    t.strictSame(again, first);
    t.equal(await store.subscription(subscription('again', first!.device, home.app.id).id), undefined);

    await accepted(store, request([first!]));
    const keyed = await subscribed(store, {
      ...subscription('keyed', first!.device, home.app.id), applicationServerKey: bytes(65, 4),
    });
    t.equal(keyed.alias, first!.alias + 1);
    t.equal(await store.subscription(first!.id), undefined);
    t.strictSame(await store.subscriptionsOfDevice(first!.device), [keyed]);
    t.strictSame(await waitingIds(store, first!.device), [], 'what waited for the old one is gone');
    const same = await store.addSubscription({
      ...subscription('same', first!.device, home.app.id), applicationServerKey: bytes(65, 4),
    });
    t.strictSame(same, keyed);
    const other = await subscribed(store, {
      ...subscription('other', first!.device, home.app.id), applicationServerKey: bytes(65, 5),
    });
    t.equal(other.id, 'sub_other');
    const plain = await subscribed(store, subscription('plain', first!.device, home.app.id));
    t.strictSame(await store.subscriptionsOfDevice(first!.device), [plain]);
  });

  await t.test('an alias is used once on a device', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const on = home.devices[0]!.id;
    t.equal(home.subscriptions[0]!.alias, 1);
    t.equal(await store.removeSubscription(home.subscriptions[0]!.id), true);
    t.equal((await subscribed(await reopen(), subscription(2, on, 'weather'))).alias, 2);
  });

  await t.test('a device has a bound of subscriptions, a user one of devices', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const on = home.devices[0]!.id;
    const more = Array.from({ length: limits.subscriptionsPerDevice - 1 }, (_, n) => n + 2);
    await Promise.all(more.map((n) => subscribed(store, subscription(n, on, `app ${n}`))));
    t.equal(await store.addSubscription(subscription('full', on, 'one more')), 'full');
    t.equal((await store.subscriptionsOfDevice(on)).length, limits.subscriptionsPerDevice);
    const standing = await store.addSubscription(subscription('full', on, 'app 2'));
    t.match(standing, { id: 'sub_2' }, 'one that is registered is answered all the same');
    const changed = await store.addSubscription({
      ...subscription('full', on, 'app 2'), applicationServerKey: bytes(65, 4),
    });
    t.match(changed, { id: 'sub_full' }, 'so is one that takes the place of another');
    t.equal(await store.addSubscription(subscription('full2', on, 'one more')), 'full');

    const added = Array.from({ length: limits.devicesPerUser - 1 }, (_, n) =>
      store.addDevice(device(n, home.user.id)));
    t.ok((await Promise.all(added)).every((outcome) => outcome === 'added'));
    t.equal(await store.addDevice(device('full', home.user.id)), 'full');
    t.equal(await store.device(device('full', home.user.id).id), undefined);
  });

  await t.test('whoever is removed leaves nothing behind', async (t) => {
    const { store } = await adapter.open(t);
    const other = await household(store, 'other', 2);
    await accepted(store, request(other.subscriptions, { message: named(other, 'kept'), topic: 'kept' }));
    const before = await exportedKeys(store);

    async function fill(): Promise<void> {
      const home = await household(store, 1, 2);
      const second = await subscribed(store, subscription('second', home.devices[0]!.id, 'weather'));
      for (let n = 0; n < limits.waitingPerSubscription + 2; n += 1) {
        await accepted(store, request([second], { topic: n % 2 === 0 ? `topic ${n}` : '' }));
      }
      await accepted(store, request(home.subscriptions, {
        grant: home.grant.uid, message: named(home, 'one'), topic: 'state',
      }));
      await accepted(store, request(home.subscriptions, { message: named(home, 'two') }));
      await store.appendOutbox(home.app.id, item({ uid: home.grant.uid }));
      await store.appendOutbox(home.app.id, item());
    }
    const home = { user: user(1).id, app: app(1).id };

    await fill();
    t.equal(await store.removeUser(home.user, now + 1), true);
    t.equal((await store.grant(grant(1, home.user, home.app).uid))?.revokedAtMs, now + 1);
    t.equal(await store.removeApp(home.app, now + 2), true);
    const uidKey = (await exportedKeys(store)).filter((key) => !before.includes(key));
    t.equal(uidKey.length, 1, `only the uid stays, so that it is known to be gone: ${uidKey.join(' ')}`);
    t.equal((await store.grant(grant(1, home.user, home.app).uid))?.revokedAtMs, now + 1);

    t.ok((await exportedKeys(store)).length === before.length + 1);
    t.strictSame((await store.counts()), {
      users: 1, devices: 2, apps: 1, waitingNotifications: 2, outboxItems: 0, networks: 0,
    });
  });

  await t.test('a removed device leaves its siblings and what waits for them', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await keysOfRecords(store);
    const lost = device('lost', home.user.id);
    await store.addDevice(lost);
    const there = await subscribed(store, subscription('lost', lost.id, home.app.id));
    await accepted(store, request([there], { topic: 'state' }));
    await accepted(store, request([there]));
    t.equal(await store.removeDevice(lost.id), true);
    t.equal(await store.removeDevice(lost.id), false);
    t.strictSame(await keysOfRecords(store), before);
    t.equal(await store.subscription(there.id), undefined);
    await accepted(store, request([there]));
    t.strictSame(await keysOfRecords(store), before, 'nothing is kept for a device that is gone');
  });

  await t.test('a removed subscription leaves the others and what waits for them', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await keysOfRecords(store);
    const weather = await subscribed(store, subscription('weather', home.devices[0]!.id, 'weather'));
    await accepted(store, request([weather], { topic: 'state' }));
    t.equal(await store.removeSubscription(weather.id), true);
    t.equal(await store.removeSubscription(weather.id), false);
    t.strictSame(await keysOfRecords(store), before);
  });
}

export function bytes(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (first + index) % 256);
}
