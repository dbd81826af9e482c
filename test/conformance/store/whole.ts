// What holds for every call: hostile texts, copies, atomicity, order, bounds, export and import, the end.

import type { Test } from 'tap';
import type { AppId, DeviceId, ReceiptSubscriptionId, SubscriptionId, Uid, UserId } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import { StoreError } from '../../../src/ports/store.js';
import { schemaVersion } from '../../../src/store/schema.js';
import type { AcceptResult, NotificationRecord, Store, StoreEntry } from '../../../src/ports/store.js';
import {
  accepted, app, device, exported, exportedKeys, grant, hostileTexts, hour, household, item, named, now,
  outboxOf, receiptOf, request, streamed, subscribed, subscription, user, waitingIds,
} from './fixtures.js';
import type { OpenedStore, StoreAdapter } from './fixtures.js';
import { bytes } from './registry.js';

export async function textConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('ids and names may hold anything and are never taken for one another', async (t) => {
    const { store, reopen } = await adapter.open(t);
    await Promise.all(hostileTexts.map(async (text) => {
      t.equal(await store.addUser({ ...user(0), id: text as UserId, name: text }), true, JSON.stringify(text));
      t.equal(await store.addApp({ ...app(0), id: text as AppId, name: text }), true);
      t.equal(await store.addDevice({ ...device(0, text as UserId), id: text as DeviceId }), 'added');
      const wanted = { ...grant(0, text as UserId, text as AppId), uid: text as Uid };
      t.strictSame(await store.putGrant(wanted), wanted);
    }));
    const kept = await reopen();
    const ascending = [...hostileTexts].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    t.strictSame((await kept.users({ limit: 1_000 })).map(({ id }) => id), ascending);
    t.strictSame((await kept.devices({ limit: 1_000 })).map(({ id }) => id), ascending);
    for (const [index, text] of ascending.entries()) {
      t.equal((await kept.userByName(text))?.id, text);
      t.equal((await kept.app(text as AppId))?.name, text);
      t.strictSame((await kept.devicesOfUser(text as UserId)).map(({ id }) => id), [text]);
      t.strictSame((await kept.grantsOfApp(text as AppId, { limit: 9 })).map(({ uid }) => uid), [text]);
      t.strictSame((await kept.grantsOfUser(text as UserId)).map(({ uid }) => uid), [text]);
      const [next] = await kept.apps({ after: text as AppId, limit: 1 });
      t.equal(next?.id, ascending[index + 1]);
    }
    const removed = hostileTexts.filter((_, index) => index % 2 === 0)
      .map((text) => kept.removeUser(text as UserId, now));
    t.ok((await Promise.all(removed)).every(Boolean));
    for (const [index, text] of hostileTexts.entries()) {
      const there = index % 2 === 1;
      t.equal((await kept.user(text as UserId)) !== undefined, there, JSON.stringify(text));
      t.equal((await kept.userByName(text)) !== undefined, there);
      t.equal((await kept.device(text as DeviceId)) !== undefined, there);
      t.equal((await kept.grant(text as Uid))?.revokedAtMs, there ? undefined : now);
    }
  });

  await t.test('so may what stands in a queue', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    await Promise.all(hostileTexts.map(async (text) => {
      await store.addDevice({ ...device(0, await owner(store, text)), id: text as DeviceId });
      await store.addApp({ ...app(0), id: text as AppId, name: text });
      const own = { ...subscription(0, text as DeviceId, text), id: text as SubscriptionId };
      const to = await subscribed(store, own);
      const message = { sender: home.app.id, reference: text, uid: home.grant.uid, receiptWanted: true };
      await accepted(store, request([to], { topic: text, message }));
      await accepted(store, request([to], { topic: `${text}!` }));
      await store.appendOutbox(text as AppId, item({ topic: text }));
    }));
    const kept = await reopen();
    for (const text of hostileTexts) {
      const waiting = await kept.waiting(text as DeviceId, 0, 9);
      t.strictSame(waiting.map(({ id, topic }) => [id, topic]), [[1, text], [2, `${text}!`]], JSON.stringify(text));
      t.equal((await kept.subscription(text as SubscriptionId))?.app, text);
      t.strictSame((await kept.outbox(text as AppId, 0, 9)).map(({ topic }) => topic), [text]);
    }
    for (const [index, text] of hostileTexts.entries()) {
      if (index % 3 === 0) await kept.acknowledge({ device: text as DeviceId, ids: [1], nowMs: now, hiddenUids: [] });
      if (index % 3 === 1) t.strictSame(await kept.cancel(home.app.id, text), [text]);
    }
    for (const [index, text] of hostileTexts.entries()) {
      t.strictSame(await waitingIds(kept, text as DeviceId), index % 3 === 2 ? [1, 2] : [2], JSON.stringify(text));
    }
    t.strictSame(
      (await outboxOf(kept, home.app.id)),
      hostileTexts.filter((_, index) => index % 3 === 0).map((text) => receiptOf(text, 'acknowledged')),
    );
    await kept.revokeGrant(home.grant.uid, now);
    t.strictSame(await outboxOf(kept, home.app.id), []);
    for (const [index, text] of hostileTexts.entries()) {
      t.strictSame(await waitingIds(kept, text as DeviceId), [2], `${index} ${JSON.stringify(text)}`);
    }
  });
}

