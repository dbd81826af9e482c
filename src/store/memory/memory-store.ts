// The store for tests, and the model that the others are held against: every rule of the port in plain
// maps, one synchronous function for each call. It keeps what it is given as long as the object lives.

import type { AppId, DeviceId, NotificationId, SenderId, SubscriptionId, Uid, UserId } from '../../core/ids.js';
import type { Urgency } from '../../core/frames.js';
import { withReport } from '../../core/heartbeat/fleet.js';
import type { FleetReport } from '../../core/heartbeat/fleet.js';
import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import type {
  AcceptAsker, AcceptRequest, AcceptResult, AcknowledgeRequest, AppChange, AppRecord, Asker, DeviceRecord, DocumentRecord, GrantChange, GrantRecord,
  HandleRequest, ListRange, OutboxItem, PushSubscription, Store, StoreEntry, TouchedSenders, UserChange, UserRecord,
} from '../../ports/store.js';
import { keptKeyCodec, networkCodec, notificationRecord, outboxItemCodec } from '../../wire/record-codec.js';
import { assertText, keys, number, text } from '../keys.js';
import {
  assertAccept, assertActive, assertApp, assertKeptName, assertRecord, kept, ownHandle, registration, tooManyKept,
} from '../rules.js';
import { countsOf, entriesOf, stateOf } from './entries.js';
import * as notifications from './notifications.js';
import * as registry from './registry.js';
import { emptyState, isActive, putOutbox, removeItem, subscriptionOf } from './state.js';
import type { State } from './state.js';

