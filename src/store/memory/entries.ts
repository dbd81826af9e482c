// The memory store as entries and back: the same keys and values as level keeps, so that a backup of one
// fills the other and a test can hold the two against each other, index by index.

import type { AppId, DeviceId, SenderId, UserId } from '../../core/ids.js';
import { StoreError } from '../../ports/store.js';
import type { DocumentRecord, StoreCounts, StoreEntry } from '../../ports/store.js';
import {
  clearsCodec, countsCodec, documentCodec, keptKeyCodec, messageCodec, networkCodec, notificationCodec, outboxHeadCodec, outboxItemCodec,
  queueHeadCodec, subscriptionQueueCodec, userHeadCodec,
} from '../../wire/record-codec.js';
import { appCodec, deviceCodec, grantCodec, subscriptionCodec, userCodec } from '../../wire/registry-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { clearsExpireAtMs, isReceiptSubscription, networkExpiresAtMs } from '../rules.js';
import { fieldsOf, keys, kinds, numberOf } from '../keys.js';
import { migrations } from '../migrations.js';
import { readSchemaVersion, schemaVersion, schemaVersionValue } from '../schema.js';
import { emptyState } from './state.js';
import type { DeviceState, Outbox, State } from './state.js';

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();

/** Ascending by key. */
export function entriesOf(state: State): StoreEntry[] {
  const entries: StoreEntry[] = [];
  const put: Put = (key, value) => {
    entries.push({ key, value: typeof value === 'string' ? encoder.encode(value) : value });
  };
  put(keys.schemaVersion, schemaVersionValue(schemaVersion));
  put(keys.counts, countsCodec.encode(countsOf(state)));
  for (const user of state.users.values()) {
    put(keys.user(user.id), userCodec.encode(user));
    put(keys.userOfName(user.name), keys.user(user.id));
    const nextId = state.nextIds.get(user.id);
    if (nextId !== undefined) put(keys.userHead(user.id), userHeadCodec.encode({ nextId }));
  }
  for (const grant of state.grants.values()) {
    put(keys.grant(grant.uid), grantCodec.encode(grant));
    if (grant.revokedAtMs !== undefined) continue;
    put(keys.grantOfUser(grant.user, grant.app), keys.grant(grant.uid));
    put(keys.grantOfApp(grant.app, grant.uid), nothing);
    put(keys.activeGrant(grant.uid), nothing);
  }
  for (const app of state.apps.values()) {
    put(keys.app(app.id), appCodec.encode(app));
    put(keys.appOfName(app.name), keys.app(app.id));
  }
  for (const [sender, outbox] of state.outboxes) putOutbox(sender, outbox, put);
  for (const device of state.devices.values()) putDevice(device, put);
  for (const [key, message] of state.messages) {
    put(key, messageCodec.encode(message));
    put(keys.expiry(message.expiresAtMs, key), nothing);
    if (message.uid !== undefined) put(keys.messageOfGrant(message.uid, message.reference), key);
  }
  for (const [key, reports] of state.networks) {
    put(key, networkCodec.encode({ reports }));
    put(keys.expiry(networkExpiresAtMs(reports), key), nothing);
  }
  for (const [name, key] of state.keptKeys) put(keys.keptKey(name), keptKeyCodec.encode(key));
  for (const [key, document] of state.documents) putDocument(key, document, put);
  return entries.sort((one, other) => (one.key < other.key ? -1 : 1));
}

type Put = (key: string, value: Uint8Array | string) => void;

function putDocument(key: string, document: DocumentRecord, put: Put): void {
  const { kind, id, owner, names, expiresAtMs } = document;
  put(key, documentCodec.encode(document));
  if (owner !== undefined) put(keys.documentOfOwner(owner, kind, id), nothing);
  for (const name of names) put(keys.documentOfName(kind, name, id), nothing);
  if (expiresAtMs !== undefined) put(keys.expiry(expiresAtMs, key), nothing);
}

function putOutbox(sender: SenderId, { head, items }: Outbox, put: Put): void {
  put(keys.outboxHead(sender), outboxHeadCodec.encode(head));
  if (head.expiresAtMs !== undefined) put(keys.expiry(head.expiresAtMs, keys.outboxHead(sender)), nothing);
  for (const item of items.values()) {
    const key = keys.outboxItem(sender, item.sequence);
    put(key, outboxItemCodec.encode(item));
    put(keys.expiry(item.expiresAtMs, key), nothing);
  }
}

