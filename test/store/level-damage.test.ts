// What level does when its folder is not its own, or what stands in it is damaged.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import t from 'tap';
import type { ReceiptSubscriptionId } from '../../src/core/ids.js';
import { limits } from '../../src/core/limits.js';
import type { StoreError } from '../../src/ports/store.js';
import { keys } from '../../src/store/keys.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { schemaVersion } from '../../src/store/schema.js';
import {
  accepted, exported, hour, household, item, named, now, request, subscribed, subscription, user, waitingIds,
} from '../conformance/store/fixtures.js';
import { emptyFolder } from './adapters.js';

const unavailable = { code: 'STORE_UNAVAILABLE' };

await t.test('a folder that is in use, no folder, or no store says so', async (t) => {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder });
  t.equal((await stat(folder)).mode & 0o077, 0);
  await t.rejects(openLevelStore({ folder }), {
    code: 'STORE_LOCKED', message: new RegExp(`another process.*${folder}.*stop it.*--data`),
  });
  t.equal(await store.addUser(user(1)), true, 'who has it keeps it');
  await store.close();

  const file = join(folder, 'a-file');
  await writeFile(file, '');
  await t.rejects(openLevelStore({ folder: file }), { ...unavailable, message: new RegExp(file) });
  await t.rejects(openLevelStore({ folder: join(file, 'below') }), unavailable);

  const foreign = join(folder, 'foreign');
  await mkdir(foreign);
  await withLevel(foreign, (level) => level.put('some key', Buffer.from('of another program')));
  await t.rejects(openLevelStore({ folder: foreign }), { code: 'STORE_UNREADABLE', message: /not a store/ });
  await withLevel(foreign, async (level) => {
    t.strictSame(await level.keys().all(), ['some key'], 'it was not touched');
  });
});

await t.test('a folder that another process has is locked', async (t) => {
  const folder = await emptyFolder(t);
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `
    import { openLevelStore } from ${JSON.stringify(new URL('../../src/store/level/level-store.js', import.meta.url))};
    await openLevelStore({ folder: ${JSON.stringify(folder)} });
    console.log('open');
    process.stdin.resume();
  `], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  await t.rejects(openLevelStore({ folder }), { code: 'STORE_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = await openLevelStore({ folder });
  t.equal(await store.addUser(user(1)), true, 'a lock dies with its process');
  await store.close();
});

await t.test('a store of a newer program, a damaged or a half-restored one is refused', async (t) => {
  const cases = [
    [keys.schemaVersion, String(schemaVersion + 1), new RegExp(`newer Lowbeat.*version is ${schemaVersion + 1}.*up to ${schemaVersion}`)],
    [keys.schemaVersion, 'one', /schema version is damaged/],
    [keys.restoring, '', /restore .* was interrupted/],
  ] as const;
  for (const [key, value, message] of cases) {
    const folder = await emptyFolder(t);
    await (await openLevelStore({ folder })).close();
    await withLevel(folder, (level) => level.put(key, Buffer.from(value)));
    await t.rejects(openLevelStore({ folder }), { code: 'STORE_UNREADABLE', message });
    await t.rejects(openLevelStore({ folder }), { code: 'STORE_UNREADABLE', message }, 'and not left locked');
  }
  const folder = await emptyFolder(t);
  await (await openLevelStore({ folder })).close();
  for (const name of await readdir(folder)) {
    if (name.startsWith('MANIFEST') || name === 'CURRENT') await writeFile(join(folder, name), 'nonsense');
  }
  await t.rejects(openLevelStore({ folder }), { code: 'STORE_UNREADABLE', message: /restore a backup/ });
});

await t.test('a damaged record is named, and the rest stays readable', async (t) => {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder });
  const home = await household(store, 1, 2);
  const other = await household(store, 2);
  const [here, there] = home.subscriptions;
  for (let n = 0; n < 3; n += 1) await accepted(store, request([here!], { message: named(home, `r${n}`) }));
  await store.appendOutbox(home.app.id, item());
  await store.appendOutbox(home.app.id, item());
  await store.close();
  const damaged = [
    keys.user(home.user.id),
    keys.notification(here!.device, 2),
    keys.outboxItem(home.app.id, 1),
    keys.message(home.app.id, 'r2'),
    keys.queueHead(there!.device),
    keys.grant(other.grant.uid),
  ];
  await withLevel(folder, (level) =>
    level.batch(damaged.map((key) => ({ type: 'put', key, value: Buffer.from('nonsense') }))));

  const errors: StoreError[] = [];
  const again = await openLevelStore({ folder, onError: (error) => errors.push(error) });
  const unreadable = (key: string) => ({ code: 'STORE_UNREADABLE', message: new RegExp(key.replaceAll('!', '.')) });
  await t.rejects(again.user(home.user.id), unreadable(damaged[0]!));
  await t.rejects(again.grant(other.grant.uid), unreadable(damaged[5]!));
  t.strictSame((await again.users({ limit: 9 })).map(({ id }) => id), [other.user.id]);
  t.strictSame(await waitingIds(again, here!.device), [1, 3]);
  t.strictSame((await again.outbox(home.app.id, 0, 9)).map(({ sequence }) => sequence), [2]);
  t.match(errors.map(({ message }) => message), [damaged[0]!, damaged[1]!, damaged[2]!].map((key) =>
    new RegExp(key.replaceAll('!', '.'))), 'what a list leaves out is reported');

  const mixed = await Promise.allSettled([
    again.accept(request([here!])),
    again.accept(request([there!])),
    again.accept(request([here!], { message: named(home, 'r2') })),
    again.accept(request(other.subscriptions, { grant: other.grant.uid })),
    again.acknowledge({ device: here!.device, ids: [1, 2, 3], nowMs: now, hiddenUids: [] }),
    again.accept(request(other.subscriptions)),
  ]);
  t.strictSame(mixed.map(({ status }) => status), [
    'fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled', 'fulfilled',
  ], 'and harms no other of its group');
  t.match(mixed[1], { reason: unreadable(damaged[4]!) });
  t.match(mixed[0], { value: { notifications: [{ id: (await waitingIds(again, here!.device))[0]! }] } });

  t.match(await again.expire(now + hour, 1_000), { more: false });
  t.strictSame((await again.counts()), {
    users: 2, devices: 3, apps: 2, waitingNotifications: 0, outboxItems: 2, networks: 0,
  }, 'what was damaged is gone once it expired; two receipts are new');
  const left = (await exported(again)).map(({ key }) => key);
  t.strictSame(left.filter((key) => /^[nrtw]!/.test(key)), []);
  t.equal((await again.removeDevice(here!.device)), true);
  await again.close();
});

