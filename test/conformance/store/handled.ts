// What the user handled on one device goes from the others: copies that wait, and what devices are to be told.

import type { Test } from 'tap';
import type { DeviceId, SubscriptionId, Uid } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type { HandledCopies, Store, SubscriptionRecord } from '../../../src/ports/store.js';
import {
  accepted, assertAfter, device, exported, grant, hour, household, keysOfRecords, named, now, outboxOf, receiptOf, request, streamed, subscribed,
  subscription, waitingIds,
} from './fixtures.js';
import { queueHeadCodec } from '../../../src/wire/record-codec.js';
import type { StoreAdapter } from './fixtures.js';

const until = now + 7 * 24 * hour;

function copies({ device, id, alias }: SubscriptionRecord, ids: readonly number[]): HandledCopies {
  return { device, subscription: id, alias, ids };
}

function handle(store: Store, ...of: readonly HandledCopies[]): Promise<readonly DeviceId[]> {
  return store.handle({ copies: of, nowMs: now, expiresAtMs: until });
}

async function told(store: Store, device: DeviceId, nowMs = now): Promise<readonly number[]> {
  return (await store.clears(device, nowMs)).map(({ id }) => id);
}

export async function handledConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('the copies of a message have one id on all devices, and nothing else of the user has it', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const other = await household(store, 2, 1);
    const [phone, desktop, tablet] = home.subscriptions;
    const ids = async (to: readonly SubscriptionRecord[]) => (await accepted(store, request(to))).map(({ id }) => id);
    t.strictSame(await ids([phone!]), [1]);
    t.strictSame(await ids(home.subscriptions), [2, 2, 2]);
    t.strictSame(await ids([tablet!]), [3]);
    t.strictSame(await ids([desktop!, phone!]), [4, 4]);
    t.strictSame(await ids([...other.subscriptions, desktop!]), [1, 5], 'another user has another sequence');
    const mail = await subscribed(store, subscription('mail', phone!.device, 'mail'));
    t.strictSame(await ids([phone!, mail, desktop!]), [6, 7, 6], 'a second copy on one device has its own');
    await store.acknowledge({ device: phone!.device, ids: [1, 2, 4, 6, 7], nowMs: now, hiddenUids: [] });
    await store.removeDevice(desktop!.device);
    const kept = await reopen();
    const [first, ...others] = (await accepted(kept, request([phone!, tablet!]))).map(({ id }) => id);
    t.strictSame(others, [first]);
    assertAfter(t, first!, 7);
  });

  await t.test('a count of missed ones has an id of its own, in front of the copies', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [phone, desktop, tablet] = home.subscriptions;
    for (let n = 0; n < limits.waitingPerSubscription; n += 1) await accepted(store, request([phone!, desktop!]));
    const last = limits.waitingPerSubscription;
    const stored = await accepted(store, request([phone!, tablet!, desktop!]));
    t.strictSame(stored.map(({ device, id, missed }) => [device, id, missed]), [
      [phone!.device, last + 1, 1], [phone!.device, last + 3, 0], [tablet!.device, last + 3, 0],
      [desktop!.device, last + 2, 1], [desktop!.device, last + 3, 0],
    ]);
    await handle(store, copies(desktop!, [last + 2]));
    t.ok((await waitingIds(store, desktop!.device)).includes(last + 2), 'and is not taken away as if somebody had read it');
  });

  await t.test('it goes from where it waits, and its devices are to be told, over a restart', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [phone, desktop, tablet] = home.subscriptions;
    for (let n = 0; n < 3; n += 1) await accepted(store, request(home.subscriptions));
    await store.acknowledge({ device: desktop!.device, ids: [2], nowMs: now, hiddenUids: [] });
    t.strictSame(await handle(store, copies(desktop!, [2]), copies(tablet!, [2, 2])), [desktop!.device, tablet!.device]);
    const kept = await reopen();
    t.strictSame(await waitingIds(kept, phone!.device), [1, 2, 3], 'who handled it acknowledges for itself');
    t.strictSame(await waitingIds(kept, desktop!.device), [1, 3]);
    t.strictSame(await waitingIds(kept, tablet!.device), [1, 3]);
    t.equal((await kept.counts()).waitingNotifications, 7);
    t.strictSame(await kept.clears(desktop!.device, now), [{ alias: desktop!.alias, id: 2, expiresAtMs: until }]);
    t.strictSame(await told(kept, tablet!.device), [2], 'once');
    t.strictSame(await told(kept, phone!.device), []);
    await kept.cleared(tablet!.device, [1, 2, 9]);
    t.strictSame(await told(kept, tablet!.device), []);
    t.strictSame(await told(kept, desktop!.device), [2], 'each for itself');
    await kept.cleared('dev_none' as DeviceId, [2]);
    t.strictSame(await kept.clears('dev_none' as DeviceId, now), []);
  });

  await t.test('only what the device may have: no other app, no later id, no subscription that is gone', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, desktop] = home.subscriptions;
    const mail = await subscribed(store, subscription('mail', desktop!.device, 'mail'));
    await accepted(store, request([mail]));
    await accepted(store, request([phone!, desktop!]));
    t.strictSame(await handle(store, copies(desktop!, [1])), [desktop!.device]);
    t.strictSame(await waitingIds(store, desktop!.device), [1, 2], 'what is of another app stays');
    t.strictSame(await handle(store, copies(desktop!, [3, 4])), [], 'nothing is handled before it comes');
    t.strictSame(await handle(store, { ...copies(desktop!, [2]), subscription: 'sub_none' as SubscriptionId }), []);
    t.strictSame(await handle(store, { ...copies(desktop!, [2]), device: 'dev_none' as DeviceId }), []);
    t.strictSame(await handle(store), []);
    t.strictSame(await waitingIds(store, desktop!.device), [1, 2]);
    await t.rejects(handle(store, copies(desktop!, [1.5])), RangeError);
    await t.rejects(store.handle({ copies: [], nowMs: -1, expiresAtMs: until }), RangeError);
  });

  await t.test('its sender is told what it would be told if it still waited', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, desktop] = home.subscriptions;
    for (const reference of ['seen', 'hidden', 'nobody']) await accepted(store, request(home.subscriptions, { message: named(home, reference) }));
    const hiddenUids: readonly Uid[] = [home.grant.uid];
    await store.acknowledge({ device: phone!.device, ids: [1], nowMs: now, hiddenUids: [] });
    await store.acknowledge({ device: phone!.device, ids: [2], nowMs: now, hiddenUids });
    await handle(store, copies(desktop!, [1, 2, 3]), copies(phone!, [3]));
    t.strictSame(await waitingIds(store, desktop!.device), []);
    t.strictSame(await outboxOf(store, home.app.id), [receiptOf('seen', 'acknowledged')], 'handling says nothing by itself');
    await store.expire(now + hour, 99);
    t.strictSame(await outboxOf(store, home.app.id), [
      receiptOf('seen', 'acknowledged'), receiptOf('hidden', 'expired'), receiptOf('nobody', 'expired'),
    ]);
  });

  await t.test('what only linked the copies goes with them', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, browser] = home.subscriptions;
    const { targets: [first, second], ...rest } = request(home.subscriptions);
    await accepted(store, { ...rest, targets: [first!, { ...second!, fallback: true }] });
    await handle(store, copies(browser!, [1]));
    t.strictSame(await waitingIds(store, browser!.device), []);
    t.strictSame(await waitingIds(store, phone!.device), [1]);
    t.strictSame((await keysOfRecords(store)).filter((key) => key.startsWith('r!')), []);
  });

  await t.test('it is told for so long, and so many', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, desktop] = home.subscriptions;
    const before = await keysOfRecords(store);
    const most = limits.clearsWaiting;
    for (let n = 0; n < most + 10; n += 1) await accepted(store, request([desktop!], { expiresAtMs: now + 1 }));
    await store.expire(now + 1, most + 100);
    const all = Array.from({ length: most + 5 }, (_, n) => n + 1);
    for (let from = 0; from < all.length; from += 100) await handle(store, copies(desktop!, all.slice(from, from + 100)));
    t.strictSame(await told(store, desktop!.device), all.slice(5), 'the oldest went');
    await store.handle({ copies: [copies(desktop!, [100, most + 6])], nowMs: now, expiresAtMs: until + 5 });
    t.strictSame(await told(store, desktop!.device), [...all.slice(6).filter((id) => id !== 100), 100, most + 6]);
    t.strictSame(await told(store, desktop!.device, until - 1), await told(store, desktop!.device));
    t.strictSame(await told(store, desktop!.device, until), [100, most + 6]);
    t.strictSame(await store.expire(until, 9), { removed: 0, touched: [], more: false });
    t.strictSame(await store.expire(until + 5, 9), { removed: 1, touched: [], more: false });
    t.strictSame(await keysOfRecords(store), before);
    t.strictSame(await waitingIds(store, phone!.device), []);
  });

  await t.test('it goes with its app, its device, its user', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [phone, desktop, tablet] = home.subscriptions;
    const mail = await subscribed(store, subscription('mail', phone!.device, 'mail'));
    await accepted(store, request(home.subscriptions));
    await accepted(store, request([mail]));
    const fill = () => handle(store, ...home.subscriptions.map((one) => copies(one, [1])), copies(mail, [2]));
    await fill();
    await store.removeSubscription(mail.id);
    t.strictSame(await told(store, phone!.device), [1]);
    await store.removeDevice(tablet!.device);
    t.strictSame(await store.clears(tablet!.device, now), []);
    t.equal(await store.revokeGrant(home.grant.uid, now), true);
    t.strictSame(await told(store, phone!.device), []);
    t.strictSame(await told(store, desktop!.device), []);
    await store.putGrant(grant('again', home.user.id, home.app.id));
    t.strictSame(await handle(store, copies(desktop!, [1])), [desktop!.device]);
    await store.removeUser(home.user.id, now);
    t.strictSame((await keysOfRecords(store)).filter((key) => /^(h|x|uh)!/.test(key)), []);
    t.strictSame((await exported(store)).map(({ key }) => key).filter((key) => key.startsWith('uh!')), []);
  });

  await t.test('a backup has it, and a store from before goes on above all ids', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, desktop] = home.subscriptions;
    for (let n = 0; n < 3; n += 1) await accepted(store, request([phone!]));
    await accepted(store, request([phone!, desktop!]));
    await handle(store, copies(desktop!, [4]));
    const { store: restored } = await adapter.open(t);
    await restored.import(streamed(await exported(store)));
    t.strictSame(await told(restored, desktop!.device), [4]);
    assertAfter(t, (await accepted(restored, request([desktop!])))[0]!.id, 4);
    const { store: older } = await adapter.open(t);
    const before = (await exported(store)).filter(({ key }) => !/^(uh!|h!|x!.*!h!)/.test(key)).map((entry) => {
      const head = entry.key.startsWith('q!') ? queueHeadCodec.decode(entry.value) : undefined;
      return head?.ok === true ? { ...entry, value: queueHeadCodec.encode({ ...head.record, nextId: 5, firstId: 0 }) } : entry;
    });
    await older.import(streamed(before));
    t.strictSame((await accepted(older, request([desktop!]))).map(({ id }) => id), [5]);
    t.strictSame(await handle(older, copies(desktop!, [1, 6])), [desktop!.device]);
    t.strictSame(await told(older, desktop!.device), [1]);
  });

  await t.test('a device that came later is not told of what was before it', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 1);
    await accepted(store, request(home.subscriptions));
    await store.addDevice(device('late', home.user.id));
    const late = await subscribed(store, subscription('late', 'dev_late' as DeviceId, home.app.id));
    t.strictSame(await handle(store, copies(late, [1])), []);
    await accepted(store, request([...home.subscriptions, late]));
    t.strictSame(await handle(store, copies(late, [1, 2])), [late.device]);
    t.strictSame(await told(store, late.device), [2]);
  });
}
