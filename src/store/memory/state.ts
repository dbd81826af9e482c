// What the memory store holds, and the few questions that every part of it asks. Plain maps, looked through
// from end to end where level has an index: slow with many records, and plain to read.

import type { Alias, AppId, DeviceId, NotificationId, SenderId, SubscriptionId, Uid, UserId } from '../../core/ids.js';
import type {
  AppRecord, ClearRecord, DeviceRecord, DocumentRecord, GrantRecord, OutboxRecord, SubscriptionRecord, UserRecord,
} from '../../ports/store.js';
import type { KeptKey, OutboxHead, StoredMessage, StoredNotification } from '../../wire/record-codec.js';
import type { FleetReport } from '../../core/heartbeat/fleet.js';
import { limits } from '../../core/limits.js';
import { keys } from '../keys.js';
import { withItem, withoutItem } from '../rules.js';
import type { Receipt } from '../rules.js';

export interface DeviceState {
  record: DeviceRecord;
  /** Above its last number, as long as its user has none of its own. */
  nextId: NotificationId;
  /** It was given none below. */
  firstId: NotificationId;
  nextAlias: Alias;
  /** Ascending. */
  readonly subscriptions: Map<Alias, SubscriptionRecord>;
  /** Ascending. */
  readonly waiting: Map<NotificationId, StoredNotification>;
  /** Oldest first. */
  clears: readonly ClearRecord[];
}

export interface Outbox {
  head: OutboxHead;
  /** Ascending. */
  readonly items: Map<number, OutboxRecord>;
}

export interface State {
  readonly users: Map<UserId, UserRecord>;
  readonly devices: Map<DeviceId, DeviceState>;
  readonly apps: Map<AppId, AppRecord>;
  /** One for each app, and for each receipt subscription that may be owed something. */
  readonly outboxes: Map<SenderId, Outbox>;
  /** Revoked ones stay. */
  readonly grants: Map<Uid, GrantRecord>;
  /** Which device has it. */
  readonly subscriptions: Map<SubscriptionId, DeviceState>;
  readonly devicesOfUser: Map<UserId, Set<DeviceState>>;
  /** The next of a user's numbers; absent before the first. */
  readonly nextIds: Map<UserId, NotificationId>;
  /** By `keys.message`. */
  readonly messages: Map<string, StoredMessage>;
  /** By `keys.network`. */
  readonly networks: Map<string, readonly FleetReport[]>;
  /** By their name. */
  readonly keptKeys: Map<string, KeptKey>;
  /** By `keys.document`. */
  readonly documents: Map<string, DocumentRecord>;
}

export function emptyState(): State {
  return {
    users: new Map(),
    devices: new Map(),
    apps: new Map(),
    outboxes: new Map(),
    grants: new Map(),
    subscriptions: new Map(),
    devicesOfUser: new Map(),
    nextIds: new Map(),
    messages: new Map(),
    networks: new Map(),
    keptKeys: new Map(),
    documents: new Map(),
  };
}

/** Whether the grant stands, and is one for `app` if that is given. */
export function isActive(state: State, uid: Uid, sender?: SenderId): boolean {
  const grant = state.grants.get(uid);
  if (grant === undefined || grant.revokedAtMs !== undefined) return false;
  return sender === undefined || grant.app === sender;
}

export function subscriptionOf(
  device: DeviceState,
  id: SubscriptionId,
): SubscriptionRecord | undefined {
  return [...device.subscriptions.values()].find((subscription) => subscription.id === id);
}

export function removeWaitingOf(device: DeviceState, alias: Alias): void {
  for (const stored of device.waiting.values()) {
    if (stored.alias === alias) device.waiting.delete(stored.id);
  }
  device.clears = device.clears.filter((clear) => clear.alias !== alias);
}

/** The one that was removed; undefined when it does not wait. */
export function takeAway(state: State, device: DeviceId, id: NotificationId): StoredNotification | undefined {
  const waiting = state.devices.get(device)?.waiting;
  const stored = waiting?.get(id);
  waiting?.delete(id);
  return stored;
}

/** The message and what waits of it, if anything; it gives no receipt. */
export function removeMessage(state: State, message: StoredMessage): void {
  for (const { device, id } of message.targets) takeAway(state, device, id);
  state.messages.delete(keys.message(message.sender, message.reference));
}

/** True when something was put into the outbox. */
export function putOutbox(state: State, { sender, item }: Receipt): boolean {
  const outbox = state.outboxes.get(sender);
  if (outbox === undefined || outbox.items.size >= limits.outboxItems) return false;
  const sequence = outbox.head.nextSequence;
  outbox.head = withItem(outbox.head, item);
  outbox.items.set(sequence, { ...item, sequence });
  return true;
}

export function removeItem(state: State, sender: SenderId, sequence: number): void {
  const outbox = state.outboxes.get(sender);
  if (outbox?.items.delete(sequence) === true) outbox.head = withoutItem(outbox.head, sequence);
}
