// Stores that the versions before wrote (version-1.json and so on: their entries, keys and values in base64) go on under this
// one, in place and from a backup; and the older program is told that the store is not its own any more.

import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Test } from 'tap';
import type { AppId, DeviceId, ReceiptSubscriptionId, Uid, UserId } from '../../src/core/ids.js';
import type { Store, StoreEntry } from '../../src/ports/store.js';
import { keys } from '../../src/store/keys.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { migrations } from '../../src/store/migrations.js';
import { schemaVersion } from '../../src/store/schema.js';
import {
  accepted, exported, hour, now, outboxOf, receiptOf, request, streamed, subscription, waitingIds,
} from '../conformance/store/fixtures.js';
import { emptyFolder, levelAdapter, memoryAdapter } from './adapters.js';

const [app, phone, desktop, user] = ['app_1' as AppId, 'dev_1_1' as DeviceId, 'dev_1_2' as DeviceId, 'usr_1' as UserId];

interface Older {
  readonly version: number;
  readonly apps: number;
  /** What waits for the phone and for the desktop. */
  readonly waiting: readonly (readonly number[])[];
  /** Ascending. */
  readonly activeGrants: readonly string[];
  readonly kept: Uint8Array;
  /** Whom its messages owe a receipt when they expire, and one that is new. */
  readonly owed: readonly string[];
}

const olders: readonly Older[] = [
  {
    version: 1, apps: 1, waiting: [[1], [104, 105, 106]], activeGrants: ['uid_1'], kept: Uint8Array.of(1),
    owed: [app, 'rcp_1'],
  },
  {
    version: 2, apps: 2, waiting: [[1, 3, 4], [1]], activeGrants: ['uid_1', 'uid_2', 'uid_2!'], kept: Uint8Array.of(1, 2, 3),
    owed: ['rcp_1'],
  },
  {
    version: 3, apps: 2, waiting: [[1, 3, 4], [1]], activeGrants: ['uid_1', 'uid_2', 'uid_2!'], kept: Uint8Array.of(1, 2, 3),
    owed: ['rcp_1'],
  },
  {
    version: 4, apps: 2, waiting: [[1, 3, 4], [1]], activeGrants: ['uid_1', 'uid_2', 'uid_2!'], kept: Uint8Array.of(1, 2, 3),
    owed: ['rcp_1'],
  },
];

function entriesOf(version: number): readonly StoreEntry[] {
  const file = new URL(`../../../test/store/version-${version}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as [string, string][])
    .map(([key, value]) => ({ key, value: Buffer.from(value, 'base64') }));
}

async function goesOn(t: Test, store: Store, older: Older): Promise<void> {
  t.strictSame(await store.counts(), {
    users: 2, devices: 2, apps: older.apps, waitingNotifications: 4, outboxItems: 2, networks: 1,
  });
  t.strictSame([await waitingIds(store, phone), await waitingIds(store, desktop)], older.waiting);
  t.strictSame(await store.keep('vapid', Uint8Array.of(1)), older.kept);
  await queuesGoOn(t, store, older);
  await choicesGoOn(t, store, older);
  await store.revokeGrant('uid_1' as Uid, now);
  t.strictSame((await store.grants({ limit: 9 })).map(({ uid }) => uid), older.activeGrants.slice(1));
  t.match(await store.subscriptionsOfDevice(desktop), [{ endpointClosed: true }]);
  t.match(await store.addSubscription({ ...subscription('new', desktop, app), reopen: true }), { id: 'sub_new' });
  const left = createMemoryStore();
  await t.resolves(left.import(streamed(await exported(store))), 'every index fits its record');
}

async function queuesGoOn(t: Test, store: Store, { owed }: Older): Promise<void> {
  const subscriptions = await store.subscriptionsOfDevice(desktop);
  await accepted(store, { ...request(subscriptions, { encrypted: true }), message: {
    sender: 'rcp_1' as ReceiptSubscriptionId, reference: 'new', receiptWanted: true,
  } });
  await store.setPush(desktop, { endpoint: 'https://push.example.org/1', p256dh: new Uint8Array(65), auth: new Uint8Array(16) });
  await store.acknowledge({ device: phone, ids: [1], nowMs: now, hiddenUids: [] });
  t.strictSame((await outboxOf(store, app)).at(-1), receiptOf('waits', 'acknowledged'));
  const items = await store.outbox(app, 0, 9);
  await store.removeOutbox(app, items.map(({ sequence }) => sequence));
  t.match(await store.expire(now + hour, 999), { touched: owed, more: false });
}

async function choicesGoOn(t: Test, store: Store, { version, activeGrants }: Older): Promise<void> {
  const grants = await store.grants({ limit: 9 });
  t.strictSame(grants.map(({ uid }) => uid), activeGrants, 'none that was revoked');
  for (const grant of version < 3 ? grants : []) t.notOk('schedule' in grant || 'followsPhone' in grant || 'outside' in grant, 'always open');
  const schedule = { zone: 'UTC', windows: [{ days: [1], startMinute: 0, endMinute: 60 }] } as const;
  t.match(await store.changeGrant('uid_1' as Uid, { schedule, outside: 'drop' }), { ...grants[0], schedule, outside: 'drop' });
  t.equal(await store.changeUser(user, { manualStatus: 'away', zone: 'UTC' }), 'changed');
  t.match(await store.user(user), { name: 'user 1', manualStatus: 'away', zone: 'UTC' });
  t.match(await store.changeApp(app, { domain: 'chat.example' }), { name: 'app 1', domain: 'chat.example' });
  const document = { kind: 'session', id: '1', owner: user, names: ['n'], value: Uint8Array.of(1) };
  t.equal(await store.putDocument(document), 'kept');
  t.strictSame(await store.documentsNamed('session', 'n', 9), [document]);
}

for (const older of olders) {
  const { version } = older;
  const entries = entriesOf(version);
  const before = migrations.slice(0, version - 1);

  for (const adapter of [memoryAdapter, levelAdapter]) {
    await t.test(`version ${version}, ${adapter.name}: from a backup`, async (t) => {
      const { store } = await adapter.open(t);
      t.equal(await store.import(streamed(entries)), entries.length);
      await goesOn(t, store, older);
    });
  }

  await t.test(`version ${version}, in place`, async (t) => {
    const folder = await emptyFolder(t);
    const then = await openLevelStore({ folder }, { migrations: before });
    await then.import(streamed(entries));
    t.strictSame(new Map((await exported(then)).map(({ key, value }) => [key, Buffer.from(value)])),
      new Map(entries.map(({ key, value }) => [key, value])));
    await then.close();
    const store = await openLevelStore({ folder });
    const told = (await exported(store)).find(({ key }) => key === keys.schemaVersion);
    t.equal(new TextDecoder().decode(told?.value), String(schemaVersion));
    await goesOn(t, store, older);
    await store.close();
    await t.rejects(openLevelStore({ folder }, { migrations: before }), { code: 'STORE_UNREADABLE', message: /newer Lowbeat/ });
  });
}

await t.test('every version before this one is among them', (t) => {
  t.strictSame(olders.map(({ version }) => version), Array.from({ length: schemaVersion - 1 }, (_, n) => n + 1));
  t.end();
});
