// What the memory store holds, and the few questions that every part of it asks. Plain maps, looked through
// from end to end where level has an index: slow with many records, and plain to read.

import type {
  Alias, AppId, DeviceId, NotificationId, ReceiptSubscriptionId, SenderId, SubscriptionId, Uid, UserId,
} from '../../core/ids.js';
import type {
  AppRecord, DeviceRecord, GrantRecord, OutboxRecord, SubscriptionRecord, UserRecord,
} from '../../ports/store.js';
import type { StoredMessage, StoredNotification } from '../../wire/record-codec.js';
import type { FleetReport } from '../../core/heartbeat/fleet.js';
import { limits } from '../../core/limits.js';
import { keys } from '../keys.js';
import { isReceiptSubscription } from '../rules.js';
import type { Receipt } from '../rules.js';

export interface DeviceState {
  record: DeviceRecord;
  nextId: NotificationId;
  nextAlias: Alias;
  /** Ascending. */
  readonly subscriptions: Map<Alias, SubscriptionRecord>;
  /** Ascending. */
  readonly waiting: Map<NotificationId, StoredNotification>;
}

export interface Outbox {
  nextSequence: number;
  /** Ascending. */
  readonly outbox: Map<number, OutboxRecord>;
}

export interface AppState extends Outbox {
  readonly record: AppRecord;
}

export interface ReceiptsState extends Outbox {
  expiresAtMs: number;
}

export interface State {
  readonly users: Map<UserId, UserRecord>;
  readonly devices: Map<DeviceId, DeviceState>;
  readonly apps: Map<AppId, AppState>;
  /** Revoked ones stay. */
  readonly grants: Map<Uid, GrantRecord>;
  /** Which device has it. */
  readonly subscriptions: Map<SubscriptionId, DeviceState>;
  readonly devicesOfUser: Map<UserId, Set<DeviceState>>;
  /** By `keys.message`. */
  readonly messages: Map<string, StoredMessage>;
  readonly receipts: Map<ReceiptSubscriptionId, ReceiptsState>;
  readonly kept: Map<string, Uint8Array>;
  /** By `keys.network`. */
  readonly networks: Map<string, readonly FleetReport[]>;
}

export function emptyState(): State {
  return {
    users: new Map(),
    devices: new Map(),
    apps: new Map(),
    grants: new Map(),
    subscriptions: new Map(),
    devicesOfUser: new Map(),
    messages: new Map(),
    receipts: new Map(),
    kept: new Map(),
    networks: new Map(),
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
}

/** The message and what waits of it, if anything; it gives no receipt. */
export function removeMessage(state: State, message: StoredMessage): void {
  for (const target of message.targets) {
    state.devices.get(target.device)?.waiting.delete(target.id);
  }
  state.messages.delete(keys.message(message.sender, message.reference));
}

export function outboxOf(state: State, sender: SenderId): Outbox | undefined {
  return isReceiptSubscription(sender) ? state.receipts.get(sender) : state.apps.get(sender);
}

/** True when something was put into the outbox. */
export function putOutbox(state: State, { sender, item }: Receipt): boolean {
  const holder = outboxOf(state, sender);
  if (holder === undefined || holder.outbox.size >= limits.outboxItems) return false;
  const sequence = holder.nextSequence;
  holder.nextSequence += 1;
  holder.outbox.set(sequence, { ...item, sequence });
  return true;
}
