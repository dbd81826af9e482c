// Messages with a reference: duplicates, receipts, cancelling. And the outbox they are told through.

import type { Test } from 'tap';
import type { AppId, Uid } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import {
  accepted, exported, exportedKeys, hour, household, item, named, now, outboxOf, receiptOf, request, subscribed,
  subscription, waitingIds,
} from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';
import { bytes } from './registry.js';

const acks = { nowMs: now + 1, hiddenUids: [] as readonly Uid[] };

export async function messageConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('a living message of the same reference is a duplicate', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const other = await household(store, 'other');
    const [here, there] = home.subscriptions;
    await accepted(store, request([here!], { message: named(home, 'one') }));
    const before = await exported(store);
    const again = request([here!, there!], { message: named(home, 'one', { receiptWanted: false }), topic: 'x' });
    t.strictSame(await store.accept(again), { outcome: 'duplicate' });
    t.strictSame(await exported(store), before, 'nothing was written');
    t.match(await store.accept(request([here!], { message: named(home, 'one ') })), { outcome: 'accepted' });
    t.match(
      await store.accept(request(other.subscriptions, { message: named(other, 'one') })),
      { outcome: 'accepted' },
      'a reference is the name that one app gave',
    );
    await store.acknowledge({ ...acks, device: here!.device, ids: [1, 2] });
    const kept = await reopen();
    t.strictSame(await kept.accept(again), { outcome: 'duplicate' }, 'also when it was acknowledged');
    t.strictSame(
      await kept.accept({ ...again, acceptedAtMs: now + hour - 1 }),
      { outcome: 'duplicate' },
      'until it expires',
    );
  });

  await t.test('a reference is free once its message has expired, whose receipt is still given', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    await accepted(store, request(home.subscriptions, { message: named(home, 'daily') }));
    await store.acknowledge({ ...acks, device: home.devices[0]!.id, ids: [1], hiddenUids: [home.grant.uid] });
    const next = request([home.subscriptions[0]!], {
      message: named(home, 'daily'), acceptedAtMs: now + hour, expiresAtMs: now + 2 * hour,
    });
    const result = await store.accept(next);
    t.match(result, { outcome: 'accepted', touched: [home.app.id] });
    t.strictSame(await waitingIds(store, home.devices[0]!.id), [2]);
    t.strictSame(await waitingIds(store, home.devices[1]!.id), [], 'copies of the old one are gone');
    t.strictSame(await outboxOf(store, home.app.id), [receiptOf('daily', 'expired')]);
    t.strictSame(await store.acknowledge({ ...acks, device: home.devices[0]!.id, ids: [2] }), [home.app.id]);
    t.strictSame((await outboxOf(store, home.app.id))[1], receiptOf('daily', 'acknowledged'));
  });

  await t.test('the first acknowledgement gives the one receipt', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    await accepted(store, request(home.subscriptions, { message: named(home, 'wanted "ü"') }));
    await accepted(store, request(home.subscriptions, { message: named(home, 'not', { receiptWanted: false }) }));
    await accepted(store, request(home.subscriptions));
    const [first, second] = home.devices;
    t.strictSame(await store.acknowledge({ ...acks, device: first!.id, ids: [1, 2, 3] }), [home.app.id]);
    const kept = await reopen();
    t.strictSame(await kept.acknowledge({ ...acks, device: second!.id, ids: [1, 2, 3] }), []);
    t.strictSame(await kept.expire(now + hour, 9), { removed: 2, touched: [], more: false });
    t.strictSame(await kept.outbox(home.app.id, 0, 9), [{
      sequence: 1,
      topic: 'receipt/wanted "ü"',
      payload: new TextEncoder().encode('{"id":"wanted \\"ü\\"","state":"acknowledged"}'),
      uid: home.grant.uid,
      expiresAtMs: acks.nowMs + limits.outboxSeconds * 1_000,
    }]);
  });

  await t.test('a message to one subscription gives a receipt without a uid', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const message = { sender: home.app.id, reference: 'push', receiptWanted: true };
    await accepted(store, request(home.subscriptions, { message }));
    await store.revokeGrant(home.grant.uid, now);
    t.strictSame(await store.accept(request(home.subscriptions, { message })), { outcome: 'duplicate' });
    t.match(await store.expire(now + hour, 9), { touched: [home.app.id] }, 'it does not depend on the grant');
    const [told] = await store.outbox(home.app.id, 0, 9);
    t.notOk('uid' in told!);
  });

  await t.test('a hidden acknowledgement tells nothing, and the message later expires', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [first, second] = home.devices;
    await accepted(store, request([home.subscriptions[0]!], { message: named(home, 'hidden') }));
    await accepted(store, request(home.subscriptions, { message: named(home, 'seen') }));
    const hidden = { ...acks, hiddenUids: ['uid_x' as Uid, home.grant.uid] };
    t.strictSame(await store.acknowledge({ ...hidden, device: first!.id, ids: [1, 2] }), []);
    t.strictSame(await waitingIds(store, first!.id), [], 'it is removed all the same');
    t.strictSame(await store.acknowledge({ ...acks, device: second!.id, ids: [2] }), [home.app.id]);
    t.match(await store.expire(now + hour, 9), { touched: [home.app.id] });
    t.strictSame(await outboxOf(store, home.app.id), [
      receiptOf('seen', 'acknowledged'), receiptOf('hidden', 'expired'),
    ]);
  });

  await t.test('a message that was dropped, or whose subscription is gone, expires', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    const gone = await subscribed(store, subscription('gone', to!.device, 'weather'));
    await accepted(store, request([gone], { message: named(home, 'gone') }));
    await store.removeSubscription(gone.id);
    await accepted(store, request([to!], { message: named(home, 'dropped'), expiresAtMs: now + hour + 1 }));
    for (let n = 0; n < limits.waitingPerSubscription; n += 1) await accepted(store, request([to!]));
    await store.expire(now + hour + 1, 1_000);
    t.strictSame(await outboxOf(store, home.app.id), [
      receiptOf('gone', 'expired'), receiptOf('dropped', 'expired'),
    ]);
  });

  await t.test('a named message that nobody has lives and ends like any other', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1);
    const alone = request([], { message: named(home, 'one') });
    t.strictSame(await store.accept(alone), { outcome: 'accepted', notifications: [], touched: [] });
    t.strictSame(await store.accept(alone), { outcome: 'duplicate' });
    t.strictSame(await store.cancel(home.app.id, 'one'), []);
    await store.accept(request([], { message: named(home, 'two') }));
    t.match(await store.expire(now + hour, 10), { touched: [home.app.id], more: false });
    t.strictSame(await outboxOf(store, home.app.id), [receiptOf('two', 'expired')]);
    await t.rejects(store.accept(request([])), RangeError, 'without a name there would be nothing to keep');
  });

  await t.test('a cancelled message is withdrawn from every device and gives no receipt', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const other = await household(store, 'other');
    const weather = await subscribed(store, subscription('weather', home.devices[0]!.id, 'weather'));
    await accepted(store, request([weather], { topic: 'state' }));
    const before = await exportedKeys(store);
    await accepted(store, request([...home.subscriptions, weather], { message: named(home, 'one'), topic: 'a' }));
    t.equal(await store.cancel(other.app.id, 'one'), undefined, 'by its own app only');
    t.strictSame(await store.cancel(home.app.id, 'one'), home.devices.map(({ id }) => id));
    t.strictSame(await exportedKeys(store), before);
    t.equal(await store.cancel(home.app.id, 'one'), undefined);
    t.equal(await store.cancel('app_none' as AppId, 'one'), undefined);

    await accepted(store, request(home.subscriptions, { message: named(home, 'one') }));
    await store.acknowledge({ ...acks, device: home.devices[0]!.id, ids: [4] });
    t.strictSame(await store.cancel(home.app.id, 'one'), home.devices.map(({ id }) => id));
    t.strictSame(await outboxOf(store, home.app.id), [receiptOf('one', 'acknowledged')], 'what was told stays told');
    t.strictSame((await store.expire(now + hour, 9)).touched, []);
  });
}

