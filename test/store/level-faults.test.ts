// What level does when its disk fails; and what it writes when it does not.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AbstractChainedBatch } from 'abstract-level';
import t from 'tap';
import type { Test } from 'tap';
import type { DeviceId, NotificationId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type { AcceptRequest, AcceptResult, NotificationRecord, Store, StoreError } from '../../src/ports/store.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import {
  accepted, assertAfter, entriesOf, exported, hour, household, item, named, now, request, streamed, subscribed, subscription, user, waitingIds,
} from '../conformance/store/fixtures.js';
import { queueHeadCodec, subscriptionQueueCodec } from '../../src/wire/record-codec.js';
import { timeOfExpiry } from '../../src/store/keys.js';
import { bytes } from '../conformance/store/registry.js';
import { emptyFolder, levelAdapter, memoryAdapter } from './adapters.js';
import { openFaulty } from './faulty-database.js';

const unavailable = { code: 'STORE_UNAVAILABLE' };

await t.test('a group that cannot be written fails whole, and nothing of it stays', async (t) => {
  for (const fault of ['lost', 'unsure'] as const) {
    const { store, database, errors } = await openFaulty(t);
    const home = await household(store, 1, 2);
    await accepted(store, request(home.subscriptions, { topic: 'state', message: named(home, 'kept') }));
    const before = await exported(store);
    database.faults = [fault];
    const outcomes = await Promise.allSettled([
      store.accept(request(home.subscriptions, { topic: 'state' })),
      store.accept(request(home.subscriptions, { message: named(home, 'kept') })),
      store.acknowledge({ device: home.devices[0]!.id, ids: [1], nowMs: now, hiddenUids: [] }),
      store.addUser(user(2)),
      store.addUser(home.user),
      store.revokeGrant(home.grant.uid, now),
      store.appendOutbox(home.app.id, item()),
    ]);
    for (const [index, outcome] of outcomes.entries()) {
      const reason = index === 4 ? RangeError : unavailable;
      t.match(outcome, { status: 'rejected', reason }, `${fault} ${index}`);
    }
    t.match(errors, [unavailable]);
    t.strictSame(await exported(store), before, 'reads go on');
    await store.probe();
    t.equal(database.recoveries, 1);
    t.strictSame(await exported(store), before, 'also after the files were opened anew');
    t.strictSame(await store.counts(), {
      users: 1, devices: 2, apps: 1, waitingNotifications: 2, outboxItems: 0, networks: 0,
    });
    const [next] = await accepted(store, request([home.subscriptions[0]!]));
    t.equal(next?.id, 2, 'no number was used up');
  }
});

await t.test('it fails as long as the disk does, and serves again when the disk does', async (t) => {
  const { store, database, errors } = await openFaulty(t);
  const home = await household(store);
  database.faults = ['lost'];
  database.failingRecoveries = 3;
  for (let n = 0; n < 4; n += 1) {
    await t.rejects(store.accept(request(home.subscriptions)), unavailable);
    t.match(await store.user(home.user.id), { id: home.user.id }, 'it can be read all the time');
  }
  t.equal(errors.length, 4);
  // The disk fails once more while the store undoes what may be left of the first failure.
  database.faults = ['unsure'];
  await t.rejects(store.probe(), unavailable);
  await store.probe();
  t.strictSame((await accepted(store, request(home.subscriptions))).map(({ id }) => id), [1]);
  t.equal(errors.length, 5);
});

await t.test('reads wait while the files are opened anew', async (t) => {
  const { store, database } = await openFaulty(t);
  const home = await household(store);
  await accepted(store, request(home.subscriptions));
  database.faults = ['lost'];
  await t.rejects(store.probe(), unavailable);
  let recovered = false;
  const recovering = store.probe().then(() => {
    recovered = true;
  });
  let during = 0;
  while (!recovered) {
    t.match(await store.user(home.user.id), { id: home.user.id });
    t.strictSame(await waitingIds(store, home.devices[0]!.id), [1]);
    await new Promise(setImmediate);
    during += 1;
  }
  t.ok(during > 1);
  await recovering;
});