await t.test('a damaged list or head does not stand in the way of removing', async (t) => {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder });
  const home = await household(store, 1, 2);
  const other = await household(store, 2);
  const [here] = home.subscriptions;
  const weather = await subscribed(store, subscription('weather', here!.device, 'weather'));
  await accepted(store, request([here!], { topic: 'a', expiresAtMs: now + 1, message: named(home, 'one') }));
  await accepted(store, request([here!, weather], { expiresAtMs: now + 2 }));
  await accepted(store, request([here!], { expiresAtMs: now + 3 }));
  await store.appendOutbox(home.app.id, item());
  await accepted(store, request(other.subscriptions, { expiresAtMs: now + 2 }));
  const counts = await store.counts();
  await store.close();
  const damaged = [
    keys.subscriptionQueue(here!.device, here!.alias),
    keys.outboxHead(home.app.id),
    keys.outboxItem(home.app.id, 1),
    keys.counts,
  ];
  await withLevel(folder, (level) =>
    level.batch(damaged.map((key) => ({ type: 'put', key, value: Buffer.from('nonsense') }))));

  const errors: StoreError[] = [];
  const again = await openLevelStore({ folder, onError: (error) => errors.push(error) });
  t.strictSame(await again.counts(), counts, 'they are counted anew');
  t.strictSame(await waitingIds(again, here!.device), [3], 'what others have waiting can be read');
  t.match(errors, [{ code: 'STORE_UNREADABLE' }]);
  await t.rejects(again.accept(request([here!])), { code: 'STORE_UNREADABLE' });
  await t.rejects(again.appendOutbox(home.app.id, item()), { code: 'STORE_UNREADABLE' });
  t.match(await again.expire(now + 1, 9), { removed: 2, more: false });
  t.strictSame(await waitingIds(again, here!.device), [2, 3, 4], 'the sweep makes a damaged list anew');
  t.match(await again.expire(now + 2, 9), { removed: 3, more: false }, 'whatever is due elsewhere goes too');
  t.strictSame(await again.waiting(other.devices[0]!.id, 0, 9), []);
  t.equal(await again.revokeGrant(home.grant.uid, now), true);
  t.strictSame((await again.counts()), { ...counts, waitingNotifications: 0, outboxItems: 0 });
  t.equal(await again.removeUser(home.user.id, now), true);
  t.equal(await again.removeApp(home.app.id, now), true);
  const left = (await exported(again)).map(({ key }) => key).filter((key) => /^(n|w|o|oh|t|q|s)!/.test(key));
  t.strictSame(left, [
    keys.outboxHead(other.app.id), keys.queueHead(other.devices[0]!.id), keys.subscription(other.devices[0]!.id, 1),
  ]);
  await again.close();
});