export function createMemoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  #state: State = emptyState();
  #waitingWrites = 0;
  #closed = false;

  addUser(user: UserRecord) {
    return this.#write(() => {
      assertRecord(user);
      return registry.addUser(this.#state, user);
    });
  }

  user(id: UserId) {
    return this.#read(({ users }) => users.get(id));
  }

  userByName(name: string) {
    return this.#read((state) => registry.userByName(state, name));
  }

  users(range: ListRange<UserId>) {
    return this.#read(({ users }) => listed(users.values(), ({ id }) => id, range));
  }

  changeUser(id: UserId, change: UserChange) {
    return this.#write(() => registry.changeUser(this.#state, id, change));
  }

  removeUser(id: UserId, nowMs: number) {
    return this.#write(() => registry.removeUser(this.#state, id, checked(nowMs)));
  }

  addDevice(device: DeviceRecord) {
    return this.#write(() => {
      assertRecord(device);
      return registry.addDevice(this.#state, device);
    });
  }

  device(id: DeviceId) {
    return this.#read(({ devices }) => devices.get(id)?.record);
  }

  devicesOfUser(user: UserId) {
    return this.#read(({ devicesOfUser }) => {
      const records = [...devicesOfUser.get(user) ?? []].map(({ record }) => record);
      return listed(records, ({ id }) => id);
    });
  }

  devices(range: ListRange<DeviceId>) {
    return this.#read(({ devices }) => {
      const records = [...devices.values()].map(({ record }) => record);
      return listed(records, ({ id }) => id, range);
    });
  }

  setMinimumUrgency(id: DeviceId, minimumUrgency: Urgency) {
    return this.#write(() => registry.changeDevice(this.#state, id, { minimumUrgency }));
  }

  renameDevice(id: DeviceId, name: string) {
    return this.#write(() => registry.changeDevice(this.#state, id, { name }));
  }

  setPush(id: DeviceId, push: PushSubscription | undefined) {
    return this.#write(() => registry.setPush(this.#state, id, push));
  }

  pushDevices(range: ListRange<DeviceId>) {
    return this.#read(({ devices }) => {
      const records = [...devices.values()].map(({ record }) => record);
      return listed(records.filter(({ push }) => push !== undefined), ({ id }) => id, range);
    });
  }

  removeDevice(id: DeviceId) {
    return this.#write(() => registry.removeDevice(this.#state, id));
  }

  addApp(app: AppRecord) {
    return this.#write(() => {
      assertApp(app);
      return registry.addApp(this.#state, app);
    });
  }

  app(id: AppId) {
    return this.#read(({ apps }) => apps.get(id));
  }

  appByName(name: string) {
    return this.#read((state) => registry.appByName(state, name));
  }

  apps(range: ListRange<AppId>) {
    return this.#read(({ apps }) => listed(apps.values(), ({ id }) => id, range));
  }

  changeApp(id: AppId, change: AppChange) {
    return this.#write(() => registry.changeApp(this.#state, id, change));
  }

  removeApp(id: AppId, nowMs: number) {
    return this.#write(() => registry.removeApp(this.#state, id, checked(nowMs)));
  }

  putGrant(grant: GrantRecord) {
    return this.#write(() => {
      assertActive(grant);
      return registry.putGrant(this.#state, grant);
    });
  }

  grant(uid: Uid) {
    return this.#read(({ grants }) => grants.get(uid));
  }

  grantsOfUser(user: UserId) {
    return this.#read((state) => {
      const grants = registry.activeGrants(state, (grant) => grant.user === user);
      return listed(grants, ({ app }) => app);
    });
  }

  grantsOfApp(app: AppId, range: ListRange<Uid>) {
    return this.#read((state) => {
      const grants = registry.activeGrants(state, (grant) => grant.app === app);
      return listed(grants, ({ uid }) => uid, range);
    });
  }

  grants(range: ListRange<Uid>) {
    return this.#read((state) => listed(registry.activeGrants(state, () => true), ({ uid }) => uid, range));
  }

  changeGrant(uid: Uid, change: GrantChange) {
    return this.#write(() => registry.changeGrant(this.#state, uid, change));
  }

  revokeGrant(uid: Uid, nowMs: number) {
    return this.#write(() => registry.revokeGrant(this.#state, uid, checked(nowMs)));
  }

  addSubscription(subscription: Parameters<Store['addSubscription']>[0]) {
    return this.#write(() =>
      registry.addSubscription(this.#state, registration(subscription), subscription.reopen === true));
  }

  subscription(id: SubscriptionId) {
    return this.#read(({ subscriptions }) => {
      const device = subscriptions.get(id);
      return device && subscriptionOf(device, id);
    });
  }

  subscriptionsOfDevice(device: DeviceId) {
    return this.#read(({ devices }) => [...devices.get(device)?.subscriptions.values() ?? []]);
  }

  removeSubscription(id: SubscriptionId) {
    return this.#write(() => registry.removeSubscription(this.#state, id));
  }

  accept(request: AcceptRequest): Promise<AcceptResult> {
    return this.#accept(request, {});
  }

  acceptFor(asker: AcceptAsker, request: AcceptRequest): void {
    void this.#accept(request, asker).then((result) => asker.succeeded(result), (error: unknown) => asker.failed(error));
  }

  #accept(request: AcceptRequest, asker: Pick<AcceptAsker, 'foretold'>): Promise<AcceptResult> {
    return this.#write(() => {
      assertAccept(request);
      const result = notifications.accept(this.#state, request);
      if (result.outcome === 'accepted') asker.foretold?.(copyOf(result.notifications), true);
      return result;
    });
  }

  waiting(device: DeviceId, afterId: NotificationId, limit: number) {
    return this.#read(({ devices }) =>
      [...devices.get(device)?.waiting.values() ?? []]
        .filter(({ id }) => id > afterId)
        .slice(0, limit)
        .map((stored) => notificationRecord(device, stored)));
  }

  acknowledge(request: AcknowledgeRequest) {
    return this.#write(() => {
      checked(request.nowMs);
      return notifications.acknowledge(this.#state, request);
    });
  }

  acknowledgeFor(asker: Asker<TouchedSenders>, request: AcknowledgeRequest): void {
    void this.acknowledge(request).then((touched) => asker.succeeded(touched), (error: unknown) => asker.failed(error));
  }

  cancel(sender: SenderId, reference: string) {
    return this.#write(() => notifications.cancel(this.#state, sender, reference));
  }

  withdraw(device: DeviceId, id: NotificationId) {
    return this.#write(() => notifications.withdraw(this.#state, device, id));
  }

  handle(request: HandleRequest) {
    return this.#write(() => notifications.handle(this.#state, ownHandle(request)));
  }

  clears(device: DeviceId, nowMs: number) {
    return this.#read(({ devices }) =>
      [...devices.get(device)?.clears ?? []].filter(({ expiresAtMs }) => expiresAtMs > nowMs));
  }

  cleared(device: DeviceId, ids: readonly NotificationId[]): Promise<void> {
    return this.#write(() => {
      const state = this.#state.devices.get(device);
      if (state !== undefined) state.clears = state.clears.filter(({ id }) => !ids.includes(id));
    });
  }

  expire(nowMs: number, limit: number) {
    return this.#write(() => notifications.expire(this.#state, checked(nowMs), limit));
  }

  appendOutbox(app: AppId, item: OutboxItem) {
    return this.#write(() => {
      assertRecord(item);
      if (item.uid !== undefined && !isActive(this.#state, item.uid, app)) return false;
      return putOutbox(this.#state, { sender: app, item: kept(outboxItemCodec, item) });
    });
  }

  outbox(sender: SenderId, afterSequence: number, limit: number) {
    return this.#read(({ outboxes }) =>
      [...outboxes.get(sender)?.items.values() ?? []]
        .filter(({ sequence }) => sequence > afterSequence)
        .slice(0, limit));
  }

  removeOutbox(sender: SenderId, sequences: readonly number[]): Promise<void> {
    return this.#write(() => {
      for (const sequence of sequences) removeItem(this.#state, sender, sequence);
    });
  }

  reportNetwork(network: string, report: FleetReport) {
    return this.#write(() => {
      const { networks } = this.#state;
      const key = keys.network(network);
      const { reports: [own = report] } = kept(networkCodec, { reports: [report] });
      if (!networks.has(key) && networks.size >= limits.fleetNetworks) return false;
      networks.set(key, withReport(networks.get(key) ?? [], own));
      return true;
    });
  }

  networkReports(network: string): Promise<readonly FleetReport[]> {
    return this.#read(({ networks }) => [...networks.get(keys.network(network)) ?? []]);
  }

  putDocument(document: DocumentRecord) {
    return this.#write(() => registry.putDocument(this.#state, document));
  }

  document(kind: string, id: string) {
    return this.#read(({ documents }) => documents.get(keys.document(kind, id)));
  }

  documentsNamed(kind: string, name: string, limit: number) {
    return this.#read((state) => {
      assertText(name);
      const named = registry.documentsWith(state, kind, ({ names }) => names.includes(name));
      return listed(named, ({ id }) => id, { limit });
    });
  }

  documentsOf(owner: UserId, kind: string) {
    return this.#read((state) => {
      assertText(owner);
      const owned = registry.documentsWith(state, kind, (document) => document.owner === owner);
      return listed(owned, ({ id }) => id);
    });
  }

  removeDocument(kind: string, id: string) {
    return this.#write(() => this.#state.documents.delete(keys.document(kind, id)));
  }

  removeDocumentsNamed(kind: string, name: string) {
    return this.#write(() => {
      assertText(name);
      return registry.removeDocumentsNamed(this.#state, kind, name);
    });
  }

  keep(name: string, value: Uint8Array): Promise<Uint8Array> {
    return this.#write(() => {
      assertKeptName(name);
      const own = kept(keptKeyCodec, { value });
      const { keptKeys } = this.#state;
      const standing = keptKeys.get(name);
      if (standing !== undefined) return standing.value;
      if (keptKeys.size >= limits.keptKeys) throw tooManyKept();
      keptKeys.set(name, own);
      return own.value;
    });
  }

  probe(): Promise<void> {
    return this.#write(() => undefined);
  }

  counts() {
    return this.#read(countsOf);
  }

  async* export(): AsyncIterable<StoreEntry> {
    yield* await this.#read(entriesOf);
  }

  async import(entries: AsyncIterable<StoreEntry>): Promise<number> {
    const read: StoreEntry[] = [];
    for await (const { key, value } of entries) read.push({ key, value: new Uint8Array(value) });
    return this.#write(() => {
      if (entriesOf(this.#state).length > entriesOf(emptyState()).length) {
        throw new StoreError('STORE_UNREADABLE', 'a backup fills an empty store only; this one holds records');
      }
      this.#state = stateOf(read);
      return read.length;
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async #write<Result>(operation: () => Result): Promise<Result> {
    if (this.#closed) throw closed();
    if (this.#waitingWrites >= limits.storeWaiting) {
      throw new StoreError('STORE_BUSY', `${limits.storeWaiting} writes are waiting; try again`);
    }
    // The write happens now; that its caller hears of it a moment later is what makes it "waiting".
    this.#waitingWrites += 1;
    try {
      return copyOf(operation());
    } finally {
      await Promise.resolve();
      this.#waitingWrites -= 1;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- a read that fails rejects
  async #read<Result>(operation: (state: State) => Result): Promise<Result> {
    if (this.#closed) throw closed();
    return copyOf(operation(this.#state));
  }
}

function closed(): StoreError {
  return new StoreError('STORE_CLOSED', 'the store is closed');
}

function checked(nowMs: number): number {
  number(nowMs);
  return nowMs;
}

function listed<Kept, Id extends string>(
  records: Iterable<Kept>,
  id: (record: Kept) => Id,
  { after, limit }: { readonly after?: Id; readonly limit: number } = { limit: Infinity },
): Kept[] {
  if (after !== undefined) assertText(after);
  return [...records]
    .map((record) => ({ record, key: text(id(record)) }))
    .filter(({ key }) => after === undefined || key > text(after))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .slice(0, limit)
    .map(({ record }) => record);
}

/** What is handed out is the receiver's own. */
function copyOf<Value>(value: Value): Value {
  return typeof value === 'object' ? structuredClone(value) : value;
}