await t.test('what failed does not come to life when the store is closed and opened again', async (t) => {
  const { store, database, folder } = await openFaulty(t);
  const home = await household(store);
  const before = await exported(store);
  database.faults = ['unsure'];
  await t.rejects(store.accept(request(home.subscriptions)), unavailable);
  await store.close();
  const again = await openLevelStore({ folder });
  t.strictSame(await exported(again), before);
  await again.close();
});

await t.test('a store can be closed while it is exported', async (t) => {
  const { store } = await levelAdapter.open(t);
  await household(store);
  const entries = store.export()[Symbol.asyncIterator]();
  await entries.next();
  await store.close();
  await t.rejects(async () => {
    while ((await entries.next()).done !== true);
  }, unavailable);
});

await t.test('a restore that the disk breaks off leaves an empty store, or one that is closed', async (t) => {
  const full = await levelAdapter.open(t);
  const home = await household(full.store);
  for (let n = 0; n < 600; n += 1) await full.store.addUser(user(`more ${n}`));
  const entries = await exported(full.store);

  const { store, database } = await openFaulty(t);
  const fresh = await exported(store);
  // The mark, a batch of entries, and the one that fails.
  database.faults = [undefined, undefined, 'unsure'];
  await t.rejects(store.import(streamed(entries)), unavailable);
  t.strictSame(await exported(store), fresh);
  t.equal(await store.import(streamed(entries)), entries.length, 'it can be filled when the disk serves again');
  t.match(await store.user(home.user.id), { id: home.user.id });

  const broken = await openFaulty(t);
  broken.database.faults = [undefined, 'lost'];
  broken.database.failingRecoveries = 9;
  await t.rejects(broken.store.import(streamed(entries)), { ...unavailable, message: /empty the store's folder/ });
  await t.rejects(broken.store.user(home.user.id), { code: 'STORE_CLOSED' });
  await broken.store.close();
  await t.rejects(openLevelStore({ folder: broken.folder }), { code: 'STORE_UNREADABLE', message: /interrupted/ });
});

await t.test('operations that wait share one write, of so many at most', async (t) => {
  const { store, database } = await openFaulty(t);
  const home = await household(store, 1, 2);
  database.writes.length = 0;
  const several = Array.from({ length: 300 }, (_, n) =>
    store.acknowledge({ device: home.devices[n % 2]!.id, ids: [], nowMs: now, hiddenUids: [] }));
  await Promise.all(several);
  t.strictSame(database.writes, [], 'nothing changed, nothing is written');
  await Promise.all(Array.from({ length: 300 }, () => store.appendOutbox(home.app.id, item())));
  t.equal(database.writes.length, 1);
  t.equal(database.writes[0], 300 * 2 + 2, 'the items, their expiry, one head, one count');
  database.writes.length = 0;
  await Promise.all(Array.from({ length: 2 * limits.groupCommit + 1 }, () => store.appendOutbox(home.app.id, item())));
  t.equal(database.writes.length, 3);
  database.writes.length = 0;
  for (let n = 0; n < 3; n += 1) await store.appendOutbox(home.app.id, item());
  t.equal(database.writes.length, 3, 'whoever waits for an answer is written before it');
  database.writes.length = 0;
  const payload = new Uint8Array(limits.groupCommitBytes / 4);
  await Promise.all(Array.from({ length: 10 }, () => store.appendOutbox(home.app.id, item({ payload }))));
  t.equal(database.writes.length, 3, 'large ones share it with fewer');
});

await t.test('an acknowledgement shares the write of what comes next, and is written by itself when nothing comes', async (t) => {
  const { store, database } = await openFaulty(t);
  const home = await household(store);
  const device = home.devices[0]!.id;
  const acknowledge = (id: number) => store.acknowledge({ device, ids: [id], nowMs: now, hiddenUids: [] });
  for (let n = 0; n < 4; n += 1) await accepted(store, request(home.subscriptions));
  database.writes.length = 0;
  const shared = acknowledge(1);
  await new Promise(setImmediate);
  t.strictSame(database.writes, [], 'it waits for others');
  await Promise.all([accepted(store, request(home.subscriptions)), shared]);
  t.equal(database.writes.length, 1);
  t.strictSame(await waitingIds(store, device), [2, 3, 4, 5]);
  await acknowledge(2);
  t.equal(database.writes.length, 2);
  const order: string[] = [];
  await Promise.all([
    acknowledge(3).then(() => order.push('acknowledge')),
    store.probe().then(() => order.push('probe')),
    acknowledge(4).then(() => order.push('acknowledge')),
  ]);
  t.equal(database.writes.length, 3);
  t.strictSame(order, ['acknowledge', 'probe', 'acknowledge']);
  const last = acknowledge(5);
  await store.close();
  await last;
  t.equal(database.writes.length, 4, 'closing waits for nobody else');
});

/** What is called while a first group is being written stands on it; `fault` is what becomes of that. */
async function onTop(t: Test, fault?: 'lost' | 'unsure') {
  const { store, database, errors } = await openFaulty(t);
  const home = await household(store);
  const [phone] = home.devices;
  for (let n = 0; n < 3; n += 1) await accepted(store, request(home.subscriptions, { expiresAtMs: now + hour }));
  await store.expire(now, 1);
  const before = await exported(store);
  const letGo = database.hold();
  database.writes.length = 0;
  database.faults = [fault];
  const first = Promise.allSettled([
    store.addUser(user(2)),
    store.acknowledge({ device: phone!.id, ids: [1], nowMs: now, hiddenUids: [] }),
    store.accept(request(home.subscriptions, { expiresAtMs: now + 1 })),
  ]);
  while (database.writes.length === 0) await new Promise(setImmediate);
  const second = Promise.allSettled([
    store.addUser(user(2)),
    store.addDevice({ ...phone!, id: 'dev_of_user_2' as DeviceId, user: user(2).id }),
    store.accept(request(home.subscriptions, { expiresAtMs: now + 2 })),
    store.expire(now + 1, 9),
    store.acknowledge({ device: phone!.id, ids: [2], nowMs: now, hiddenUids: [] }),
    store.expire(now + 2, 9),
  ]);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  t.equal(database.writes.length, 1, 'one group is written at a time');
  t.strictSame(await exported(store), before, 'nobody sees what is not on disk');
  t.strictSame(await waitingIds(store, phone!.id), [1, 2, 3]);
  letGo();
  return { store, database, errors, phone: phone!, outcomes: [await first, await second] as const };
}

function values(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as Error).name));
}