/** A user for each hostile device: more than one user may have. */
async function owner(store: Store, text: string): Promise<UserId> {
  const record = user(`of ${text}`, `of ${text}`);
  await store.addUser(record);
  return record.id;
}

export async function callConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  await t.test('who asks without a promise is told the same, later, and once', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    const told: unknown[] = [];
    const asker = { succeeded: (result: unknown) => told.push(result), failed: (error: unknown) => told.push(error) };
    const heard = async (ask: () => void): Promise<unknown> => {
      ask();
      t.strictSame(told, [], 'not while it asks');
      // The store answers in order.
      await store.probe();
      t.equal(told.length, 1);
      return told.pop();
    };
    const wanted = request([to!], { message: named(home, 'one') });
    t.match(await heard(() => store.acceptFor(asker, wanted)), { outcome: 'accepted', notifications: [{ id: 1, data: wanted.data }] });
    t.strictSame(await heard(() => store.acceptFor(asker, wanted)), { outcome: 'duplicate' });
    t.ok(await heard(() => store.acceptFor(asker, { ...wanted, targets: [...wanted.targets, ...wanted.targets] })) instanceof RangeError);
    const acknowledged = { device: to!.device, ids: [1], nowMs: now, hiddenUids: [] };
    t.ok(await heard(() => store.acknowledgeFor(asker, { ...acknowledged, nowMs: 0.5 })) instanceof RangeError);
    t.strictSame(await waitingIds(store, to!.device), [1]);
    t.strictSame(await heard(() => store.acknowledgeFor(asker, acknowledged)), [home.app.id]);
    t.strictSame(await waitingIds(store, to!.device), []);
    await store.close();
    store.acceptFor(asker, wanted);
    store.acknowledgeFor(asker, acknowledged);
    await new Promise(setImmediate);
    t.match(told, [{ code: 'STORE_CLOSED' }, { code: 'STORE_CLOSED' }]);
  });

  await t.test('who asks hears first of what will wait, and of nothing that will not', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const told: unknown[] = [];
    const asker = {
      foretold: (notifications: readonly NotificationRecord[]) => told.push(notifications),
      succeeded: (result: AcceptResult) => told.push(result.outcome === 'accepted' ? result.notifications : result.outcome),
      failed: (error: unknown) => told.push(error),
    };
    const wanted = request(home.subscriptions, { message: named(home, 'one') });
    for (const heard of [2, 1]) {
      store.acceptFor(asker, wanted);
      await store.probe();
      t.equal(told.length, heard);
      if (heard === 2) t.match(told[0], [{ id: 1, data: wanted.data }, { id: 1, data: wanted.data }]);
      if (heard === 2) t.strictSame(told[0], told[1], 'and then the same');
      else t.strictSame(told, ['duplicate']);
      told.length = 0;
    }
    store.acceptFor(asker, { ...wanted, acceptedAtMs: 0.5 });
    await store.revokeGrant(home.grant.uid, now);
    store.acceptFor(asker, request(home.subscriptions, { grant: home.grant.uid }));
    await store.probe();
    t.match(told, [RangeError, 'revoked']);
  });

  await t.test('what is passed in may be changed, what is handed out may be kept', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const [to] = home.subscriptions;
    const hash = bytes(32, 1);
    const phone = { ...device('copy', home.user.id), tokenHash: hash };
    const adding = store.addDevice(phone);
    hash.fill(0);
    await adding;
    t.strictSame((await store.device(phone.id))?.tokenHash, bytes(32, 1));

    const data = bytes(8, 1);
    const wanted = request([to!], { data, message: named(home, 'one') });
    // Of the thousands that are under way no copies are made: what belongs to these two is theirs until the answer.
    const result = await store.accept(wanted);
    data.fill(0);
    (wanted.targets as unknown[]).length = 0;
    (wanted.message as { reference: string }).reference = 'changed';
    t.strictSame((await store.waiting(to!.device, 0, 1))[0]?.data, bytes(8, 1));
    const scopes: 'notify'[] = ['notify'];
    const granting = store.putGrant({ ...home.grant, scopes });
    scopes.length = 0;
    await granting;
    const payload = bytes(4, 4);
    const appending = store.appendOutbox(home.app.id, item({ payload }));
    payload.fill(0);
    await appending;
    const ids = [1];
    await accepted(store, request([to!]));
    await store.acknowledge({ device: to!.device, ids, nowMs: now, hiddenUids: [] });
    ids[0] = 2;
    t.strictSame(await waitingIds(store, to!.device), [2]);
    t.strictSame((await store.grant(home.grant.uid))?.scopes, ['notify']);
    t.strictSame((await store.outbox(home.app.id, 0, 1))[0]?.payload, bytes(4, 4));
    t.strictSame(await store.accept(request([to!], { message: named(home, 'one') })), { outcome: 'duplicate' });

    if (result.outcome !== 'accepted') throw new Error(result.outcome);
    t.strictSame(result.notifications[0]?.data, bytes(8, 1));
    result.notifications[0]?.data.fill(9);
    const keyed = await subscribed(store, {
      ...subscription('key', to!.device, 'weather'), applicationServerKey: bytes(65, 4),
    });
    const found = await store.subscription(keyed.id);
    const [, listed] = await store.subscriptionsOfDevice(to!.device);
    for (const handed of [keyed, found, listed]) {
      handed?.applicationServerKey?.fill(0);
    }
    const again = await store.addSubscription({
      ...subscription('key2', to!.device, 'weather'), applicationServerKey: bytes(65, 4),
    });
    t.match(again, { id: keyed.id }, 'what was handed out is not what is kept');
    (await store.device(phone.id))?.tokenHash.fill(0);
    t.strictSame((await store.device(phone.id))?.tokenHash, bytes(32, 1));
    ((await store.grant(home.grant.uid))?.scopes as unknown[]).length = 0;
    t.strictSame((await store.grant(home.grant.uid))?.scopes, ['notify']);
    const [second] = await store.waiting(to!.device, 0, 9);
    second!.data.fill(0);
    t.notSame((await store.waiting(to!.device, 0, 9))[0]?.data, second!.data);
  });

  await t.test('a call that rejects has written nothing, and harms none that share its moment', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const before = await exported(store);
    const bad = [
      request(home.subscriptions, { message: named(home, '') }),
      request(home.subscriptions, { message: named(home, '\ud800') }),
      request(home.subscriptions, { topic: '\udc00' }),
      request(home.subscriptions, { expiresAtMs: Number.NaN }),
      request(home.subscriptions, { acceptedAtMs: -1 }),
    ];
    const refused = await Promise.allSettled(bad.map((wanted) => store.accept(wanted)));
    for (const outcome of refused) {
      t.match(outcome, { status: 'rejected', reason: RangeError });
    }
    t.strictSame(await exported(store), before);

    const mixed = await Promise.allSettled([
      store.accept(request(home.subscriptions)),
      ...bad.map((wanted) => store.accept(wanted)),
      store.addUser(home.user),
      store.accept(request(home.subscriptions)),
    ]);
    t.strictSame(
      mixed.map(({ status }) => status),
      ['fulfilled', ...bad.map(() => 'rejected'), 'rejected', 'fulfilled'],
    );
    for (const { device: on } of home.subscriptions) t.strictSame(await waitingIds(store, on), [1, 2]);
  });

  await t.test('calls at the same time do as if they came one after the other', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store, 1, 2);
    const all = <Result>(count: number, call: (n: number) => Promise<Result>) =>
      Promise.all(Array.from({ length: count }, (_, n) => call(n)));

    const named50 = await all(50, () => store.accept(request(home.subscriptions, { message: named(home, 'one') })));
    t.strictSame(named50.map(({ outcome }) => outcome), ['accepted', ...Array.from({ length: 49 }, () => 'duplicate')]);
    const plain = await all(40, (n) => accepted(store, request([home.subscriptions[n % 2]!])));
    t.strictSame(plain.map(([stored]) => stored?.id), Array.from({ length: 40 }, (_, n) => n + 2));
    t.strictSame(await all(3, (n) => store.addUser(user(`same ${n}`, 'same'))), [true, false, false]);
    const on = home.devices[0]!.id;
    const subscriptions = await all(3, (n) => subscribed(store, subscription(`same ${n}`, on, 'weather')));
    t.strictSame(subscriptions, [subscriptions[0], subscriptions[0], subscriptions[0]]);
    const [taken, removed, after] = await Promise.all([
      store.accept(request([subscriptions[0]!])),
      store.removeSubscription(subscriptions[0]!.id),
      store.accept(request([subscriptions[0]!])),
    ]);
    t.match([taken, removed, after], [
      { notifications: [{ id: 42 }] }, true, { outcome: 'accepted', notifications: [] },
    ]);
    const acked = await all(5, () => store.acknowledge({
      device: home.devices[0]!.id, ids: [1], nowMs: now, hiddenUids: [],
    }));
    t.strictSame(acked, [[home.app.id], [], [], [], []]);
    t.equal((await store.counts()).waitingNotifications, 41);
  });

  await t.test('writes resolve in the order of their calls', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const order: number[] = [];
    const calls: (() => Promise<unknown>)[] = [
      () => store.accept(request(home.subscriptions, { message: named(home, 'one') })),
      () => store.expire(now, 100),
      () => store.accept(request(home.subscriptions, { message: named(home, 'one') })),
      () => store.addUser(user(2)),
      () => store.addUser(user(2)),
      () => store.revokeGrant(home.grant.uid, now),
      () => store.acknowledge({ device: home.devices[0]!.id, ids: [], nowMs: now, hiddenUids: [] }),
      () => store.putDocument({ kind: 'session', id: '1', owner: home.user.id, names: [], value: bytes(1, 1) }),
      () => store.changeUser(home.user.id, { name: 'new' }),
      () => store.removeDocument('session', '1'),
      () => store.removeUser(home.user.id, now),
      () => store.probe(),
      () => store.setMinimumUrgency(home.devices[0]!.id, 'low'),
    ];
    await Promise.all(calls.map((call, index) => call().then(() => order.push(index), () => order.push(index))));
    t.strictSame(order, calls.map((_, index) => index));
  });

  await t.test('too many that wait are told to come back, and the others are served', async (t) => {
    const { store } = await adapter.open(t);
    const none = 'app_none' as AppId;
    const calls = Array.from({ length: limits.storeWaiting + 2 }, () => store.removeOutbox(none, []));
    const outcomes = await Promise.allSettled(calls);
    t.ok(outcomes.slice(0, limits.storeWaiting).every(({ status }) => status === 'fulfilled'));
    for (const outcome of outcomes.slice(limits.storeWaiting)) {
      t.match(outcome, { status: 'rejected', reason: { code: 'STORE_BUSY' } });
    }
    t.equal(await store.addUser(user(1)), true, 'there is room again');
  });

  await t.test('counts tell what there is', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store, 1, 2);
    await household(store, 2);
    await accepted(store, request(home.subscriptions));
    await store.appendOutbox(home.app.id, item());
    const counts = { users: 2, devices: 3, apps: 2, waitingNotifications: 2, outboxItems: 1, networks: 0 };
    t.strictSame(await store.counts(), counts);
    const kept = await reopen();
    t.strictSame(await kept.counts(), counts);
    await kept.removeUser(home.user.id, now);
    await kept.removeApp(home.app.id, now);
    t.strictSame(await kept.counts(), {
      users: 1, devices: 1, apps: 1, waitingNotifications: 0, outboxItems: 0, networks: 0,
    });
  });

  await t.test('a closed store has written what was called and refuses the rest', async (t) => {
    const { store, reopen } = await adapter.open(t);
    const home = await household(store);
    const accepting = accepted(store, request(home.subscriptions));
    const closing = store.close();
    const late = store.addUser(user(2));
    await t.rejects(late, { code: 'STORE_CLOSED' });
    t.equal((await accepting).length, 1);
    await closing;
    await store.close();
    const calls: (() => Promise<unknown>)[] = [
      () => store.accept(request(home.subscriptions)),
      () => store.user(home.user.id),
      async () => store.waiting(home.devices[0]!.id, 0, 9),
      () => store.removeDocument('session', '1'),
      () => store.documentsNamed('session', '1', 9),
      () => store.grants({ limit: 1 }),
      () => store.probe(),
      () => store.counts(),
      () => exported(store),
      () => store.import(streamed([])),
    ];
    for (const call of calls) await t.rejects(call(), StoreError);
    for (const call of calls) await t.rejects(call(), { code: 'STORE_CLOSED' });
    if (adapter.durable) t.strictSame(await waitingIds(await reopen(), home.devices[0]!.id), [1]);
  });
}

