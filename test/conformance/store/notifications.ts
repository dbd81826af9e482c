// The queue of a device: fields, order, collapse, overflow, expiry.

import type { Test } from 'tap';
import type { DeviceId } from '../../../src/core/ids.js';
import { urgencies } from '../../../src/core/frames.js';
import { limits } from '../../../src/core/limits.js';
import {
  accepted, assertAfter, device, keysOfRecords, hour, household, item, named, now, outboxOf, receiptOf, request, subscribed,
  subscription, waitingIds,
} from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';
import { bytes } from './registry.js';

const bound = limits.waitingPerSubscription;

export async function notificationConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of a notification makes the round trip', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    const kept: unknown[] = [];
    for (const [index, urgency] of urgencies.entries()) {
      const wanted = request([to!], {
        urgency,
        topic: index === 0 ? '' : `topic ${index}`,
        acceptedAtMs: now + index,
        expiresAtMs: now + index * hour,
        data: bytes(index * 1_365 + 1, index),
      });
      const [stored, ...others] = await accepted(store, wanted);
      t.strictSame(others, []);
      t.strictSame(stored, {
        id: index + 1,
        device: to!.device,
        subscription: to!.id,
        alias: to!.alias,
        urgency,
        topic: wanted.topic,
        acceptedAtMs: wanted.acceptedAtMs,
        expiresAtMs: wanted.expiresAtMs,
        data: wanted.data,
        missed: 0,
      });
      kept.push(stored);
    }
    await accepted(store, request([to!], { data: bytes(0, 0) }));
    t.strictSame((await store.waiting(to!.device, 0, 4)), kept);
    const again = await (await reopen()).waiting(to!.device, 0, 9);
    t.strictSame(again.slice(0, 4), kept);
    t.strictSame(again[4]?.data, bytes(0, 0));
  });

  await t.test('a device reads its own, ascending, a part at a time', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [here, there] = home.subscriptions;
    for (let n = 0; n < 40; n += 1) await accepted(store, request([here!]));
    await accepted(store, request([there!]));
    const ids = Array.from({ length: 40 }, (_, n) => n + 1);
    t.strictSame(await waitingIds(store, here!.device), ids);
    t.strictSame(await waitingIds(store, there!.device), [41], 'what one device has, no other of the user has for something else');
    t.strictSame((await store.waiting(here!.device, 0, 8)).map(({ id }) => id), ids.slice(0, 8));
    t.strictSame((await store.waiting(here!.device, 35, 8)).map(({ id }) => id), ids.slice(35));
    t.strictSame(await store.waiting(here!.device, 40, 8), []);
    t.strictSame(await store.waiting(here!.device, 0, 0), []);
    t.strictSame(await store.waiting('dev_1' as DeviceId, 0, 9), []);
  });

  await t.test('targets are kept in their order, and those that are gone passed over', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [first, second, third] = home.subscriptions;
    const elsewhere = { ...second!, device: first!.device };
    await store.removeSubscription(third!.id);
    const stored = await accepted(store, request([third!, second!, first!]));
    t.strictSame(stored.map(({ subscription: id }) => id), [second!.id, first!.id]);
    t.strictSame(await accepted(store, request([elsewhere])), [], 'a subscription of another device');
    const stale = await accepted(store, request([{ ...first!, alias: 77 }]));
    t.equal(stale[0]?.alias, first!.alias, 'the alias is the one of the record');
    await t.rejects(store.accept(request([])), RangeError);
    await t.rejects(store.accept(request([first!, first!])), RangeError);
  });

  await t.test('an acknowledgement removes just what it names', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [here, there] = home.subscriptions;
    for (let n = 0; n < 5; n += 1) await accepted(store, request([here!, there!]));
    const acks = { device: here!.device, nowMs: now, hiddenUids: [] };
    t.strictSame(await store.acknowledge({ ...acks, ids: [2, 4, 4, 99] }), []);
    t.strictSame(await store.acknowledge({ ...acks, ids: [] }), []);
    t.strictSame(await store.acknowledge({ ...acks, device: 'dev_none' as DeviceId, ids: [1] }), []);
    t.strictSame(await waitingIds(store, here!.device), [1, 3, 5]);
    t.strictSame(await waitingIds(store, there!.device), [1, 2, 3, 4, 5]);
    t.strictSame(await waitingIds(await reopen(), here!.device), [1, 3, 5]);
  });

  await t.test('a number is given once, after all was acknowledged and the store opened again too', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    for (let n = 0; n < 3; n += 1) await accepted(store, request([to!]));
    await store.acknowledge({ device: to!.device, ids: [1, 2, 3], nowMs: now, hiddenUids: [] });
    const again = await reopen();
    t.strictSame(await waitingIds(again, to!.device), []);
    const opened = (await accepted(again, request([to!])))[0]!.id;
    assertAfter(t, opened, 3);
    await again.expire(now + hour, 9);
    assertAfter(t, (await accepted(await reopen(), request([to!])))[0]!.id, opened);
  });

  await t.test('numbers ascend, whoever else is spoken to and however often the store is opened', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const homes = [await household(store, 1, 2), await household(store, 2)];
    const lastIds = [0, 0];
    let latest = store;
    for (let turn = 0; turn < 8; turn += 1) {
      const bursts = homes.map(({ subscriptions }) => Promise.all(
        Array.from({ length: 1 + 3 * turn }, () => accepted(latest, request(subscriptions))),
      ));
      for (const [index, answers] of (await Promise.all(bursts)).entries()) {
        const ids = answers.map(([first]) => first!.id);
        assertAfter(t, ids[0]!, lastIds[index]!);
        t.strictSame(ids, ids.map((_, place) => ids[0]! + place), 'without a gap as long as it is open');
        lastIds[index] = ids.at(-1)!;
      }
      if (turn % 3 === 2) latest = await reopen();
    }
  });

  await t.test('a newer one of the same topic takes the place of the one that waits', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [here, there] = home.subscriptions;
    const other = await subscribed(store, subscription('weather', here!.device, 'weather'));
    await accepted(store, request([here!, there!], { topic: 'state' }));
    await accepted(store, request([here!], { topic: 'states' }));
    await accepted(store, request([here!]));
    await accepted(store, request([here!]));
    await accepted(store, request([other], { topic: 'state' }));
    const [newer] = await accepted(store, request([here!], { topic: 'state', data: bytes(3, 3) }));
    t.equal(newer?.id, 6);
    const left = (await store.waiting(here!.device, 0, 9)).map(({ id, topic }) => [id, topic]);
    t.strictSame(left, [[2, 'states'], [3, ''], [4, ''], [5, 'state'], [6, 'state']]);
    t.strictSame(await waitingIds(store, there!.device), [1], 'on that device only');
    t.equal((await store.counts()).waitingNotifications, 6);
    await store.acknowledge({ device: here!.device, ids: [6], nowMs: now, hiddenUids: [] });
    t.equal((await accepted(store, request([here!], { topic: 'state' })))[0]?.id, 7);
    t.equal((await waitingIds(store, here!.device)).length, 5, 'what was acknowledged is not replaced again');
  });

  await t.test('one that is replaced while it is under way gives no receipt', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const acks = { nowMs: now, hiddenUids: [] };
    await accepted(store, request(home.subscriptions, { topic: 'state', message: named(home, 'old') }));
    const [here, there] = home.subscriptions;
    await accepted(store, request([here!], { topic: 'state', message: named(home, 'new') }));
    t.strictSame(await store.acknowledge({ ...acks, device: here!.device, ids: [1] }), [], 'its late acknowledgement');
    t.strictSame(await store.acknowledge({ ...acks, device: there!.device, ids: [1] }), [], 'nor a copy of it');
    t.strictSame(await waitingIds(store, here!.device), [2]);
    t.strictSame(await store.acknowledge({ ...acks, device: here!.device, ids: [2] }), [home.app.id]);
    t.strictSame((await store.expire(now + hour, 9)).touched, []);
    t.strictSame(await outboxOf(store, home.app.id), [receiptOf('new', 'acknowledged')]);
  });

  await t.test('above its bound the oldest of a subscription goes and one record counts them', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    const other = await subscribed(store, subscription('weather', to!.device, 'weather'));
    await accepted(store, request([other]));
    for (let n = 0; n < bound; n += 1) {
      const [stored] = await accepted(store, request([to!], { urgency: 'low', topic: n === 1 ? 'state' : '' }));
      t.equal(stored?.id, n + 2);
    }
    t.equal((await store.counts()).waitingNotifications, bound + 1);

    const full = request([to!], { urgency: 'very-low', acceptedAtMs: now + 1, expiresAtMs: now + 2 });
    const [missed, own, ...none] = await accepted(store, full);
    t.strictSame(none, []);
    t.strictSame(missed, {
      id: bound + 2,
      device: to!.device,
      subscription: to!.id,
      alias: to!.alias,
      urgency: 'low',
      topic: '',
      acceptedAtMs: now + 1,
      expiresAtMs: now + hour,
      data: new Uint8Array(0),
      missed: 1,
    }, 'it comes right before, as urgent and as long as what was dropped');
    t.equal(own?.id, bound + 3);
    t.equal(own?.missed, 0);

    const kept = await reopen();
    const next = await accepted(kept, request([to!], { urgency: 'high' }));
    const grown = next[0]!.id;
    assertAfter(t, grown, bound + 3);
    t.strictSame(next.map(({ id, missed: count, urgency, missedFrom }) => [id, count, urgency, missedFrom]), [
      [grown, 2, 'low', bound + 2], [grown + 1, 0, 'high', undefined],
    ], 'the one with which it began may be on its way');
    const waiting = await kept.waiting(to!.device, 0, 1_000);
    t.equal(waiting.length, bound + 2, 'the bound, the count, and the other subscription');
    t.strictSame(waiting.filter(({ missed: count }) => count > 0).map(({ id }) => id), [grown]);
    t.equal(waiting[1]?.id, 4, 'the two oldest are gone, the one of the other subscription is not');
    t.equal((await kept.counts()).waitingNotifications, bound + 2);

    const collapsed = await accepted(kept, request([to!], { topic: 'state' }));
    t.equal(collapsed[0]?.missed, 3, 'the topic went with the one that was dropped');
    t.equal(collapsed[0]?.missedFrom, bound + 2);
    const replacing = await accepted(kept, request([to!], { topic: 'state' }));
    t.equal(replacing.length, 1, 'one that takes the place of another needs no room');

    const tells = (await kept.waiting(to!.device, 0, 1_000)).find(({ missed: count }) => count > 0);
    await kept.acknowledge({ device: to!.device, ids: [tells!.id], nowMs: now, hiddenUids: [] });
    const fresh = await accepted(kept, request([to!]));
    t.equal(fresh[0]?.missed, 1, 'what the app was told of is not counted again');
    t.equal(fresh[0]?.missedFrom, undefined);
  });

  await t.test('the count of dropped ones expires with the last of them', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    await accepted(store, request([to!], { expiresAtMs: now + 10 * hour }));
    for (let n = 0; n < bound - 1; n += 1) await accepted(store, request([to!]));
    const [missed] = await accepted(store, request([to!], { expiresAtMs: now + 20 * hour }));
    t.equal(missed?.expiresAtMs, now + 10 * hour);
    const [grown] = await accepted(store, request([to!], { expiresAtMs: now + 20 * hour }));
    t.equal(grown?.expiresAtMs, now + 10 * hour, 'also when a shorter one follows');
    t.match(await store.expire(now + 10 * hour, 1_000), { more: false });
    t.equal((await waitingIds(store, to!.device)).length, 2);
  });

  await t.test('what expired at or before now goes, what expires later stays', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    const before = await keysOfRecords(store);
    for (const expiresAtMs of [now + 2, now, now + 1, Number.MAX_SAFE_INTEGER]) {
      await accepted(store, request([to!], { expiresAtMs, topic: `until ${expiresAtMs}` }));
    }
    t.strictSame(await store.expire(now - 1, 9), { removed: 0, touched: [], more: false });
    t.strictSame(await store.expire(now, 9), { removed: 1, touched: [], more: false });
    t.strictSame(await waitingIds(store, to!.device), [1, 3, 4]);
    t.strictSame(await store.expire(now + 1, 9), { removed: 1, touched: [], more: false });
    t.strictSame(await store.expire(now + 1, 9), { removed: 0, touched: [], more: false });
    const kept = await reopen();
    t.strictSame(await kept.expire(now + 2, 9), { removed: 1, touched: [], more: false });
    t.strictSame(await waitingIds(kept, to!.device), [4]);
    t.strictSame(await kept.expire(Number.MAX_SAFE_INTEGER, 9), { removed: 1, touched: [], more: false });
    t.strictSame(await keysOfRecords(kept), before);
    await accepted(kept, request([to!], { expiresAtMs: 0 }));
    t.strictSame(await kept.expire(0, 9), { removed: 1, touched: [], more: false }, 'long past is no special case');
  });

  await t.test('expiry goes from the earliest on, as far as it may', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    for (const after of [5, 1, 4, 2, 3]) {
      await accepted(store, request([to!], { expiresAtMs: now + after }));
    }
    t.strictSame(await store.expire(now + 4, 2), { removed: 2, touched: [], more: true });
    t.strictSame(await waitingIds(store, to!.device), [1, 3, 5]);
    t.strictSame(await store.expire(now + 4, 2), { removed: 2, touched: [], more: false });
    t.strictSame(await waitingIds(store, to!.device), [1]);
    t.strictSame(await store.expire(now + 5, 0), { removed: 0, touched: [], more: true });
  });

  await t.test('all that is due goes, by few at a time too, and nothing else', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const counts = await store.counts();
    // Each of them for one, two or all devices, in no order; every fourth has a name, every fifth a topic.
    const lives = Array.from({ length: 60 }, (_, n) => (n * 37) % 60);
    for (const [n, life] of lives.entries()) {
      await accepted(store, request(home.subscriptions.slice(n % 3), {
        expiresAtMs: now + life, ...(n % 4 === 0 ? { message: named(home, `m${n}`) } : {}), topic: n % 5 === 0 ? 'state' : '',
      }));
      if (n % 7 === 0) await store.acknowledge({ device: home.devices[n % 3]!.id, ids: [n + 1, n], nowMs: now, hiddenUids: [] });
    }
    let latest = store;
    for (const untilMs of [now + 10, now + 11, now + 40, now + 59]) {
      const expected = await Promise.all(home.devices.map(async ({ id }) => (await latest.waiting(id, 0, 999)).filter((one) => one.expiresAtMs > untilMs)));
      for (let more = true; more; ) {
        const outcome = await latest.expire(untilMs, 3);
        t.ok(outcome.removed <= 3);
        more = outcome.more;
      }
      t.strictSame(await Promise.all(home.devices.map(async ({ id }) => latest.waiting(id, 0, 999))), expected);
      latest = await reopen();
    }
    t.strictSame(await latest.counts(), { ...counts, outboxItems: (await latest.counts()).outboxItems });
  });

  await t.test('outbox items and messages expire too, a message after its copies', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    await accepted(store, request(home.subscriptions, { message: named(home, 'one') }));
    await store.appendOutbox(home.app.id, item({ topic: 'upstream/x', expiresAtMs: now + hour }));
    t.strictSame(await store.expire(now + hour, 2), { removed: 2, touched: [], more: true });
    for (const { device: on } of home.subscriptions) t.strictSame(await waitingIds(store, on), []);
    t.strictSame(await store.expire(now + hour, 9), { removed: 2, touched: [home.app.id], more: false });
    t.strictSame(await outboxOf(store, home.app.id), [receiptOf('one', 'expired')]);
  });

  await t.test('what is acknowledged, replaced or removed does not expire once more', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    await accepted(store, request([to!]));
    await accepted(store, request([to!], { topic: 'state' }));
    await accepted(store, request([to!], { topic: 'state' }));
    await store.acknowledge({ device: to!.device, ids: [1, 3], nowMs: now, hiddenUids: [] });
    await accepted(store, request([to!]));
    await store.removeSubscription(to!.id);
    t.strictSame(await store.expire(now + hour, 9), { removed: 0, touched: [], more: false });
    t.equal((await store.counts()).waitingNotifications, 0);
    await store.addDevice(device('new', home.user.id));
  });
}