function putDevice({ record, nextId, firstId, nextAlias, subscriptions, waiting, clears }: DeviceState, put: Put): void {
  const { id } = record;
  put(keys.device(id), deviceCodec.encode(record));
  put(keys.deviceOfUser(record.user, id), nothing);
  if (record.push !== undefined) put(keys.pushDevice(id), nothing);
  const waitingAliases = [...subscriptions.keys()]
    .filter((alias) => [...waiting.values()].some((stored) => stored.alias === alias));
  put(keys.queueHead(id), queueHeadCodec.encode({ nextId, firstId, nextAlias, waitingAliases }));
  for (const subscription of subscriptions.values()) {
    const key = keys.subscription(id, subscription.alias);
    put(key, subscriptionCodec.encode(subscription));
    put(keys.subscriptionOfId(subscription.id), key);
    const queued = [...waiting.values()].filter(({ alias }) => alias === subscription.alias);
    if (queued.length === 0) continue;
    const ids = queued.filter(({ missed }) => missed === 0).map((stored) => stored.id);
    const missedId = queued.find(({ missed }) => missed > 0)?.id;
    const expiresAtMs = Math.min(...queued.map((stored) => stored.expiresAtMs));
    const queue = { ids, ...(missedId === undefined ? {} : { missedId }), expiresAtMs };
    put(keys.subscriptionQueue(id, subscription.alias), subscriptionQueueCodec.encode(queue));
    put(keys.expiry(expiresAtMs, keys.waiting(id, subscription.alias)), nothing);
  }
  if (clears.length > 0) {
    put(keys.clears(id), clearsCodec.encode({ clears }));
    put(keys.expiry(clearsExpireAtMs(clears), keys.clears(id)), nothing);
  }
  for (const stored of waiting.values()) {
    const key = keys.notification(id, stored.id);
    put(key, notificationCodec.encode(stored));
    if (stored.topic !== '') put(keys.topic(id, stored.alias, stored.topic), key);
  }
}

export function countsOf(state: State): StoreCounts {
  let waitingNotifications = 0;
  let outboxItems = 0;
  for (const device of state.devices.values()) waitingNotifications += device.waiting.size;
  for (const { items } of state.outboxes.values()) outboxItems += items.size;
  return {
    users: state.users.size,
    devices: state.devices.size,
    apps: state.apps.size,
    waitingNotifications,
    outboxItems,
    networks: state.networks.size,
  };
}

/** Throws StoreError 'STORE_UNREADABLE' unless `entries` are exactly those of one state. */
export function stateOf(entries: readonly StoreEntry[]): State {
  const values = presentLayout(entries);
  const state = emptyState();
  // Records of an owner come after their owner, and numbered ones ascend, as the maps must.
  const order: readonly string[] = [
    kinds.user, kinds.userHead, kinds.app, kinds.outboxHead, kinds.outboxItem, kinds.grant,
    kinds.device, kinds.queueHead, kinds.clears, kinds.subscription, kinds.notification, kinds.message,
    kinds.network, kinds.keptKey, kinds.document,
  ];
  for (const kind of order) {
    for (const key of [...values.keys()].filter((other) => other.startsWith(`${kind}!`)).sort()) {
      restore(state, key, values.get(key) ?? nothing);
    }
  }
  const anew = new Map(entriesOf(state).map(({ key, value }) => [key, value]));
  const expected = new Set(anew.keys());
  for (const [key, value] of values) if (isQueueOf(state, key)) expectList(expected, key, { value, exact: anew.get(key) });
  const odd = [...values.keys(), ...expected].find((key) => !expected.has(key) || !values.has(key));
  if (odd !== undefined) throw unreadable(odd, 'its record and its index do not agree');
  return state;
}

/** Whether it is the key of a list of a subscription that there is. */
function isQueueOf(state: State, key: string): boolean {
  const [kind, device = '', alias = ''] = fieldsOf(key);
  return kind === kinds.subscriptionQueue && state.devices.get(device as DeviceId)?.subscriptions.has(numberOf(alias)) === true;
}

