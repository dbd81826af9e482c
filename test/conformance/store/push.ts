// What Web Push needs of a store: keys that are made once, messages taken back, receipts for whoever has an endpoint, devices
// without a link and copies for when nobody takes the others.

import type { Test } from 'tap';
import type { ReceiptSubscriptionId } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type { MessageReference, PushSubscription } from '../../../src/ports/store.js';
import {
  accepted, device, exported, exportedKeys, hour, household, named, now, receiptOf, request, streamed, subscribed, subscription,
  waitingIds,
} from './fixtures.js';
import { bytes } from './registry.js';
import type { StoreAdapter } from './fixtures.js';

const sender = 'rcp_one' as ReceiptSubscriptionId;
const outboxMs = limits.outboxSeconds * 1000;

function pushed(reference: string, changed: Partial<MessageReference> = {}): MessageReference {
  return { sender, reference, receiptWanted: true, ...changed };
}

function somewhere(n: number): PushSubscription {
  return { endpoint: `https://push.example.org/${n}`, p256dh: new Uint8Array(65).fill(n), auth: new Uint8Array(16).fill(n) };
}

export async function pushConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('a key is kept once, whoever comes first', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const [one, other] = await Promise.all([
      store.keep('vapid', Uint8Array.of(1, 2)), store.keep('vapid', Uint8Array.of(3)),
    ]);
    t.strictSame(one, Uint8Array.of(1, 2));
    t.strictSame(other, one);
    one.fill(9);
    const again = await reopen();
    t.strictSame(await again.keep('vapid', Uint8Array.of(4)), Uint8Array.of(1, 2));
    const next = (await adapter.open(t)).store;
    await next.import(streamed(await exported(again)));
    t.strictSame(await next.keep('vapid', Uint8Array.of(4)), Uint8Array.of(1, 2), 'a backup carries it');
  });

  await t.test('keys are few and small', async (t) => {
    const { store } = await adapter.open(t);
    for (let n = 1; n <= limits.keptKeys; n += 1) await store.keep(`key ${n}`, Uint8Array.of(n));
    await t.rejects(store.keep('one more', Uint8Array.of(1)), RangeError);
    t.strictSame(await store.keep('key 1', Uint8Array.of(7)), Uint8Array.of(1));
    await t.rejects(store.keep('key 1', new Uint8Array(limits.keptKeyBytes + 1)), RangeError);
    await t.rejects(store.keep('', Uint8Array.of(1)), RangeError);
    await t.rejects(store.keep('key 1', new Uint8Array(0)), RangeError);
    await t.rejects(store.keep('x'.repeat(limits.nameCharacters + 1), Uint8Array.of(1)), RangeError);
    await t.rejects(store.keep('\ud800', Uint8Array.of(1)), RangeError);
    const results = await Promise.allSettled(['a', 'b'].map((name) => store.keep(name, Uint8Array.of(1))));
    t.strictSame(results.map(({ status }) => status), ['rejected', 'rejected']);
  });

  await t.test('what is withdrawn waits no more and gives no receipt', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [plain] = await accepted(store, request(home.subscriptions));
    const [wanted] = await accepted(store, request(home.subscriptions, { message: named(home, 'one') }));
    const on = home.devices[0]!.id;
    t.equal(await store.withdraw(on, plain!.id), true);
    t.equal(await store.withdraw(on, plain!.id), false);
    t.equal(await store.withdraw(on, wanted!.id), true);
    t.equal(await store.withdraw(device('nobody', home.user.id).id, 1), false);
    t.strictSame(await waitingIds(store, on), []);
    await store.expire(now + hour + 1, 100);
    t.strictSame(await store.outbox(home.app.id, 0, 10), []);
    t.equal((await store.counts()).waitingNotifications, 0);
  });

  await t.test('what only the device can read is kept as such', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [first] = await accepted(store, request(home.subscriptions, { encrypted: true }));
    t.equal(first?.encrypted, true);
    await accepted(store, request(home.subscriptions));
    const waiting = await (await reopen()).waiting(home.devices[0]!.id, 0, 10);
    t.strictSame(waiting.map(({ encrypted }) => encrypted), [true, undefined]);
  });

  await t.test('a receipt subscription needs no app, gets its receipts, and ends when nothing of it is left', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [taken] = await accepted(store, request(home.subscriptions, { message: pushed('taken') }));
    await accepted(store, request(home.subscriptions, { message: pushed('late') }));
    t.match(await store.accept(request([], { message: pushed('never') })), { outcome: 'accepted' }, 'for nobody');
    t.strictSame(await store.accept(request(home.subscriptions, { message: pushed('late') })), { outcome: 'duplicate' });
    t.strictSame(
      await store.accept(request(home.subscriptions, { message: pushed('x', { uid: home.grant.uid }) })),
      { outcome: 'revoked' }, 'the grant is another sender\'s',
    );
    const acks = { device: home.devices[0]!.id, ids: [taken!.id], nowMs: now + 1, hiddenUids: [] };
    t.strictSame(await store.acknowledge(acks), [sender]);
    t.strictSame((await store.expire(now + hour + 1, 100)).touched, [sender]);
    const again = await reopen();
    const receipts = await again.outbox(sender, 0, 10);
    t.strictSame(
      receipts.map(({ topic, payload }) => [topic, new TextDecoder().decode(payload)]),
      [receiptOf('taken', 'acknowledged'), receiptOf('late', 'expired'), receiptOf('never', 'expired')],
    );
    t.strictSame(await again.outbox(sender, receipts[0]!.sequence, 1), [receipts[1]], 'from where a reader stands');
    await again.removeOutbox(sender, receipts.map(({ sequence }) => sequence));
    t.equal((await again.counts()).outboxItems, 0);
    for (let round = 0; round < 3; round += 1) await again.expire(now + 3 * outboxMs, 100);
    t.strictSame((await exportedKeys(again)).filter((key) => key.includes(sender)), [], 'nothing of it is left');
    const later = now + 4 * outboxMs;
    const [anew] = await accepted(again, request(home.subscriptions, {
      message: pushed('anew'), acceptedAtMs: later, expiresAtMs: later + hour,
    }));
    await again.acknowledge({ ...acks, ids: [anew!.id], nowMs: later });
    const [receipt] = await again.outbox(sender, 0, 10);
    t.ok(receipt!.sequence > receipts.at(-1)!.sequence, 'its numbers go on above what was seen');
  });

  await t.test('receipts that came late keep their subscription', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    await accepted(store, request(home.subscriptions, { message: pushed('slow') }));
    // Nobody swept for longer than a receipt waits.
    await store.expire(now + hour + outboxMs + 1, 100);
    t.equal((await store.outbox(sender, 0, 10)).length, 1);
    // The receipt is gone after one such time, its outbox after another, on a full hour.
    await store.expire(now + hour + 3 * outboxMs, 100);
    t.not((await exportedKeys(store)).filter((key) => key.includes(sender)).length, 0);
    await store.expire(now + 2 * hour + 3 * outboxMs + 1, 100);
    t.strictSame(await store.outbox(sender, 0, 10), []);
    t.strictSame((await exportedKeys(store)).filter((key) => key.includes(sender)), []);
  });

  await t.test('a replaced message and a cancelled one give no receipt to whoever pushed them', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    await accepted(store, request(home.subscriptions, { message: pushed('old'), topic: 'x' }));
    await accepted(store, request(home.subscriptions, { message: pushed('new'), topic: 'x' }));
    await accepted(store, request(home.subscriptions, { message: pushed('back') }));
    t.strictSame(await store.cancel(sender, 'back'), [home.devices[0]!.id]);
    t.equal(await store.cancel(home.app.id, 'new'), undefined, 'a name of another sender');
    await store.expire(now + hour + 1, 100);
    const topics = (await store.outbox(sender, 0, 10)).map(({ topic }) => topic);
    t.strictSame(topics, ['receipt/new']);
  });

  await t.test('devices that are reached without a link are found', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const [one, two] = home.devices;
    await store.addDevice({ ...device('3', home.user.id), push: somewhere(3) });
    t.equal(await store.setPush(two!.id, somewhere(2)), true);
    t.equal(await store.setPush(two!.id, somewhere(4)), true);
    t.equal(await store.setPush(device('nobody', home.user.id).id, somewhere(1)), false);
    const long = `https://push.example.org/${'x'.repeat(limits.endpointCharacters)}`;
    for (const wrong of [{ auth: bytes(1, 0) }, { p256dh: bytes(64, 0) }, { endpoint: '' }, { endpoint: long }]) {
      await t.rejects(store.setPush(one!.id, { ...somewhere(1), ...wrong }), RangeError);
    }
    const auth = bytes(16, 9);
    const setting = store.setPush(one!.id, { ...somewhere(5), auth });
    auth.fill(0);
    await setting;
    await store.setMinimumUrgency(one!.id, 'high');
    t.match(await store.device(one!.id), { minimumUrgency: 'high', push: { auth: bytes(16, 9) } });
    t.equal(await store.setPush(one!.id, undefined), true);
    const again = await reopen();
    const found = await again.pushDevices({ limit: 10 });
    t.strictSame(new Map(found.map(({ id, push }) => [id, push])), new Map([
      [two!.id, somewhere(4)], [device('3', home.user.id).id, somewhere(3)],
    ]));
    t.strictSame(await again.pushDevices({ after: found[0]!.id, limit: 10 }), found.slice(1));
    found[0]!.push!.auth.fill(9);
    t.notMatch((await again.device(found[0]!.id))?.push?.auth[0], 9, 'a copy');
    t.equal(await again.setPush(two!.id, undefined), true);
    t.equal(await again.setPush(one!.id, undefined), true);
    t.equal((await again.device(two!.id))?.push, undefined);
    await again.removeDevice(device('3', home.user.id).id);
    t.strictSame(await again.pushDevices({ limit: 10 }), []);
    await again.setPush(one!.id, somewhere(1));
    await again.removeUser(home.user.id, now);
    t.strictSame(await again.pushDevices({ limit: 10 }), []);
  });

  await t.test('the first to take a message takes the copies for when nobody does', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 3);
    const [phone, desktop, browser] = home.devices.map(({ id }) => id);
    const { targets } = request(home.subscriptions);
    const wanted = [targets[0]!, targets[1]!, { ...targets[2]!, fallback: true as const }];
    const ids = async (): Promise<readonly (readonly number[])[]> =>
      Promise.all([phone!, desktop!, browser!].map((on) => waitingIds(store, on)));
    for (const message of [undefined, named(home, 'one', { receiptWanted: false })]) {
      const [first, , third] = await accepted(store, { ...request(home.subscriptions), targets: wanted, ...(message && { message }) });
      await store.acknowledge({ device: phone!, ids: [first!.id], nowMs: now, hiddenUids: [] });
      t.strictSame((await ids()).map(({ length }) => length), [0, 1, 0], 'the desktop keeps its own');
      const second = (await ids())[1]![0]!;
      await store.acknowledge({ device: desktop!, ids: [second, third!.id], nowMs: now, hiddenUids: [] });
    }
    const [, , copy] = await accepted(store, { ...request(home.subscriptions), targets: wanted });
    await store.acknowledge({ device: browser!, ids: [copy!.id], nowMs: now, hiddenUids: [] });
    t.strictSame((await ids()).map(({ length }) => length), [1, 1, 0], 'the copy itself takes nothing from others');
    await store.expire(now + hour + 1, 100);
    const left = (await exportedKeys(await reopen())).filter((key) => /^[nrtwx]!/.test(key));
    t.strictSame(left, [], 'what linked them ends with them');
  });

  await t.test('a revoke closes the endpoints of its app until somebody registers anew', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const [open] = home.subscriptions;
    const byName = await subscribed(store, subscription('named', open!.device, home.app.name));
    const other = await subscribed(store, subscription('other', open!.device, 'org.example.other'));
    await store.revokeGrant(home.grant.uid, now);
    const again = await reopen();
    t.equal((await again.subscription(open!.id))?.endpointClosed, true);
    t.equal((await again.subscription(byName.id))?.endpointClosed, true);
    t.equal((await again.subscription(other.id))?.endpointClosed, undefined);
    const wanted = subscription('anew', open!.device, home.app.id);
    t.equal((await subscribed(again, wanted)).id, open!.id, 'registering again does not open it');
    const reopened = await again.addSubscription({ ...wanted, reopen: true });
    t.match(reopened, { id: wanted.id, alias: other.alias + 1 });
    t.equal(await again.subscription(open!.id), undefined);
    t.equal((await again.subscription(wanted.id))?.endpointClosed, undefined);
    t.match(await again.addSubscription({ ...subscription('more', open!.device, home.app.id), reopen: true }), { id: wanted.id });
  });

  await t.test('another key does not open a closed endpoint, a removed app closes its own', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const other = await household(store, 'other');
    const on = home.devices[0]!.id;
    await accepted(store, request(home.subscriptions));
    await store.removeApp(home.app.id, now);
    t.equal((await store.subscription(home.subscriptions[0]!.id))?.endpointClosed, true);
    t.equal((await store.subscription(other.subscriptions[0]!.id))?.endpointClosed, undefined);
    const keyed = { ...subscription('keyed', on, home.app.id), applicationServerKey: bytes(65, 4) };
    t.match(await store.addSubscription(keyed), { id: keyed.id, endpointClosed: true });
    await accepted(store, request([await subscribed(store, keyed)]));
    t.strictSame(await waitingIds(store, on), [2]);
    const opened = await subscribed(store, { ...subscription('opened', on, home.app.id), reopen: true });
    t.notOk('endpointClosed' in opened);
    t.strictSame(await waitingIds(store, on), [], 'what waited for the closed one is gone');
    t.strictSame(await store.subscriptionsOfDevice(on), [opened]);
    t.strictSame(await store.addSubscription({ ...opened, endpointClosed: true } as typeof opened), opened);
  });
}