await t.test('what gathers while a group is written sees what that changed', async (t) => {
  const { store, database, phone, outcomes: [first, second] } = await onTop(t);
  t.match(values(first), [true, [], { outcome: 'accepted', notifications: [{ id: 4 }] }]);
  t.match(values(second), [
    'RangeError', 'added', { outcome: 'accepted', notifications: [{ id: 5 }] }, { removed: 1, more: false }, [], { removed: 1, more: false },
  ]);
  t.equal(database.writes.length, 2);
  t.strictSame(await waitingIds(store, phone.id), [3]);
  t.match(await store.counts(), { users: 2, devices: 2, waitingNotifications: 1 });
  t.match(await store.device('dev_of_user_2' as DeviceId), { user: user(2).id });
  t.match(await store.expire(now + hour, 9), { removed: 1 });
});

await t.test('what gathers while a group is written that fails is done anew, without it', async (t) => {
  for (const fault of ['lost', 'unsure'] as const) {
    const { store, database, errors, phone, outcomes: [first, second] } = await onTop(t, fault);
    t.ok(first.every((outcome) => outcome.status === 'rejected' && (outcome.reason as StoreError).code === 'STORE_UNAVAILABLE'));
    const [, , anew] = values(second) as readonly [unknown, unknown, { readonly notifications: readonly [NotificationRecord] }];
    assertAfter(t, anew.notifications[0].id, 3);
    t.match(values(second), [true, 'added', { outcome: 'accepted' }, { removed: 0, more: false }, [], { removed: 1, more: false }]);
    t.match(errors, [unavailable]);
    t.equal(database.recoveries, 1);
    t.strictSame(await waitingIds(store, phone.id), [1, 3]);
    t.match(await store.counts(), { users: 2, devices: 2, waitingNotifications: 2 });
  }
});

/** An accept, what it foretold and what became of it. */
async function asked(store: Store, wanted: AcceptRequest): Promise<{
  readonly ahead: readonly NotificationId[];
  readonly result: AcceptResult | undefined;
}> {
  let ahead: readonly NotificationId[] = [];
  const result = await new Promise<AcceptResult | undefined>((resolve) => {
    store.acceptFor({
      succeeded: resolve,
      failed: () => resolve(undefined),
      foretold: (notifications, mayGoAhead) => {
        t.strictSame(ahead, [], 'once at most');
        if (mayGoAhead) ahead = notifications.map(({ id }) => id);
      },
    }, wanted);
  });
  return { ahead, result };
}