/** A list may stand where all that it names was taken, and its expiry entry before the first of it expires. */
function expectList(expected: Set<string>, key: string, { value, exact }: {
  readonly value: Uint8Array;
  /** As it is when it names what waits; undefined: nothing does. */
  readonly exact: Uint8Array | undefined;
}): void {
  const [, device = '', alias = ''] = fieldsOf(key);
  const entryAt = (expiresAtMs: number): string => keys.expiry(expiresAtMs, keys.waiting(device as DeviceId, numberOf(alias)));
  const { expiresAtMs = Infinity } = read(subscriptionQueueCodec, key, value);
  const firstMs = exact === undefined ? undefined : read(subscriptionQueueCodec, key, exact).expiresAtMs;
  if (firstMs !== undefined && firstMs < expiresAtMs) throw unreadable(key, 'something of it expires before its expiry entry');
  if (firstMs !== undefined) expected.delete(entryAt(firstMs));
  expected.add(key);
  if (expiresAtMs !== Infinity) expected.add(entryAt(expiresAtMs));
}

/** The entries of an older layout as they are in this one. */
function presentLayout(entries: readonly StoreEntry[]): ReadonlyMap<string, Uint8Array> {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const told = values.get(keys.schemaVersion);
  if (told === undefined) throw new StoreError('STORE_UNREADABLE', 'the entries tell no schema version');
  const since = readSchemaVersion(told, schemaVersion);
  for (const migration of migrations.filter(({ version }) => version > since)) {
    const { gte, lt } = migration.range;
    for (const [key, value] of [...values].filter(([key]) => key >= gte && key < lt)) {
      for (const [changed, next] of migration.change({ key, value })) {
        if (next === undefined) values.delete(changed);
        else values.set(changed, next);
      }
    }
  }
  return values;
}

function restore(state: State, key: string, value: Uint8Array): void {
  const [kind, owner = '', field = ''] = fieldsOf(key);
  const sender = owner as SenderId;
  const device = state.devices.get(owner as DeviceId);
  if (kind === kinds.user) {
    const user = read(userCodec, key, value);
    state.users.set(user.id, user);
    state.devicesOfUser.set(user.id, new Set());
  } else if (kind === kinds.userHead && state.users.has(owner as UserId)) {
    state.nextIds.set(owner as UserId, read(userHeadCodec, key, value).nextId);
  } else if (kind === kinds.app) {
    const record = read(appCodec, key, value);
    state.apps.set(record.id, record);
  } else if (kind === kinds.outboxHead && (state.apps.has(owner as AppId) || isReceiptSubscription(sender))) {
    state.outboxes.set(sender, { head: read(outboxHeadCodec, key, value), items: new Map() });
  } else if (kind === kinds.outboxItem) {
    const sequence = numberOf(field);
    state.outboxes.get(sender)?.items.set(sequence, { ...read(outboxItemCodec, key, value), sequence });
  } else if (kind === kinds.grant) {
    const grant = read(grantCodec, key, value);
    state.grants.set(grant.uid, grant);
  } else if (kind === kinds.device) {
    const record = read(deviceCodec, key, value);
    const added: DeviceState = {
      record, nextId: 1, firstId: 0, nextAlias: 1, subscriptions: new Map(), waiting: new Map(), clears: [],
    };
    state.devices.set(record.id, added);
    state.devicesOfUser.get(record.user)?.add(added);
  } else if (kind === kinds.queueHead && device !== undefined) {
    const { nextId, firstId, nextAlias } = read(queueHeadCodec, key, value);
    Object.assign(device, { nextId, firstId, nextAlias });
  } else if (kind === kinds.clears && device !== undefined) {
    device.clears = read(clearsCodec, key, value).clears;
  } else if (kind === kinds.subscription && device !== undefined) {
    const subscription = read(subscriptionCodec, key, value);
    device.subscriptions.set(subscription.alias, subscription);
    state.subscriptions.set(subscription.id, device);
  } else if (kind === kinds.notification && device !== undefined) {
    const stored = read(notificationCodec, key, value);
    device.waiting.set(stored.id, stored);
  } else if (kind === kinds.network) {
    state.networks.set(key, read(networkCodec, key, value).reports);
  } else if (kind === kinds.message) {
    state.messages.set(key, read(messageCodec, key, value));
  } else if (kind === kinds.keptKey) {
    state.keptKeys.set(owner, read(keptKeyCodec, key, value));
  } else if (kind === kinds.document) {
    state.documents.set(key, read(documentCodec, key, value));
  }
}

function read<Kept>(codec: RecordCodec<Kept>, key: string, value: Uint8Array): Kept {
  const result = codec.decode(value);
  if (!result.ok) throw unreadable(key, result.error.message);
  return result.record;
}

function unreadable(key: string, problem: string): StoreError {
  return new StoreError('STORE_UNREADABLE', `entry ${JSON.stringify(key)}: ${problem}`);
}
