// Copies of one message that depend on each other: for when nobody takes another, and withdrawn ones.

import type { Test } from 'tap';
import type { DeviceId, Uid } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type { AcceptRequest, Store, SubscriptionRecord } from '../../../src/ports/store.js';
import {
  accepted, app, keysOfRecords, hour, household, named, now, outboxOf, receiptOf, request, subscribed, subscription,
  waitingIds,
} from './fixtures.js';
import type { Household, StoreAdapter } from './fixtures.js';

const acks = { nowMs: now + 1, hiddenUids: [] as readonly Uid[] };

/** For all of them, the last one for when nobody takes another. */
function withFallback(to: readonly SubscriptionRecord[], changed: Partial<AcceptRequest> = {}): AcceptRequest {
  const { targets, ...rest } = request(to, changed);
  return { ...rest, targets: [...targets.slice(0, -1), { ...targets.at(-1)!, fallback: true }] };
}

async function waitingOf(store: Store, { devices }: Household): Promise<readonly (readonly number[])[]> {
  return Promise.all(devices.map(({ id }) => waitingIds(store, id)));
}

async function keysOfMessages(store: Store): Promise<readonly string[]> {
  return (await keysOfRecords(store)).filter((key) => /^(r|rg|x)!/.test(key));
}

export async function copyConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('whoever takes a message first takes it from those for when nobody does', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 4);
    const [phone, desktop, browser, tablet] = home.devices as readonly { id: DeviceId }[];
    const { targets, ...rest } = request(home.subscriptions);
    const wanted = { ...rest, targets: targets.map((target, n) => (n < 2 ? target : { ...target, fallback: true as const })) };
    t.equal((await accepted(store, wanted)).length, 4);
    const kept = await reopen();
    t.strictSame(await kept.acknowledge({ ...acks, device: phone!.id, ids: [1] }), []);
    t.strictSame(await waitingOf(kept, home), [[], [1], [], []], 'in the same step, and no other');
    t.strictSame((await keysOfMessages(kept)).filter((key) => key.startsWith('r')), [], 'nothing links them any more');
    t.equal((await kept.counts()).waitingNotifications, 1);

    await accepted(kept, wanted);
    await kept.acknowledge({ ...acks, device: browser!.id, ids: [2] });
    t.strictSame(await waitingOf(kept, home), [[2], [1, 2], [], [2]], 'a copy for that takes nothing');
    await kept.acknowledge({ ...acks, device: desktop!.id, ids: [2] });
    t.strictSame(await waitingOf(kept, home), [[2], [1], [], []]);
    await kept.acknowledge({ ...acks, device: tablet!.id, ids: [1, 2, 3] });
    await kept.acknowledge({ ...acks, device: phone!.id, ids: [2] });
    await kept.acknowledge({ ...acks, device: desktop!.id, ids: [1] });
    t.strictSame(await keysOfMessages(kept), []);
  });

  await t.test('a message is linked where there is something to link', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [first, second, third] = home.subscriptions;
    await store.removeSubscription(second!.id);
    const messages = async () => (await keysOfMessages(store)).filter((key) => key.startsWith('r!'));
    await accepted(store, withFallback([first!]));
    await accepted(store, withFallback([second!, first!]));
    await accepted(store, withFallback([first!, second!]));
    t.strictSame(await messages(), [], 'there is one copy of each');
    await accepted(store, withFallback([first!, third!]));
    await accepted(store, withFallback([first!, third!]));
    t.equal((await messages()).length, 2);
    const names = [...await messages()].map((key) => key.split('!')[1]);
    t.strictSame(names, ['', ''], 'under the id of no sender');
    await t.rejects(store.addApp({ ...app(9), id: '' as typeof home.app.id }), RangeError);
    await store.expire(now + hour, 99);
    t.strictSame(await keysOfMessages(store), [], 'it ends with its copies');
  });

  await t.test('a named message gives its receipt by whichever copy', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [phone, desktop, browser] = home.devices as readonly { id: DeviceId }[];
    const send = (reference: string) => accepted(store, withFallback(home.subscriptions, { message: named(home, reference) }));
    for (const reference of ['by phone', 'by browser', 'hidden', 'cancelled']) await send(reference);
    t.strictSame(await store.acknowledge({ ...acks, device: phone!.id, ids: [1] }), [home.app.id]);
    t.strictSame(await store.acknowledge({ ...acks, device: browser!.id, ids: [1, 2] }), [home.app.id]);
    t.strictSame(await store.acknowledge({ ...acks, device: desktop!.id, ids: [1, 2] }), [], 'one receipt each');
    const hidden = { ...acks, hiddenUids: [home.grant.uid] };
    t.strictSame(await store.acknowledge({ ...hidden, device: phone!.id, ids: [3] }), []);
    t.strictSame(await waitingOf(store, home), [[2, 4], [3, 4], [4]], 'also one that tells nobody');
    t.strictSame(await store.cancel(home.app.id, 'cancelled'), home.devices.map(({ id }) => id));
    t.strictSame(
      await store.cancel(home.app.id, 'by phone'), home.devices.map(({ id }) => id), 'every device that it was for',
    );
    t.strictSame(await waitingOf(store, home), [[2], [3], []]);
    await store.expire(now + hour, 99);
    t.strictSame(await outboxOf(store, home.app.id), [
      receiptOf('by phone', 'acknowledged'), receiptOf('by browser', 'acknowledged'), receiptOf('hidden', 'expired'),
    ]);
  });

  await t.test('what takes a copy away in another way leaves the others', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, browser] = home.subscriptions;
    const send = (topic = '') => accepted(store, withFallback([phone!, browser!], { topic }));
    await send('state');
    await accepted(store, request([phone!], { topic: 'state' }));
    t.strictSame(await waitingOf(store, home), [[2], [1]], 'replaced by one that is not for the browser');
    t.equal(await store.withdraw(phone!.device, 2), true);
    await send();
    for (let n = 0; n < limits.waitingPerSubscription; n += 1) await accepted(store, request([phone!]));
    t.strictSame(await waitingIds(store, browser!.device), [1, 3], 'dropped from a queue that was full');
    await send();
    await store.removeSubscription(phone!.id);
    t.equal((await waitingIds(store, browser!.device)).length, 3, 'gone with its subscription');
    const again = await subscribed(store, subscription('again', phone!.device, home.app.id));
    await accepted(store, withFallback([again, browser!]));
    await store.removeDevice(browser!.device);
    const [id] = (await waitingIds(store, phone!.device)).slice(-1);
    t.strictSame(await store.acknowledge({ ...acks, device: phone!.device, ids: [id!] }), [], 'nothing is left to take');
    await store.expire(now + hour, 999);
    t.strictSame(await keysOfMessages(store), []);
    t.equal((await store.counts()).waitingNotifications, 0);
  });

  await t.test('a revoke takes every copy', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    await accepted(store, withFallback(home.subscriptions, { grant: home.grant.uid }));
    await accepted(store, withFallback(home.subscriptions, { message: named(home, 'one') }));
    await store.revokeGrant(home.grant.uid, now);
    t.strictSame(await waitingOf(store, home), [[], []]);
    t.match(await store.expire(now + hour, 9), { touched: [], more: false });
    t.strictSame(await keysOfMessages(store), []);
  });

  await t.test('one that is withdrawn gives no receipt, and one of several leaves it to the others', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, desktop] = home.devices as readonly { id: DeviceId }[];
    const before = await keysOfRecords(store);
    for (const reference of ['other', 'all', 'hidden']) {
      await accepted(store, request(home.subscriptions, { topic: reference, message: named(home, reference) }));
    }
    for (const id of [1, 2]) t.equal(await store.withdraw(phone!.id, id), true);
    t.equal(await store.withdraw(desktop!.id, 2), true);
    t.equal(await store.withdraw(desktop!.id, 2), false, 'it waits no more');
    t.strictSame(await waitingOf(store, home), [[3], [1, 3]]);
    t.strictSame(await store.accept(request(home.subscriptions, { message: named(home, 'all') })), { outcome: 'duplicate' });
    t.strictSame(await store.acknowledge({ ...acks, device: phone!.id, ids: [3], hiddenUids: [home.grant.uid] }), []);
    t.equal(await store.withdraw(desktop!.id, 3), true);
    const kept = await reopen();
    t.strictSame(await kept.acknowledge({ ...acks, device: desktop!.id, ids: [1, 2, 3] }), [home.app.id]);
    t.strictSame((await kept.expire(now + hour, 9)).touched, []);
    t.strictSame(await outboxOf(kept, home.app.id), [receiptOf('other', 'acknowledged')]);
    t.equal((await kept.counts()).waitingNotifications, 0);
    await kept.removeOutbox(home.app.id, [1]);
    t.strictSame(await keysOfRecords(kept), before);
  });

  await t.test('the last copy for when nobody takes another ends what links them', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [phone, browser] = home.devices as readonly { id: DeviceId }[];
    const messages = async () => (await keysOfMessages(store)).filter((key) => key.startsWith('r!')).length;
    await accepted(store, withFallback(home.subscriptions));
    await accepted(store, withFallback(home.subscriptions));
    t.equal(await messages(), 2);
    t.equal(await store.withdraw(browser!.id, 1), true);
    await store.acknowledge({ ...acks, device: browser!.id, ids: [2] });
    t.equal(await messages(), 0);
    await store.acknowledge({ ...acks, device: phone!.id, ids: [1] });
    t.equal(await store.withdraw(phone!.id, 2), true);
    t.equal(await store.withdraw(phone!.id, 77), false);
    t.equal(await store.withdraw('dev_none' as DeviceId, 1), false);
    t.strictSame(await keysOfMessages(store), []);
  });
}
