// The store for one process: a LevelDB in one folder. Writes go through the committer, which shares one sync of
// the disk between all that wait; reads see what is synced.

import type { AppId, DeviceId, NotificationId, SenderId, SubscriptionId, Uid, UserId } from '../../core/ids.js';
import type { Urgency } from '../../core/frames.js';
import type { FleetReport } from '../../core/heartbeat/fleet.js';
import { limits } from '../../core/limits.js';
import { begun, followed } from '../../ports/soon.js';
import type { Soon } from '../../ports/soon.js';
import type {
  AcceptAsker, AcceptRequest, AcceptResult, AcknowledgeRequest, AppChange, AppRecord, Asker, DeviceRecord, DocumentRecord, GrantChange, GrantRecord,
  HandleRequest, ListRange, OutboxItem, PushSubscription, Store, StoreEntry, StoreError, TouchedSenders, UserChange, UserRecord,
} from '../../ports/store.js';
import { clearsCodec, countsCodec, documentCodec, keptKeyCodec, networkCodec, outboxItemCodec } from '../../wire/record-codec.js';
import { appCodec, deviceCodec, grantCodec, subscriptionCodec, userCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, number, rangeOf, text } from '../keys.js';
import {
  assertActive, assertApp, assertKeptName, assertRecord, kept, ownHandle, ownPush, registration,
} from '../rules.js';
import { migrations } from '../migrations.js';
import type { Migration } from '../migrations.js';
import { schemaVersion, schemaVersionValue } from '../schema.js';
import { Accept, Acknowledge } from './asked-tasks.js';
import type { AskedTask } from './asked-tasks.js';
import * as clears from './clears.js';
import { closedError, Committer } from './committer.js';
import type { Manner, Operation } from './committer.js';
import { openDatabase } from './database.js';
import type { Database } from './database.js';
import * as documents from './documents.js';
import * as grants from './grants.js';
import * as keptKeys from './kept-keys.js';
import * as messages from './messages.js';
import { prepare } from './migrations.js';
import * as networks from './networks.js';
import * as notifications from './notifications.js';
import * as outbox from './outbox.js';
import { copyOf, pageRange, Reads } from './reads.js';
import { pointed, RecordCache } from './record-cache.js';
import * as registry from './registry.js';
import { HalfRestored, restore } from './restore.js';
import * as subscriptions from './subscriptions.js';
import { noCounts } from './transaction.js';

export interface LevelStoreOptions {
  /** Made when it is not there, for its owner only. One process at a time may have it open. */
  readonly folder: string;
  /** What no caller is told: a failed group, a damaged record that a list left out. */
  readonly onError?: (error: StoreError) => void;
}

/** What only tests replace. */
export interface LevelStoreParts {
  readonly openDatabase?: (folder: string) => Promise<Database>;
  readonly migrations?: readonly Migration[];
  readonly cachedRecords?: number;
  readonly numbersReserved?: number;
}

/**
 * Opens the store in `folder`, and brings an older one to the present layout. Rejects with StoreError:
 * 'STORE_LOCKED' (another process has it), 'STORE_UNREADABLE' (newer, damaged, not a store), 'STORE_UNAVAILABLE'
 * (the disk refuses).
 */
export async function openLevelStore(
  { folder, onError = () => undefined }: LevelStoreOptions,
  parts: LevelStoreParts = {},
): Promise<Store> {
  const database = await (parts.openDatabase ?? openDatabase)(folder);
  const list = parts.migrations ?? migrations;
  try {
    await prepare(database, list);
  } catch (error) {
    await database.close();
    throw error;
  }
  const cache = new RecordCache(parts.cachedRecords);
  return new LevelStore({ database, migrations: list, cache, numbersReserved: parts.numbersReserved ?? limits.storeNumbersReserved, onError });
}

class LevelStore implements Store {
  readonly #database: Database;
  readonly #migrations: readonly Migration[];
  readonly #committer: Committer;
  readonly #reads: Reads;
  #closing: Promise<void> | undefined;

