// A store that the version before wrote (version-1.json: its entries, keys and values in base64) goes on under this one, in
// place and from a backup; and the older program is told that the store is not its own any more.

import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Test } from 'tap';
import type { AppId, DeviceId, ReceiptSubscriptionId, Uid } from '../../src/core/ids.js';
import type { Store, StoreEntry } from '../../src/ports/store.js';
import { keys } from '../../src/store/keys.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { schemaVersion } from '../../src/store/schema.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import {
  accepted, exported, hour, now, outboxOf, receiptOf, request, streamed, subscription, waitingIds,
} from '../conformance/store/fixtures.js';
import { emptyFolder, levelAdapter, memoryAdapter } from './adapters.js';

const file = new URL('../../../test/store/version-1.json', import.meta.url);
const entries: readonly StoreEntry[] = (JSON.parse(readFileSync(file, 'utf8')) as [string, string][])
  .map(([key, value]) => ({ key, value: Buffer.from(value, 'base64') }));
const [app, phone, desktop] = ['app_1' as AppId, 'dev_1_1' as DeviceId, 'dev_1_2' as DeviceId];

async function goesOn(t: Test, store: Store): Promise<void> {
  t.strictSame(await store.counts(), {
    users: 2, devices: 2, apps: 1, waitingNotifications: 4, outboxItems: 2, networks: 1,
  });
  t.strictSame([await waitingIds(store, phone), await waitingIds(store, desktop)], [[1], [104, 105, 106]]);
  const subscriptions = await store.subscriptionsOfDevice(desktop);
  await accepted(store, { ...request(subscriptions, { encrypted: true }), message: {
    sender: 'rcp_1' as ReceiptSubscriptionId, reference: 'new', receiptWanted: true,
  } });
  await store.setPush(desktop, { endpoint: 'https://push.example.org/1', p256dh: new Uint8Array(65), auth: new Uint8Array(16) });
  await store.keep('vapid', Uint8Array.of(1));
  await store.acknowledge({ device: phone, ids: [1], nowMs: now, hiddenUids: [] });
  t.strictSame((await outboxOf(store, app)).at(-1), receiptOf('waits', 'acknowledged'));
  const items = await store.outbox(app, 0, 9);
  await store.removeOutbox(app, items.map(({ sequence }) => sequence));
  t.match(await store.expire(now + hour, 999), { touched: [app, 'rcp_1'], more: false });
  await store.revokeGrant('uid_1' as Uid, now);
  t.match(await store.subscriptionsOfDevice(desktop), [{ endpointClosed: true }]);
  t.match(await store.addSubscription({ ...subscription('new', desktop, app), reopen: true }), { id: 'sub_new' });
  const left = createMemoryStore();
  await t.resolves(left.import(streamed(await exported(store))), 'every index fits its record');
}

for (const adapter of [memoryAdapter, levelAdapter]) {
  await t.test(`${adapter.name}: from a backup`, async (t) => {
    const { store } = await adapter.open(t);
    t.equal(await store.import(streamed(entries)), entries.length);
    await goesOn(t, store);
  });
}

await t.test('in place', async (t) => {
  const folder = await emptyFolder(t);
  const older = await openLevelStore({ folder }, { migrations: [] });
  await older.import(streamed(entries));
  t.strictSame(new Map((await exported(older)).map(({ key, value }) => [key, Buffer.from(value)])),
    new Map(entries.map(({ key, value }) => [key, value])));
  await older.close();
  const store = await openLevelStore({ folder });
  const told = (await exported(store)).find(({ key }) => key === keys.schemaVersion);
  t.equal(new TextDecoder().decode(told?.value), String(schemaVersion));
  await goesOn(t, store);
  await store.close();
  await t.rejects(openLevelStore({ folder }, { migrations: [] }), { code: 'STORE_UNREADABLE', message: /newer Lowbeat/ });
});
