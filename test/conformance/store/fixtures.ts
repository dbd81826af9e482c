// Records for the store's conformance suite, and the two or three steps that every test begins with.

import type { Test } from 'tap';
import type { AppId, DeviceId, NotificationId, SubscriptionId, Uid, UserId } from '../../../src/core/ids.js';
import { limits } from '../../../src/core/limits.js';
import type {
  AcceptRequest, AppRecord, DeviceRecord, GrantRecord, MessageReference, NotificationRecord, OutboxItem,
  Store, StoreEntry, SubscriptionRecord, UserRecord,
} from '../../../src/ports/store.js';
import { fieldsOf, keys, kinds, numberOf } from '../../../src/store/keys.js';
import { notificationCodec, queueHeadCodec, subscriptionQueueCodec } from '../../../src/wire/record-codec.js';

/** One store that a test has to itself. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes it and opens what it kept; one that is not durable, a copy. */
  readonly reopen: () => Promise<Store>;
}

export interface StoreAdapter {
  readonly name: string;
  /** What it keeps outlives its being closed. */
  readonly durable: boolean;
  /** An empty store, disposed of when `t` ends. */
  open(t: Test): Promise<OpenedStore>;
}

/** A moment; tests count from it. */
export const now = 1_763_800_000_000;
export const hour = 3_600_000;

export function user(n: number | string, name = `user ${n}`): UserRecord {
  return { id: `usr_${n}` as UserId, name, createdAtMs: now };
}

export function device(n: number | string, owner: UserId): DeviceRecord {
  return {
    id: `dev_${n}` as DeviceId,
    user: owner,
    name: `phone ${n}`,
    tokenHash: new Uint8Array(32).fill(1),
    createdAtMs: now,
    minimumUrgency: 'very-low',
  };
}

export function app(n: number | string, name = `app ${n}`): AppRecord {
  return { id: `app_${n}` as AppId, name, secretHash: new Uint8Array(32).fill(2), createdAtMs: now };
}

export function grant(n: number | string, owner: UserId, to: AppId): GrantRecord {
  return {
    uid: `uid_${n}` as Uid, user: owner, app: to, scopes: ['notify'], paused: false, createdAtMs: now,
  };
}

export function subscription(
  n: number | string,
  on: DeviceId,
  to: string,
): Omit<SubscriptionRecord, 'alias'> {
  return { id: `sub_${n}` as SubscriptionId, device: on, app: to, createdAtMs: now };
}

export interface Household {
  readonly user: UserRecord;
  readonly app: AppRecord;
  readonly grant: GrantRecord;
  readonly devices: readonly DeviceRecord[];
  /** One a device. */
  readonly subscriptions: readonly SubscriptionRecord[];
}

/** A user who granted an app `notify` and has it on each of some devices. `n` parts the ids of several. */
export async function household(store: Store, n: number | string = 1, devices = 1): Promise<Household> {
  const owner = user(n);
  const sender = app(n);
  await store.addUser(owner);
  await store.addApp(sender);
  const granted = await store.putGrant(grant(n, owner.id, sender.id));
  if (granted === undefined) throw new Error('the grant was refused');
  const records: DeviceRecord[] = [];
  const subscriptions: SubscriptionRecord[] = [];
  for (let index = 1; index <= devices; index += 1) {
    const record = device(`${n}_${index}`, owner.id);
    await store.addDevice(record);
    records.push(record);
    subscriptions.push(await subscribed(store, subscription(`${n}_${index}`, record.id, sender.id)));
  }
  return { user: owner, app: sender, grant: granted, devices: records, subscriptions };
}

export async function subscribed(
  store: Store,
  wanted: Parameters<Store['addSubscription']>[0],
): Promise<SubscriptionRecord> {
  const added = await store.addSubscription(wanted);
  if (typeof added !== 'object') throw new Error(`the subscription was refused: ${String(added)}`);
  return added;
}

export function request(
  targets: readonly SubscriptionRecord[],
  changed: Partial<AcceptRequest> = {},
): AcceptRequest {
  return {
    targets: targets.map(({ device: on, id, alias }) => ({ device: on, subscription: id, alias })),
    urgency: 'normal',
    topic: '',
    acceptedAtMs: now,
    expiresAtMs: now + hour,
    data: new TextEncoder().encode('door open'),
    ...changed,
  };
}

/** What was accepted; fails when it was not. */
export async function accepted(
  store: Store,
  wanted: AcceptRequest,
): Promise<readonly NotificationRecord[]> {
  const result = await store.accept(wanted);
  if (result.outcome !== 'accepted') throw new Error(`not accepted: ${result.outcome}`);
  return result.notifications;
}

export function named(
  home: Household,
  reference: string,
  changed: Partial<MessageReference> = {},
): MessageReference {
  return { sender: home.app.id, reference, uid: home.grant.uid, receiptWanted: true, ...changed };
}

export function item(changed: Partial<OutboxItem> = {}): OutboxItem {
  return {
    topic: 'upstream/uid_1',
    payload: new TextEncoder().encode('reading 21.5'),
    expiresAtMs: now + hour,
    ...changed,
  };
}