  constructor(options: {
    readonly database: Database;
    readonly migrations: readonly Migration[];
    readonly cache: RecordCache;
    readonly numbersReserved: number;
    readonly onError: (error: StoreError) => void;
  }) {
    const { database, cache, numbersReserved } = options;
    // What the listener throws must not come between a group and its answers.
    const onError = (error: StoreError): void => {
      queueMicrotask(() => {
        options.onError(error);
      });
    };
    this.#database = database;
    this.#migrations = options.migrations;
    this.#committer = new Committer({ database, cache, numbersReserved, onError });
    this.#reads = new Reads({ database, cache, onError });
  }

  addUser(user: UserRecord) {
    return this.#write(() => {
      assertRecord(user);
      const own = kept(userCodec, user);
      return (transaction) => registry.addUser(transaction, own);
    });
  }

  user(id: UserId) {
    return this.#read((reads) => reads.record(keys.user(id), userCodec));
  }

  userByName(name: string) {
    return this.#read((reads) => reads.pointedRecord(keys.userOfName(name), userCodec));
  }

  users(range: ListRange<UserId>) {
    return this.#read((reads) => reads.page(kinds.user, range, userCodec));
  }

  changeUser(id: UserId, change: UserChange) {
    return this.#write(() => {
      const own = structuredClone(change);
      return (transaction) => registry.changeUser(transaction, id, own);
    });
  }

  removeUser(id: UserId, nowMs: number) {
    return this.#write(() => {
      number(nowMs);
      return (transaction) => registry.removeUser(transaction, id, nowMs);
    });
  }

  addDevice(device: DeviceRecord) {
    return this.#write(() => {
      assertRecord(device);
      const own = kept(deviceCodec, device);
      return (transaction) => registry.addDevice(transaction, own);
    });
  }

  device(id: DeviceId) {
    return this.#readSoon((reads) => reads.record(keys.device(id), deviceCodec));
  }

  devicesOfUser(user: UserId) {
    return this.#read((reads) => {
      const range = rangeOf(kinds.deviceOfUser, text(user));
      return reads.listed(range, limits.devicesPerUser, deviceCodec, ({ key }) => {
        const [, , device = ''] = fieldsOf(key);
        return keys.device(device as DeviceId);
      });
    });
  }

  devices(range: ListRange<DeviceId>) {
    return this.#read((reads) => reads.page(kinds.device, range, deviceCodec));
  }

  setMinimumUrgency(id: DeviceId, urgency: Urgency) {
    return this.#write(() => (transaction) => registry.changeDevice(transaction, id, { minimumUrgency: urgency }));
  }

  renameDevice(id: DeviceId, name: string) {
    return this.#write(() => (transaction) => registry.changeDevice(transaction, id, { name }));
  }

  setPush(id: DeviceId, push: PushSubscription | undefined) {
    return this.#write(() => {
      const own = push && ownPush(push);
      return (transaction) => registry.setPush(transaction, id, own);
    });
  }

  pushDevices({ after, limit }: ListRange<DeviceId>) {
    return this.#read((reads) => {
      const range = pageRange(rangeOf(kinds.pushDevice), after);
      return reads.listed(range, limit, deviceCodec, ({ key }) => {
        const [, device = ''] = fieldsOf(key);
        return keys.device(device as DeviceId);
      });
    });
  }

  removeDevice(id: DeviceId) {
    return this.#write(() => (transaction) => registry.removeDevice(transaction, id));
  }

  addApp(app: AppRecord) {
    return this.#write(() => {
      assertApp(app);
      const own = kept(appCodec, app);
      return (transaction) => registry.addApp(transaction, own);
    });
  }

  app(id: AppId) {
    return this.#read((reads) => reads.record(keys.app(id), appCodec));
  }

  appByName(name: string) {
    return this.#read((reads) => reads.pointedRecord(keys.appOfName(name), appCodec));
  }

  apps(range: ListRange<AppId>) {
    return this.#read((reads) => reads.page(kinds.app, range, appCodec));
  }

  changeApp(id: AppId, change: AppChange) {
    return this.#write(() => {
      const own = structuredClone(change);
      return (transaction) => copyOf(registry.changeApp(transaction, id, own));
    });
  }

  removeApp(id: AppId, nowMs: number) {
    return this.#write(() => {
      number(nowMs);
      return (transaction) => registry.removeApp(transaction, id, nowMs);
    });
  }

  putGrant(grant: GrantRecord) {
    return this.#write(() => {
      assertActive(grant);
      const own = kept(grantCodec, grant);
      return (transaction) => copyOf(grants.putGrant(transaction, own));
    });
  }

  grant(uid: Uid) {
    return this.#read((reads) => reads.record(keys.grant(uid), grantCodec));
  }

  grantsOfUser(user: UserId) {
    return this.#read((reads) => {
      const range = rangeOf(kinds.grantOfUser, text(user));
      return reads.listed(range, Infinity, grantCodec, ({ value }) => pointed(value));
    });
  }

  grantsOfApp(app: AppId, { after, limit }: ListRange<Uid>) {
    return this.#read((reads) => {
      const range = pageRange(rangeOf(kinds.grantOfApp, text(app)), after);
      return reads.listed(range, limit, grantCodec, ({ key }) => {
        const [, , uid = ''] = fieldsOf(key);
        return keys.grant(uid as Uid);
      });
    });
  }

  grants({ after, limit }: ListRange<Uid>) {
    return this.#read((reads) => {
      const range = pageRange(rangeOf(kinds.activeGrant), after);
      return reads.listed(range, limit, grantCodec, ({ key }) => {
        const [, uid = ''] = fieldsOf(key);
        return keys.grant(uid as Uid);
      });
    });
  }

  changeGrant(uid: Uid, change: GrantChange) {
    return this.#write(() => {
      const own = structuredClone(change);
      return (transaction) => copyOf(grants.changeGrant(transaction, uid, own));
    });
  }

  revokeGrant(uid: Uid, nowMs: number) {
    return this.#write(() => {
      number(nowMs);
      return (transaction) => grants.revokeGrant(transaction, uid, nowMs);
    });
  }

  addSubscription(subscription: Parameters<Store['addSubscription']>[0]) {
    return this.#write(() => {
      const own = registration(subscription);
      const reopen = subscription.reopen === true;
      return async (transaction) => {
        const standing = await subscriptions.addSubscription(transaction, own, reopen);
        return copyOf(standing);
      };
    });
  }

  subscription(id: SubscriptionId) {
    return this.#read((reads) => reads.pointedRecord(keys.subscriptionOfId(id), subscriptionCodec));
  }

  subscriptionsOfDevice(device: DeviceId) {
    return this.#read((reads) => {
      const range = rangeOf(kinds.subscription, text(device));
      return reads.list(range, limits.subscriptionsPerDevice, subscriptionCodec);
    });
  }

  removeSubscription(id: SubscriptionId) {
    return this.#write(() => (transaction) => subscriptions.removeSubscription(transaction, id));
  }

  accept(request: AcceptRequest): Promise<AcceptResult> {
    return new Promise((succeeded, failed) => this.acceptFor({ succeeded, failed }, request));
  }

  acceptFor(asker: AcceptAsker, request: AcceptRequest): void {
    this.#ask(new Accept(asker, request));
  }

  waiting(device: DeviceId, afterId: NotificationId, limit: number) {
    return this.#readSoon((reads) => reads.waiting(device, afterId, limit));
  }

  acknowledge(request: AcknowledgeRequest): Promise<TouchedSenders> {
    return new Promise((succeeded, failed) => this.acknowledgeFor({ succeeded, failed }, request));
  }

  acknowledgeFor(asker: Asker<TouchedSenders>, request: AcknowledgeRequest): void {
    this.#ask(new Acknowledge(asker, request));
  }

  cancel(sender: SenderId, reference: string) {
    return this.#write(() => (transaction) => messages.cancel(transaction, sender, reference));
  }

  withdraw(device: DeviceId, id: NotificationId) {
    return this.#write(() => (transaction) => messages.withdraw(transaction, device, id));
  }

  handle(request: HandleRequest) {
    return this.#write(() => {
      const own = ownHandle(request);
      return (transaction) => messages.handle(transaction, own);
    });
  }

  clears(device: DeviceId, nowMs: number) {
    return this.#readSoon((reads) => {
      const standing = reads.record(keys.clears(device), clearsCodec)?.clears ?? [];
      return standing.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    });
  }

  cleared(device: DeviceId, ids: readonly NotificationId[]): Promise<void> {
    return this.#write(() => {
      const own = [...ids];
      return (transaction) => clears.cleared(transaction, device, own);
    });
  }

  expire(nowMs: number, limit: number) {
    return this.#write(() => {
      number(nowMs);
      return (transaction) => notifications.expire(transaction, nowMs, limit);
    });
  }

  appendOutbox(app: AppId, item: OutboxItem) {
    return this.#write(() => {
      assertRecord(item);
      const own = kept(outboxItemCodec, item);
      return (transaction) => outbox.append(transaction, app, own);
    });
  }

  outbox(sender: SenderId, afterSequence: number, limit: number) {
    return this.#read((reads) => reads.outbox(sender, afterSequence, limit));
  }

  removeOutbox(sender: SenderId, sequences: readonly number[]): Promise<void> {
    return this.#write(() => {
      const own = [...sequences];
      return (transaction) => outbox.remove(transaction, sender, own);
    });
  }

  reportNetwork(network: string, report: FleetReport) {
    return this.#write(() => {
      text(network);
      const { reports: [own = report] } = kept(networkCodec, { reports: [report] });
      return (transaction) => networks.report(transaction, network, own);
    });
  }

  networkReports(network: string): Promise<readonly FleetReport[]> {
    return this.#read((reads) => reads.record(keys.network(network), networkCodec)?.reports ?? []);
  }

  putDocument(document: DocumentRecord) {
    return this.#write(() => {
      const own = kept(documentCodec, document);
      return (transaction) => documents.put(transaction, own);
    });
  }

  document(kind: string, id: string) {
    return this.#read((reads) => reads.record(keys.document(kind, id), documentCodec));
  }

  documentsNamed(kind: string, name: string, limit: number) {
    return this.#read((reads) => documents.named(reads, { kind, name, limit }));
  }

  documentsOf(owner: UserId, kind: string) {
    return this.#read((reads) => documents.ofOwner(reads, owner, kind));
  }

  removeDocument(kind: string, id: string) {
    return this.#write(() => (transaction) => documents.remove(transaction, keys.document(kind, id)));
  }

  removeDocumentsNamed(kind: string, name: string) {
    return this.#write(() => (transaction) => documents.removeNamed(transaction, kind, name));
  }

  keep(name: string, value: Uint8Array): Promise<Uint8Array> {
    return this.#write(() => {
      assertKeptName(name);
      const own = kept(keptKeyCodec, { value });
      return async (transaction) => new Uint8Array(await keptKeys.keep(transaction, name, own));
    });
  }

  probe(patient = false): Promise<void> {
    const value = schemaVersionValue(this.#migrations.at(-1)?.version ?? schemaVersion);
    return this.#write(() => (transaction) => transaction.putValue(keys.schemaVersion, value), patient ? 'patient' : 'at once');
  }

  counts() {
    return this.#read((reads) => reads.record(keys.counts, countsCodec) ?? noCounts);
  }

  async* export(): AsyncIterable<StoreEntry> {
    if (this.#committer.closed) throw closedError();
    yield* this.#database.stream();
  }

  import(entries: AsyncIterable<StoreEntry>): Promise<number> {
    return this.#committer.submitAlone(async () => {
      try {
        return await restore(this.#database, entries, this.#migrations);
      } catch (error) {
        if (error instanceof HalfRestored) void this.close();
        throw error;
      }
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#committer.close().then(() => this.#database.close());
    return this.#closing;
  }

  /** `prepared` checks and copies what the caller gave, now; what it returns is done when its turn comes. */
  #write<Result>(prepared: () => Operation<Result>, manner: Manner = 'at once'): Promise<Result> {
    return Promise.resolve(begun(() => this.#committer.submit(prepared(), manner)));
  }

  /** Never throws: of what is wrong with its request the asker hears as of all else. */
  #ask<Request, Result>(task: AskedTask<Request, Result>): void {
    try {
      task.check();
    } catch (error) {
      queueMicrotask(() => task.failed(error));
      return;
    }
    this.#committer.add(task);
  }

  async #read<Result>(read: (reads: Reads) => Soon<Result>): Promise<Result> {
    return this.#readSoon(read);
  }

  #readSoon<Result>(read: (reads: Reads) => Soon<Result>): Soon<Result> {
    if (this.#committer.closed) return Promise.reject(closedError());
    // A read that waits for a failing disk is better than one that fails with it.
    return followed(this.#database.reopening, () => read(this.#reads));
  }
}