export async function outboxConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('every field of an outbox item makes the round trip, numbered for its app', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const other = await household(store, 'other');
    const first = item({ topic: 'upstream/ü/1', payload: bytes(4_096, 9), uid: home.grant.uid, expiresAtMs: now });
    const second = item({ payload: bytes(0, 0), expiresAtMs: Number.MAX_SAFE_INTEGER });
    t.equal(await store.appendOutbox(home.app.id, first), true);
    t.equal(await store.appendOutbox(home.app.id, second), true);
    t.equal(await store.appendOutbox(other.app.id, second), true);
    t.strictSame(await store.outbox(home.app.id, 0, 9), [
      { ...first, sequence: 1 }, { ...second, sequence: 2 },
    ]);
    t.strictSame(await (await reopen()).outbox(home.app.id, 1, 9), [{ ...second, sequence: 2 }]);
  });

  await t.test('what is removed is gone, its number too', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    for (let n = 0; n < 3; n += 1) await store.appendOutbox(home.app.id, item());
    await store.removeOutbox(home.app.id, [1, 3, 3, 77]);
    await store.removeOutbox('app_none' as AppId, [1]);
    t.strictSame((await store.outbox(home.app.id, 0, 9)).map(({ sequence }) => sequence), [2]);
    await store.removeOutbox(home.app.id, [2]);
    const kept = await reopen();
    t.strictSame(await kept.outbox(home.app.id, 0, 9), []);
    await kept.appendOutbox(home.app.id, item());
    t.strictSame((await kept.outbox(home.app.id, 0, 9)).map(({ sequence }) => sequence), [4]);
    t.strictSame(await kept.outbox(home.app.id, 0, 0), []);
    t.strictSame(await kept.outbox(home.app.id, 4, 9), []);
  });

  await t.test('items are refused when nobody could get them or they could not be read back', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await exported(store);
    t.equal(await store.appendOutbox('app_none' as AppId, item()), false);
    t.equal(await store.appendOutbox(home.app.id, item({ uid: 'uid_none' as Uid })), false);
    await t.rejects(store.appendOutbox(home.app.id, item({ topic: '' })), RangeError);
    await t.rejects(store.appendOutbox(home.app.id, item({ topic: '\ud800' })), RangeError);
    await t.rejects(store.appendOutbox(home.app.id, item({ expiresAtMs: Number.POSITIVE_INFINITY })), RangeError);
    t.strictSame(await exported(store), before);
  });

  await t.test('a full outbox refuses items and loses receipts', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 1);
    const small = item({ payload: bytes(1, 1) });
    const appended = await Promise.all(
      Array.from({ length: limits.outboxItems }, () => store.appendOutbox(home.app.id, small)),
    );
    t.ok(appended.every(Boolean));
    t.equal(await store.appendOutbox(home.app.id, small), false);
    await accepted(store, request(home.subscriptions, { message: named(home, 'acknowledged') }));
    await accepted(store, request(home.subscriptions, { message: named(home, 'expired') }));
    t.strictSame(await store.acknowledge({ ...acks, device: home.devices[0]!.id, ids: [1] }), []);
    t.equal((await store.counts()).outboxItems, limits.outboxItems);
    await store.removeOutbox(home.app.id, [1]);
    t.equal(await store.appendOutbox(home.app.id, small), true);
    await store.removeOutbox(home.app.id, [2, 3]);
    const outcome = await store.expire(now + hour - 1, 9);
    t.strictSame(outcome, { removed: 0, touched: [], more: false });
    t.equal((await store.outbox(home.app.id, limits.outboxItems, 9)).length, 1, 'a lost receipt does not come later');
    t.equal((await store.counts()).outboxItems, limits.outboxItems - 2);
  });
}
