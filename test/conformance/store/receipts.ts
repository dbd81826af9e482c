// Receipts for senders that are no apps: an outbox that begins with their first message and ends after their last.

import type { Test } from 'tap';
import type { DeviceId, ReceiptSubscriptionId, SenderId } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type { MessageReference, Store } from '../../../src/ports/store.js';
import { keys } from '../../../src/store/keys.js';
import {
  accepted, app, exported, keysOfRecords, hour, household, item, now, receiptOf, request, waitingIds,
} from './fixtures.js';
import type { StoreAdapter } from './fixtures.js';

const sender = 'rcp_1' as ReceiptSubscriptionId;
/** Its id begins as the other's does. */
const other = 'rcp_10' as ReceiptSubscriptionId;
const outboxMs = limits.outboxSeconds * 1_000;

function named(reference: string, changed: Partial<MessageReference> = {}): MessageReference {
  return { sender, reference, receiptWanted: true, ...changed };
}

function acknowledged(store: Store, device: DeviceId, ids: readonly number[], nowMs = now): Promise<readonly SenderId[]> {
  return store.acknowledge({ device, ids, nowMs, hiddenUids: [] });
}

async function told(store: Store, to: ReceiptSubscriptionId): Promise<readonly (readonly [string, string])[]> {
  const items = await store.outbox(to, 0, 100);
  return items.map(({ topic, payload }) => [topic, new TextDecoder().decode(payload)]);
}

async function keysOf(store: Store, of: ReceiptSubscriptionId): Promise<readonly string[]> {
  return (await keysOfRecords(store)).filter((key) => key.includes(`${of}!`));
}