await t.test('a damaged notification goes with its list, and when its place is needed', async (t) => {
  for (const isListDamaged of [false, true]) {
    const folder = await emptyFolder(t);
    const store = await openLevelStore({ folder });
    const home = await household(store, 1, 2);
    const [here, there] = home.subscriptions;
    for (let n = 0; n < limits.waitingPerSubscription; n += 1) await accepted(store, request(home.subscriptions));
    await store.close();
    const damaged = [
      keys.notification(here!.device, 1), keys.notification(there!.device, 5),
      ...(isListDamaged ? [keys.subscriptionQueue(there!.device, there!.alias)] : []),
    ];
    await withLevel(folder, (level) =>
      level.batch(damaged.map((key) => ({ type: 'put', key, value: Buffer.from('nonsense') }))));
    const again = await openLevelStore({ folder });
    t.match(await accepted(again, request([here!])), [{ missed: 1 }, { missed: 0 }], 'the oldest is the damaged one');
    t.equal(await again.removeSubscription(there!.id), true);
    t.equal((await again.counts()).waitingNotifications, limits.waitingPerSubscription + 1);
    const left = (await exported(again)).map(({ key }) => key).filter((key) => key.startsWith('n!'));
    t.equal(left.length, limits.waitingPerSubscription + 1);
    t.notOk(left.some((key) => damaged.includes(key)));
    await again.close();
  }
});

await t.test('a damaged receipt outbox, link or kept key harms only what needs it', async (t) => {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder });
  const home = await household(store, 1, 2);
  const [here, there] = home.subscriptions;
  const sender = 'rcp_1' as ReceiptSubscriptionId;
  const message = { sender, reference: 'one', receiptWanted: true };
  await accepted(store, request([here!], { message }));
  const { targets, ...rest } = request(home.subscriptions);
  await accepted(store, { ...rest, targets: [targets[0]!, { ...targets[1]!, fallback: true }] });
  await store.keep('vapid', Uint8Array.of(1));
  const link = (await exported(store)).find(({ key }) => key.startsWith('r!!'))?.key ?? '';
  await store.close();
  const damaged = [keys.outboxHead(sender), link, keys.keptKey('vapid')];
  await withLevel(folder, (level) =>
    level.batch(damaged.map((key) => ({ type: 'put', key, value: Buffer.from('nonsense') }))));

  const errors: StoreError[] = [];
  const again = await openLevelStore({ folder, onError: (error) => errors.push(error) });
  await t.rejects(again.keep('vapid', Uint8Array.of(2)), { code: 'STORE_UNREADABLE' }, 'no other takes its place');
  const mixed = await Promise.allSettled([
    again.accept(request([here!], { message: { ...message, reference: 'two' } })),
    again.outbox(sender, 0, 9),
    again.acknowledge({ device: here!.device, ids: [1, 2], nowMs: now, hiddenUids: [] }),
    again.withdraw(there!.device, 2),
    again.accept(request([here!], { message: { ...message, sender: 'rcp_2' as ReceiptSubscriptionId } })),
  ]);
  t.strictSame(mixed.map(({ status }) => status), ['rejected', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  t.match(mixed[4], { value: { notifications: [{ id: (await waitingIds(again, here!.device))[0]! }] } });
  t.strictSame(await waitingIds(again, there!.device), []);
  t.not(errors.length, 0, 'what was passed over is reported');

  t.match(await again.expire(now + hour, 99), { touched: ['rcp_2'], more: false });
  const end = now + 3 * hour + 3 * limits.outboxSeconds * 1_000;
  t.match(await again.expire(end, 99), { more: false });
  t.strictSame((await exported(again)).map(({ key }) => key).filter((key) => /^(n|r|rg|o|x|w|t)!/.test(key)), []);
  const late = { message, acceptedAtMs: end, expiresAtMs: end + 1 };
  t.match(await again.accept(request([here!], late)), { outcome: 'accepted' }, 'its outbox begins anew');
  await again.close();
});