/** Topic and text of what waits in an outbox. */
export async function outboxOf(store: Store, owner: AppId): Promise<readonly (readonly [string, string])[]> {
  const items = await store.outbox(owner, 0, 100);
  return items.map(({ topic, payload }) => [topic, new TextDecoder().decode(payload)]);
}

export function receiptOf(reference: string, state: 'acknowledged' | 'expired'): readonly [string, string] {
  return [`receipt/${reference}`, JSON.stringify({ id: reference, state })];
}

export async function waitingIds(store: Store, on: DeviceId): Promise<readonly number[]> {
  return (await store.waiting(on, 0, 1_000)).map(({ id }) => id);
}

/** What `store` exports, as it stands. */
export async function entriesOf(store: Store): Promise<readonly StoreEntry[]> {
  const entries: StoreEntry[] = [];
  for await (const entry of store.export()) entries.push(entry);
  return entries;
}

/** The same, with lists that name what waits and nothing else: a store need not write them for each notification that goes. */
export async function exported(store: Store): Promise<readonly StoreEntry[]> {
  const entries = new Map((await entriesOf(store)).map((entry) => [entry.key, entry.value]));
  for (const [key, value] of entries) {
    const [kind, device = '', alias = ''] = fieldsOf(key);
    const queue = kind === kinds.subscriptionQueue ? subscriptionQueueCodec.decode(value) : undefined;
    if (queue?.ok !== true) continue;
    const { missedId, expiresAtMs } = queue.record;
    // Of a layout in which each notification has its own.
    if (expiresAtMs === undefined) continue;
    const expiryOf = (id: NotificationId): number | undefined => {
      const record = notificationCodec.decode(entries.get(keys.notification(device as DeviceId, id)) ?? new Uint8Array(0));
      return record.ok ? record.record.expiresAtMs : undefined;
    };
    const ids = queue.record.ids.filter((id) => expiryOf(id) !== undefined);
    const firstMs = Math.min(...[...ids, ...(missedId === undefined ? [] : [missedId])].map((id) => expiryOf(id) ?? Infinity));
    const waiting = keys.waiting(device as DeviceId, numberOf(alias));
    if (firstMs < expiresAtMs || !entries.has(keys.expiry(expiresAtMs, waiting))) {
      throw new Error(`${key}: the first of it expires at ${firstMs}, and its entry stands at ${expiresAtMs}`);
    }
    entries.delete(keys.expiry(expiresAtMs, waiting));
    if (firstMs === Infinity) {
      entries.delete(key);
    } else {
      entries.set(key, plain(subscriptionQueueCodec.encode({ ...queue.record, ids, expiresAtMs: firstMs })));
      entries.set(keys.expiry(firstMs, waiting), new Uint8Array(0));
    }
  }
  for (const [key, value] of entries) {
    const [kind, device = ''] = fieldsOf(key);
    const head = kind === kinds.queueHead ? queueHeadCodec.decode(value) : undefined;
    if (head?.ok !== true) continue;
    const waitingAliases = head.record.waitingAliases.filter((alias) => entries.has(keys.subscriptionQueue(device as DeviceId, alias)));
    if (waitingAliases.length < head.record.waitingAliases.length) entries.set(key, plain(queueHeadCodec.encode({ ...head.record, waitingAliases })));
  }
  return [...entries].map(([key, value]) => ({ key, value })).sort((one, other) => (one.key < other.key ? -1 : 1));
}

/** No Buffer, which tests would take for another value. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** A number that a user's next notification may have after `before`: a start may leave a gap, and a bounded one. */
export function assertAfter(t: Test, id: NotificationId, before: NotificationId): void {
  t.ok(id > before && id <= before + 1 + limits.storeNumbersReserved, `${id} comes after ${before}`);
}

export async function exportedKeys(store: Store): Promise<readonly string[]> {
  return (await exported(store)).map(({ key }) => key);
}

/** As `exportedKeys`, without where a user's numbers stand: they never go back. */
export async function keysOfRecords(store: Store): Promise<readonly string[]> {
  return (await exportedKeys(store)).filter((key) => !key.startsWith('uh!'));
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is at hand
export async function* streamed(entries: readonly StoreEntry[]): AsyncIterable<StoreEntry> {
  yield* entries;
}

/** Texts that a careless key layout would take for one another, or for its own signs. */
export const hostileTexts: readonly string[] = [
  'dev', 'dev1', 'dev10', 'dev1!', 'dev1!0', 'dev1!!', 'dev1~', 'dev1/0', 'dev1"', 'dev1}',
  '!', '!!', '~', '"', '#', '|', '}', '"21', '}7e', '}7d', '%21', '\\', '/', '//', '.', '..', '*', '+',
  ' ', '  ', '\t', '\n', '\u0000', '\u0000\u0000', 'dev1\u0000', '\u0001', '\u007f', '\u0080',
  'é', 'e\u0301', 'ß', 'ss', 'Dev1', '日本語', '\uffff', '\ufffe', '\ufffd', '\ud7ff', '\ue000',
  '😀', '😀1', '\u{10ffff}', 'x'.repeat(64), `${'x'.repeat(63)}y`, 'x'.repeat(65), 'ü'.repeat(1_000),
  'u', 'un', 'n', 'meta', 'meta!version!', 'undefined', '__proto__', 'constructor', '0', '00', '1', '10',
];