export async function receiptConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('each receipt subscription is told of its own messages, an app of its own', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const phone = home.devices[0]!.id;
    for (const of of [sender, other, home.app.id]) {
      await accepted(store, request(home.subscriptions, { message: named('same', { sender: of }) }));
    }
    t.strictSame(await acknowledged(store, phone, [3, 2]), [home.app.id, other]);
    t.strictSame(await acknowledged(await reopen(), phone, [1]), [sender]);
  });

  await t.test('web-push 5: a newer message of the same topic takes the receipt of the one that waited', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const phone = home.devices[0]!.id;
    await accepted(store, request(home.subscriptions, { topic: 'score', message: named('old') }));
    await accepted(store, request(home.subscriptions, { topic: 'score', message: named('new', { sender: other }) }));
    t.strictSame(await acknowledged(store, phone, [1, 2]), [other]);
    t.strictSame((await store.expire(now + hour, 9)).touched, []);
    t.strictSame([await told(store, sender), await told(store, other)], [[], [receiptOf('new', 'acknowledged')]]);
  });

  await t.test('a message for nobody, now or never, ends with a receipt', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const nobody = request([], { message: named('late'), expiresAtMs: now });
    t.strictSame(await store.accept(nobody), { outcome: 'accepted', notifications: [], touched: [] });
    t.strictSame((await (await reopen()).expire(now, 9)).touched, [sender]);
  });

  await t.test('an older message of the same reference ends with a receipt, which the newer one follows', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    await accepted(store, request(home.subscriptions, { message: named('daily') }));
    const later = { acceptedAtMs: now + hour, expiresAtMs: now + 2 * hour };
    const next = await store.accept(request(home.subscriptions, { message: named('daily'), ...later }));
    t.match(next, { outcome: 'accepted', touched: [sender] });
    await acknowledged(store, home.devices[0]!.id, [2], now + hour);
    t.strictSame(await told(store, sender), [receiptOf('daily', 'expired'), receiptOf('daily', 'acknowledged')]);
  });

  await t.test('an outbox ends once nothing of it was left for as long as a receipt waits', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const before = await keysOfRecords(store);
    const phone = home.devices[0]!.id;
    await accepted(store, request(home.subscriptions, { message: named('one') }));
    await acknowledged(store, phone, [1]);
    const [first] = await store.outbox(sender, 0, 9);
    const kept = await reopen();
    // A reader that takes its time: the receipt may have been taken at the last moment.
    const lastMs = now + hour + outboxMs;
    t.match(await kept.expire(lastMs, 9), { removed: 2, more: false }, 'the message and the receipt');
    t.match(await kept.expire(lastMs + outboxMs - 1, 9), { removed: 0, more: false });
    t.not((await keysOf(kept, sender)).length, 0, 'not yet');
    t.match(await kept.expire(lastMs + outboxMs + hour, 9), { removed: 1, touched: [], more: false });
    t.strictSame(await keysOfRecords(kept), before, 'nothing of it is left');
    t.strictSame(await kept.outbox(sender, 0, 9), []);
    await kept.removeOutbox(sender, [first!.sequence]);
    t.equal(await kept.cancel(sender, 'one'), undefined);

    const acceptedAtMs = lastMs + 2 * outboxMs;
    await accepted(kept, request(home.subscriptions, {
      message: named('one'), acceptedAtMs, expiresAtMs: acceptedAtMs + 1,
    }));
    await acknowledged(kept, phone, [2], acceptedAtMs);
    const [anew] = await kept.outbox(sender, first!.sequence, 9);
    t.match(anew, { topic: 'receipt/one' }, 'whoever read the old one misses nothing of the new one');
  });

  await t.test('an outbox that is used does not end', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    await accepted(store, request(home.subscriptions, { message: named('long'), expiresAtMs: now + 4 * outboxMs }));
    const numbers: number[] = [];
    for (let week = 0; week < 4; week += 1) {
      const acceptedAtMs = now + week * outboxMs;
      await store.expire(acceptedAtMs, 99);
      const [sent] = await accepted(store, request(home.subscriptions, {
        message: named(`week ${week}`), acceptedAtMs, expiresAtMs: acceptedAtMs + 1,
      }));
      t.strictSame(await acknowledged(store, sent!.device, [sent!.id], acceptedAtMs), [sender]);
      const items = await store.outbox(sender, numbers.at(-1) ?? 0, 9);
      numbers.push(...items.map(({ sequence }) => sequence));
      await store.removeOutbox(sender, numbers);
    }
    t.strictSame(numbers, numbers.map((_, index) => numbers[0]! + index), 'one after the other');
    t.strictSame((await keysOf(store, sender)).filter((key) => key.endsWith(keys.outboxHead(sender))).length, 2, 'it has one end');
    t.match(await store.expire(now + 4 * outboxMs, 99), { touched: [sender] }, 'the message that lived as long');
  });

  await t.test('a sweep that comes very late still gives the receipt', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    await accepted(store, request(home.subscriptions, { message: named('slow') }));
    const late = now + 50 * outboxMs;
    // The outbox would have ended long ago: it is due in the same sweep.
    t.match(await store.expire(late, 99), { removed: 3, touched: [sender], more: false });
    t.strictSame(await told(store, sender), [receiptOf('slow', 'expired')]);
    await store.expire(late + 2 * outboxMs + hour, 99);
    t.strictSame(await keysOf(store, sender), []);
    t.equal((await store.counts()).outboxItems, 0);
  });

  await t.test('a reader from the start finds what was taken out of turn no more, and all else', async (t) => {
    const { store, reopen } = await adapter.open(t);
    for (let n = 0; n < 200; n += 1) {
      await store.accept(request([], { message: named(`m${n}`), expiresAtMs: now + n }));
    }
    await store.expire(now + hour, 1_000);
    const numbers = (await store.outbox(sender, 0, 1_000)).map(({ sequence }) => sequence);
    t.equal(numbers.length, 200);
    await store.removeOutbox(sender, numbers.slice(1, 150));
    t.strictSame((await store.outbox(sender, 0, 2)).map(({ sequence }) => sequence), [numbers[0], numbers[150]]);
    await store.removeOutbox(sender, [numbers[0]!, numbers[150]!]);
    const kept = await reopen();
    const left = (await kept.outbox(sender, 0, 1_000)).map(({ sequence }) => sequence);
    t.strictSame(left, numbers.slice(151));
    t.strictSame((await kept.outbox(sender, left[10]!, 1)).map(({ sequence }) => sequence), [left[11]]);
    await kept.removeOutbox(sender, left);
    t.strictSame(await kept.outbox(sender, 0, 9), []);
    t.equal((await kept.counts()).outboxItems, 0);
  });

  await t.test('a full outbox loses receipts of its own sender only', async (t) => {
    const { store } = await adapter.open(t);
    const messages = Array.from({ length: limits.outboxItems + 1 }, (_, n) =>
      store.accept(request([], { message: named(`m${n}`), expiresAtMs: now })));
    await Promise.all(messages);
    t.match(await store.expire(now, 2 * limits.outboxItems), { touched: [sender], more: false });
    t.equal((await store.counts()).outboxItems, limits.outboxItems);
    await store.accept(request([], { message: named('more'), expiresAtMs: now }));
    await store.accept(request([], { message: named('more', { sender: other }), expiresAtMs: now }));
    t.match(await store.expire(now, 9), { touched: [other] });
  });

  await t.test('no app is taken for a receipt subscription, and none needs to be known', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await exported(store);
    await t.rejects(store.addApp({ ...app(9), id: 'rcp_9' as typeof home.app.id }), RangeError);
    t.equal(await store.appendOutbox('rcp_9' as typeof home.app.id, item()), false);
    const target = request(home.subscriptions);
    t.strictSame(
      await store.accept({ ...target, message: named('one', { uid: home.grant.uid }) }), { outcome: 'revoked' },
    );
    await t.rejects(store.accept({ ...target, message: named('') }), RangeError);
    t.strictSame(await exported(store), before, 'no outbox for a message that there is not');
    await accepted(store, { ...target, message: named('one') });
    await store.removeApp(home.app.id, now);
    t.strictSame(await waitingIds(store, home.devices[0]!.id), [], 'the revoke took the copy');
    t.strictSame((await store.expire(now + hour, 9)).touched, [sender], 'and its sender is told that it ended');
  });
}