await t.test('a damaged document, or what is left of one, harms no other', async (t) => {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder });
  const home = await household(store);
  const of = { kind: 'session', names: ['n'], owner: home.user.id, expiresAtMs: now, value: Uint8Array.of(1) };
  for (const id of ['read', 'taken', 'named', 'due', 'owned', 'whole']) await store.putDocument({ ...of, id });
  await store.putDocument({ ...of, id: 'owned', expiresAtMs: now + hour });
  await store.putDocument({ ...of, id: 'whole', expiresAtMs: now + hour });
  await store.close();
  const damaged = ['read', 'taken', 'due', 'owned'].map((id) => keys.document('session', id));
  await withLevel(folder, (level) =>
    level.batch(damaged.map((key) => ({ type: 'put', key, value: Buffer.from('nonsense') }))));

  const errors: StoreError[] = [];
  const again = await openLevelStore({ folder, onError: (error) => errors.push(error) });
  await t.rejects(again.document('session', 'read'), { code: 'STORE_UNREADABLE', message: /read/ });
  await t.rejects(again.putDocument({ ...of, id: 'read' }), { code: 'STORE_UNREADABLE' }, 'nor is it written over');
  const found = await again.documentsNamed('session', 'n', 9);
  t.strictSame(found.map(({ id }) => id), ['named', 'whole'], 'lists leave it out');
  t.strictSame((await again.documentsOf(home.user.id, 'session')).map(({ id }) => id), ['named', 'whole']);
  t.not(errors.length, 0, 'and report it');
  const taken = await Promise.all([1, 2].map(() => again.removeDocument('session', 'taken')));
  t.strictSame(taken, [true, false], 'it can be removed');

  // What the damaged one was found by is still there, and is not true of the one that takes its place.
  t.equal(await again.putDocument({ kind: 'session', id: 'taken', names: ['m'], value: of.value }), 'kept');
  t.notOk((await again.documentsNamed('session', 'n', 9)).some(({ id }) => id === 'taken'));
  t.notOk((await again.documentsOf(home.user.id, 'session')).some(({ id }) => id === 'taken'));
  t.match(await again.expire(now, 99), { more: false });
  t.match(await again.document('session', 'taken'), { names: ['m'] }, 'nor is its time');
  t.equal(await again.document('session', 'due'), undefined, 'a damaged one goes when it is due');
  t.equal(await again.document('session', 'named'), undefined);
  t.equal(await again.removeDocumentsNamed('session', 'n'), 2, 'the whole one, and the damaged one that is not due');
  t.match(await again.document('session', 'taken'), { names: ['m'] }, 'which another name does not remove');
  await again.putDocument({ ...of, id: 'more', names: [] });
  t.equal(await again.removeUser(home.user.id, now), true);
  await again.expire(now + hour, 99);
  t.strictSame((await exported(again)).map(({ key }) => key).filter((key) => /^(c|cn|co|x)!/.test(key)), [
    keys.document('session', 'taken'), keys.documentOfName('session', 'm', 'taken'),
  ], 'nothing else is left');
  await again.close();
});

await t.test('a damaged grant, user or app is not written over by a change', async (t) => {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder });
  const home = await household(store);
  const other = await household(store, 2);
  await store.close();
  const damaged = [keys.user(home.user.id), keys.app(home.app.id), keys.grant(home.grant.uid)];
  await withLevel(folder, (level) =>
    level.batch(damaged.map((key) => ({ type: 'put', key, value: Buffer.from('nonsense') }))));
  const errors: StoreError[] = [];
  const again = await openLevelStore({ folder, onError: (error) => errors.push(error) });
  const unreadable = { code: 'STORE_UNREADABLE' };
  await t.rejects(again.changeUser(home.user.id, { name: 'new' }), unreadable);
  await t.rejects(again.changeApp(home.app.id, { deactivated: true }), unreadable);
  await t.rejects(again.changeGrant(home.grant.uid, { paused: true }), unreadable);
  t.strictSame(await again.grants({ limit: 9 }), [other.grant]);
  t.equal(errors.length, 1, 'the list reports what it leaves out');
  t.equal(await again.changeUser(other.user.id, { name: 'new' }), 'changed');
  await again.close();
});

async function withLevel(
  folder: string,
  work: (level: Level<string, Uint8Array>) => Promise<unknown>,
): Promise<void> {
  const level = new Level<string, Uint8Array>(folder, { valueEncoding: 'view' });
  await level.open();
  await work(level);
  await level.close();
}