export async function exportConformance(t: Test, adapter: StoreAdapter): Promise<void> {
  /** Something of every kind. */
  async function filled({ store }: OpenedStore) {
    const home = await household(store, 'ü!', 2);
    await accepted(store, request(home.subscriptions, { topic: 'state', message: named(home, 'one') }));
    for (let n = 0; n <= limits.waitingPerSubscription; n += 1) {
      await accepted(store, request([home.subscriptions[0]!]));
    }
    await store.appendOutbox(home.app.id, item({ uid: home.grant.uid }));
    await household(store, 'gone');
    await store.revokeGrant('uid_gone' as Uid, now);
    await store.reportNetwork('home', { reporter: 1, step: 2, atMs: now });
    await store.keep('vapid', bytes(32, 1));
    await store.changeGrant(home.grant.uid, {
      schedule: { zone: 'UTC', windows: [{ days: [1], startMinute: 0, endMinute: 1 }] }, followsPhone: true, outside: 'drop',
    });
    await store.changeUser(home.user.id, { manualStatus: 'away', zone: 'UTC', operator: true });
    await store.changeApp(home.app.id, { redirectUris: ['https://ü!'], webhook: 'https://ü!', domain: 'ü!', deactivated: true });
    await store.putDocument({
      kind: 'session', id: 'ü!', owner: home.user.id, names: ['!', 'ü'], expiresAtMs: now + 1, value: bytes(9, 1),
    });
    await store.putDocument({ kind: 'session', id: 'ü', names: ['!'], value: bytes(0, 1) });
    await store.setPush(home.devices[1]!.id, { endpoint: 'https://push.example', p256dh: bytes(65, 4), auth: bytes(16, 1) });
    const { targets, ...rest } = request(home.subscriptions, { encrypted: true });
    await accepted(store, { ...rest, targets: [targets[0]!, { ...targets[1]!, fallback: true }] });
    const receipts = { sender: 'rcp_1' as ReceiptSubscriptionId, reference: 'one', receiptWanted: true };
    await accepted(store, request([home.subscriptions[1]!], { message: receipts }));
    await store.accept(request([], { message: { ...receipts, reference: 'two' }, expiresAtMs: now }));
    await store.expire(now, 9);
    return home;
  }

  await t.test('what is exported fills another store, which goes on as the first would', async (t) => {
    const opened = await adapter.open(t);
    const home = await filled(opened);
    const entries = await exported(opened.store);
    t.strictSame(entries.map(({ key }) => key), entries.map(({ key }) => key).sort(), 'ascending');
    const other = await adapter.open(t);
    t.equal(await other.store.import(streamed(entries)), entries.length);
    t.strictSame(await exported(other.store), entries);
    const kept = await other.reopen();
    t.strictSame(await exported(kept), entries);
    for (const store of [opened.store, kept]) {
      await accepted(store, request(home.subscriptions, { topic: 'state', message: named(home, 'two') }));
      await store.expire(now + hour, 1_000);
      await subscribed(store, subscription('next', home.devices[0]!.id, 'weather'));
    }
    const [first, second] = await Promise.all([opened.store, kept].map(async (store) => {
      return (await exported(store)).filter(({ key }) => !key.startsWith('uh!'));
    }));
    t.strictSame(second, first, 'but for where numbers stand, of which opening may leave some out');
  });

  await t.test('an export is the picture of one instant', async (t) => {
    const { store } = await adapter.open(t);
    const home = await household(store);
    const before = await exported(store);
    const seen: StoreEntry[] = [];
    for await (const entry of store.export()) {
      seen.push(entry);
      if (seen.length > 2) continue;
      await accepted(store, request(home.subscriptions));
      await store.removeSubscription(home.subscriptions[0]!.id);
    }
    t.strictSame(seen, before);
  });

  await t.test('only an empty store is filled', async (t) => {
    const full = await adapter.open(t);
    await filled(full);
    const entries = await exported(full.store);
    await t.rejects(full.store.import(streamed(entries)), { code: 'STORE_UNREADABLE', message: /empty/ });
    t.strictSame(await exported(full.store), entries);
    const emptied = await adapter.open(t);
    await emptied.store.addUser(user(1));
    await emptied.store.removeUser(user(1).id, now);
    t.equal(await emptied.store.import(streamed(entries)), entries.length);
  });

  await t.test('entries that are not understood are refused whole', async (t) => {
    const full = await adapter.open(t);
    await filled(full);
    const entries = await exported(full.store);
    const text = (value: string) => new TextEncoder().encode(value);
    const where = (start: string) => entries.findIndex(({ key }) => key.startsWith(start));
    const changed = (start: string, value: Uint8Array) =>
      entries.map((entry, index) => (index === where(start) ? { ...entry, value } : entry));
    const cases: readonly (readonly [what: string, entries: readonly StoreEntry[]])[] = [
      ['no schema version', entries.filter(({ key }) => key !== 'meta!version!')],
      ['a newer schema version', changed('meta!version!', text(String(schemaVersion + 1)))],
      ['a schema version that is none', changed('meta!version!', text('first'))],
      ['a kind that there is not', [...entries, { key: 'zz!1!', value: text('') }]],
      ['a key of another form', [...entries, { key: 'users', value: text('') }]],
      ['a key with an escape that is none', [...entries, { key: 'u!}zz!', value: text('') }]],
      ['a damaged record', changed('n!', text('damaged'))],
      ['a damaged document', changed('c!', text('damaged'))],
      ['a record of a newer version', changed('u!', Uint8Array.of(200, 1))],
      ['nothing', []],
    ];
    for (const [what, wrong] of cases) {
      const { store, reopen } = await adapter.open(t);
      const fresh = await exported(store);
      await t.rejects(store.import(streamed(wrong)), { code: 'STORE_UNREADABLE' }, what);
      t.strictSame(await exported(store), fresh, 'it is as empty as before');
      t.equal(await store.addUser(user(1)), true, 'and of use');
      t.match(await (await reopen()).user(user(1).id), { id: user(1).id });
    }
  });

  await t.test('a stream that breaks leaves the store empty', async (t) => {
    const full = await adapter.open(t);
    await filled(full);
    const entries = await exported(full.store);
    const { store } = await adapter.open(t);
    const fresh = await exportedKeys(store);
    async function* broken(): AsyncIterable<StoreEntry> {
      yield* streamed(entries.slice(0, -3));
      await Promise.reject(new Error('the file ends early'));
    }
    await t.rejects(store.import(broken()), { message: 'the file ends early' });
    t.strictSame(await exportedKeys(store), fresh);
    t.equal(await store.import(streamed(entries)), entries.length);
  });
}