await t.test('an id that may go ahead of the disk is never given to anything else', async (t) => {
  for (const fault of ['lost', 'unsure'] as const) {
    const { store, database, folder } = await openFaulty(t);
    const home = await household(store);
    const ahead = new Set<NotificationId>();
    let [kept, failed] = [0, 0];
    const check = ({ ahead: ids, result }: Awaited<ReturnType<typeof asked>>): void => {
      if (result === undefined) failed += 1;
      else kept += 1;
      const own = result?.outcome === 'accepted' ? result.notifications.map(({ id }) => id) : [];
      for (const id of own) if (!ids.includes(id)) t.notOk(ahead.has(id), `${fault}: ${id} went ahead, and was given again`);
      for (const id of ids) t.notOk(ahead.has(id), `${fault}: ${id} went ahead twice`);
      for (const id of ids) ahead.add(id);
    };
    for (let round = 0; round < 60; round += 1) {
      const letGo = database.hold();
      const fails = round % 5 === 4;
      if (fails) database.faults = [fault];
      database.writes.length = 0;
      const first = asked(store, request(home.subscriptions, { data: bytes(4, round) }));
      while (database.writes.length === 0) await new Promise(setImmediate);
      // What is on top of one that fails is applied anew.
      const second = fails && round % 2 === 0 ? undefined : asked(store, request(home.subscriptions, { data: bytes(5, round) }));
      letGo();
      check(await first);
      if (second !== undefined) check(await second);
    }
    t.equal(failed, 12);
    t.equal(kept, 102);
    t.ok(ahead.size > 60, `${ahead.size} of 114 went ahead`);

    // Done anew, the first of two has nobody to go to, since its subscription came to nothing.
    const another = subscription('another', home.devices[0]!.id, 'another');
    for (let round = 0; round < 3; round += 1) check(await asked(store, request(home.subscriptions)));
    const letGo = database.hold();
    database.faults = [fault];
    database.writes.length = 0;
    const adding = store.addSubscription(another);
    while (database.writes.length === 0) await new Promise(setImmediate);
    const both = [asked(store, request([{ ...another, alias: 2 }])), asked(store, request(home.subscriptions))];
    letGo();
    await t.rejects(adding, unavailable);
    const [emptied, moved] = await Promise.all(both);
    t.match(emptied, { ahead: [Number], result: { outcome: 'accepted', notifications: [] } });
    check(emptied!);
    check(moved!);

    // What a process leaves that is killed while it writes: the files as they are.
    for (let round = 0; round < 4; round += 1) check(await asked(store, request(home.subscriptions)));
    const letWrite = database.hold();
    const lost = Array.from({ length: 2 * limits.storeNumbersReserved }, () => asked(store, request(home.subscriptions)));
    await new Promise(setImmediate);
    const left = await emptyFolder(t);
    await cp(folder, left, { recursive: true, filter: (path) => !path.endsWith('LOCK') });
    letWrite();
    const before = ahead.size;
    for (const one of lost) check(await one);
    t.ok(ahead.size > before && ahead.size < before + lost.length, `${ahead.size - before} of ${lost.length} went ahead at once: no more than was reserved`);
    const after = await openLevelStore({ folder: left });
    t.teardown(() => after.close());
    const [next] = await accepted(after, request(home.subscriptions));
    t.ok(next!.id > Math.max(...ahead), `${fault}: ${next?.id} comes after ${Math.max(...ahead)}`);
  }
});

await t.test('a write that nobody waits for shares a sync with what comes within its patience', async (t) => {
  const { store, database } = await openFaulty(t);
  const home = await household(store);
  const patient = request(home.subscriptions, { patient: true });
  await accepted(store, patient);
  // Conditions: one after the other, and each group is written at once when somebody waits for it.
  database.writes.length = 0;
  const begun = performance.now();
  const alone = accepted(store, patient);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const others = [accepted(store, patient), store.probe(true), store.acknowledge({ device: home.devices[0]!.id, ids: [1], nowMs: now, hiddenUids: [] })];
  t.equal(database.writes.length, 0, 'not yet');
  await Promise.all([alone, ...others]);
  t.equal(database.writes.length, 1);
  // A timer of Node may be early by the part of a millisecond.
  t.ok(performance.now() - begun >= limits.storePatienceMs - 1);
  const along = accepted(store, patient);
  await accepted(store, request(home.subscriptions));
  await along;
  t.equal(database.writes.length, 2, 'one that somebody waits for takes it along');
});

await t.test('a restore waits for the group that is being written, and what comes behind it for the restore', async (t) => {
  const full = await levelAdapter.open(t);
  const home = await household(full.store);
  const entries = await exported(full.store);
  const { store, database } = await openFaulty(t);
  const letGo = database.hold();
  const probe = store.probe();
  while (database.writes.length === 0) await new Promise(setImmediate);
  const restored = store.import(streamed(entries));
  const later = store.addDevice({ ...home.devices[0]!, id: 'dev_later' as DeviceId });
  letGo();
  await probe;
  t.equal(await restored, entries.length);
  t.equal(await later, 'added', 'its user came with the restore');
});

await t.test('every write is synced', async (t) => {
  const synced: unknown[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this`
  const original = AbstractChainedBatch.prototype.write;
  AbstractChainedBatch.prototype.write = function write(this: typeof AbstractChainedBatch.prototype, options) {
    synced.push((options as { sync?: boolean } | undefined)?.sync);
    return original.call(this, options);
  } as typeof original;
  t.teardown(() => {
    AbstractChainedBatch.prototype.write = original;
  });
  const { store } = await levelAdapter.open(t);
  const home = await household(store);
  await accepted(store, request(home.subscriptions));
  t.ok(synced.length >= 5);
  t.ok(synced.every((sync) => sync === true));
});

await t.test('expiry reads what is due and no more', async (t) => {
  const { store, database } = await openFaulty(t);
  const home = await household(store);
  for (let n = 0; n < limits.waitingPerSubscription; n += 1) {
    await accepted(store, request(home.subscriptions, { expiresAtMs: now + (n < 3 ? 1 : hour) }));
  }
  database.keysRead = 0;
  t.match(await store.expire(now + 1, 100), { removed: 3, more: false });
  t.equal(database.keysRead, 1 + 1, 'one entry for the list, and where it begins');
  database.keysRead = 0;
  t.match(await store.expire(now + 2, 100), { removed: 0, more: false });
  t.match(await store.expire(now + hour - 1, 100), { removed: 0, more: false });
  t.equal(database.keysRead, 1, 'once it knows when the next is due it looks no more');
  database.keysRead = 0;
  t.match(await store.expire(now + hour, 10), { removed: 10, more: true });
  t.ok(database.keysRead <= 12);
  await accepted(store, request(home.subscriptions, { expiresAtMs: now + 5 }));
  t.match(await store.expire(now + 5, 10), { removed: 1, more: false }, 'unless one is accepted that is due earlier');
});

await t.test('a list has one expiry entry, which moves when an earlier one comes, and when it has come', async (t) => {
  const { store, database } = await openFaulty(t);
  const home = await household(store);
  const device = home.devices[0]!.id;
  const entries = async () => (await entriesOf(store)).map(({ key }) => key).filter((key) => key.startsWith('x!')).map((key) => timeOfExpiry(key) - now);
  const accept = (expiresAtMs: number) => accepted(store, request(home.subscriptions, { expiresAtMs }));
  await accept(now + 50);
  t.strictSame(await entries(), [50]);
  await accept(now + 90);
  t.strictSame(await entries(), [50]);
  await accept(now + 20);
  t.strictSame(await entries(), [20]);
  await store.acknowledge({ device, ids: [3], nowMs: now, hiddenUids: [] });
  await accept(now + 90);
  t.strictSame(await entries(), [20], 'it stays where it is when the one that it was for is taken');
  database.writes.length = 0;
  t.match(await store.expire(now + 20, 9), { removed: 0, more: false });
  t.strictSame(database.writes, [3], 'list, and its entry from there to the next');
  t.strictSame(await entries(), [50]);
  t.match(await store.expire(now + 60, 9), { removed: 1, more: false });
  t.strictSame(await entries(), [90]);
  t.match(await store.expire(now + 90, 1), { removed: 1, more: true });
  t.match(await store.expire(now + 90, 1), { removed: 1, more: false });
  t.strictSame(await entries(), []);
  t.strictSame((await entriesOf(store)).filter(({ key }) => key.startsWith('w!')), [], 'nothing waits');
  await accept(now + 95);
  await store.acknowledge({ device, ids: await waitingIds(store, device), nowMs: now, hiddenUids: [] });
  t.strictSame(await entries(), [95]);
  await store.removeSubscription(home.subscriptions[0]!.id);
  t.strictSame(await entries(), [], 'it goes with the list');
});

await t.test('a sweep that meets many lists of which nothing is due does not look at all of them at once', async (t) => {
  const { store } = await openFaulty(t);
  const home = await household(store, 1, limits.devicesPerUser);
  const early = await Promise.all(home.subscriptions.map((one) => accepted(store, request([one], { expiresAtMs: now + 1 }))));
  for (let n = 0; n < 50; n += 1) await accepted(store, request(home.subscriptions));
  await Promise.all(early.map(([first]) => store.acknowledge({ device: first!.device, ids: [first!.id], nowMs: now, hiddenUids: [] })));
  let calls = 0;
  for (let more = true; more; calls += 1) ({ more } = await store.expire(now + 1, 10));
  t.ok(calls >= limits.devicesPerUser / 4, `${calls} times, each of a hundred look-ups and one list more`);
  t.equal((await store.counts()).waitingNotifications, 50 * limits.devicesPerUser);
});

/** How many ids the lists of what waits name, and how many lists the heads name. */
async function listed(store: Store): Promise<readonly [ids: number, lists: number]> {
  let [ids, lists] = [0, 0];
  for (const { key, value } of await entriesOf(store)) {
    const queue = key.startsWith('w!') ? subscriptionQueueCodec.decode(value) : undefined;
    const head = key.startsWith('q!') ? queueHeadCodec.decode(value) : undefined;
    if (queue?.ok === true) ids += queue.record.ids.length;
    if (head?.ok === true) lists += head.record.waitingAliases.length;
  }
  return [ids, lists];
}

await t.test('what is taken away is not written into its list, which then names a few that are gone', async (t) => {
  const { store, database, folder } = await openFaulty(t);
  const home = await household(store, 1, 1);
  const { device } = home.subscriptions[0]!;
  const acknowledge = (of: Store, ids: readonly number[]) => of.acknowledge({ device, ids, nowMs: now, hiddenUids: [] });
  await accepted(store, request(home.subscriptions));
  database.writes.length = 0;
  await accepted(store, request(home.subscriptions));
  await acknowledge(store, [2]);
  await acknowledge(store, [1]);
  t.strictSame(database.writes, [4, 2, 2], 'record, list, the numbers of the user, count; record, count');
  t.strictSame(await listed(store), [2, 1]);
  t.strictSame(await waitingIds(store, device), []);
  database.writes.length = 0;
  await accepted(store, request(home.subscriptions));
  await acknowledge(store, [3]);
  t.strictSame(database.writes, [3, 2], 'numbers are reserved');

  const raw = await entriesOf(store);
  await store.close();
  const stores = [await openLevelStore({ folder })];
  t.teardown(() => stores[0]!.close());
  for (const adapter of [memoryAdapter, levelAdapter]) {
    const { store: copy } = await adapter.open(t);
    t.equal(await copy.import(streamed(raw)), raw.length);
    stores.push(copy);
  }
  for (const again of stores) {
    t.strictSame(await waitingIds(again, device), []);
    for (let n = 0; n < limits.waitingPerSubscription; n += 1) {
      t.match(await accepted(again, request(home.subscriptions)), [{ missed: 0 }], 'one that is gone takes no place');
    }
    t.match(await accepted(again, request(home.subscriptions)), [{ missed: 1 }, { missed: 0 }]);
  }

  const [again] = stores;
  for (let taken = 1; taken <= limits.waitingPerSubscription; taken += 1) {
    const [, first = 0] = await waitingIds(again!, device);
    await acknowledge(again!, [first]);
    const [ids] = await listed(again!);
    const left = limits.waitingPerSubscription - taken;
    t.ok(ids >= left && ids <= left + 3, `${ids} are listed of ${left}`);
  }
  t.strictSame(await again!.counts(), { ...await stores[1]!.counts(), waitingNotifications: 1 }, 'the record of what was dropped');

  const others = [];
  for (let n = 0; n < 8; n += 1) others.push(await subscribed(again!, subscription(`other_${n}`, device, `other_${n}`)));
  for (const one of others) await accepted(again!, request([one]));
  t.strictSame((await listed(again!))[1], 9);
  await acknowledge(again!, await waitingIds(again!, device));
  t.ok((await listed(again!))[1] <= 4, 'of a device with many apps only a few lists stay');
  t.strictSame(await waitingIds(again!, device), []);
  t.equal((await again!.counts()).waitingNotifications, 0);
});

await t.test('no number is given twice, whatever was forgotten, failed or closed', async (t) => {
  const folder = await emptyFolder(t);
  const first = await openLevelStore({ folder });
  const homes = [await household(first, 1), await household(first, 2), await household(first, 3)];
  await first.close();
  const lastIds = homes.map(() => 0);
  const accept = async (store: Store, index: number) => {
    const [{ id } = { id: 0 }] = await accepted(store, request(homes[index]!.subscriptions));
    t.ok(id > lastIds[index]!, `${id} is new to user ${index + 1}`);
    lastIds[index] = id;
  };
  for (const parts of [{}, { cachedRecords: 2 }, {}]) {
    const { store, database } = await openFaulty(t, { folder, ...parts });
    for (let turn = 0; turn < 16; turn += 1) {
      // Now and then one of them alone, so that it stays at hand.
      for (const index of turn % 4 === 0 ? [1, 1, 1] : [0, 1, 2]) await accept(store, index);
      if (turn % 5 !== 3) continue;
      database.faults = [turn % 2 === 0 ? 'lost' : 'unsure'];
      await t.rejects(store.accept(request(homes[1]!.subscriptions)), unavailable);
    }
    await store.close();
  }
});

// --- a disk that is really full -------------------------------------------------------------------

interface Told {
  readonly accepted?: number;
  readonly refused?: string;
  readonly readable?: number;
}

await t.test('a full disk refuses, keeps what was accepted, and is used again when it has room', async (t) => {
  const folder = await emptyFolder(t);
  const script = new URL('./full-disk-child.js', import.meta.url).pathname;
  // A process may be forbidden to let any file grow beyond a size: the kernel then refuses its writes like a full
  // disk does, without a disk of one's own. 1,024 blocks of 512 bytes.
  const child = spawn('/bin/sh', ['-c', `ulimit -S -f 1024 && exec "$0" "$@"`, process.execPath, script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function told(): Promise<Told> {
    const line = await lines.next();
    if (line.done === true) throw new Error('the child ended early');
    return JSON.parse(line.value) as Told;
  }

  const full = await told();
  t.ok((full.accepted ?? 0) > 50, `${full.accepted} were accepted`);
  t.equal(full.refused, 'STORE_UNAVAILABLE');
  t.equal(full.readable, full.accepted, 'what was accepted can be read while the disk is full');
  child.stdin.write('again\n');
  const still = await told();
  t.strictSame([still.accepted, still.refused], [0, 'STORE_UNAVAILABLE']);

  const raise = spawn('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited'], { stdio: 'inherit' });
  const [status] = await once(raise, 'exit') as [number];
  t.equal(status, 0, 'prlimit (of util-linux) gives the process room again');
  child.stdin.write('again\n');
  const room = await told();
  t.equal(room.refused, undefined);
  t.equal(room.readable, (full.accepted ?? 0) + (room.accepted ?? 0));
  child.kill('SIGKILL');
  await once(child, 'exit');

  const store = await openLevelStore({ folder });
  t.equal((await store.counts()).waitingNotifications, room.readable);
  const [phone] = await store.devicesOfUser(user(1).id);
  t.equal((await waitingIds(store, phone!.id)).length, room.readable);
  await store.close();
});

await t.test('who throws at its answer ends the process, and not without the other answers of its group', async (t) => {
  const script = new URL('./throwing-child.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, await emptyFolder(t)], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  let [told, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [code] = (await once(child, 'close')) as [number];
  t.equal(told, 'answered\n');
  t.match(complaint, /Error: on purpose/);
  t.not(code, 0);
});
