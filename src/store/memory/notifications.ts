// The queue of the memory store: accept, acknowledge, cancel, expire.

import type { DeviceId, NotificationId, ReceiptSubscriptionId, SenderId } from '../../core/ids.js';
import { urgencies } from '../../core/frames.js';
import { limits } from '../../core/limits.js';
import type {
  AcceptRequest, AcceptResult, AcknowledgeRequest, NotificationRecord, SubscriptionRecord,
} from '../../ports/store.js';
import { messageCodec, notificationCodec, notificationRecord } from '../../wire/record-codec.js';
import type { MessageTarget, StoredMessage, StoredNotification } from '../../wire/record-codec.js';
import { keys } from '../keys.js';
import {
  isReceiptSubscription, kept, linkOfCopies, networkExpiresAtMs, owesReceipt, receipt, receiptsExpireAtMs,
} from '../rules.js';
import { isActive, putOutbox, removeMessage, subscriptionOf } from './state.js';
import type { DeviceState, State } from './state.js';

export function accept(state: State, request: AcceptRequest): AcceptResult {
  const { message } = request;
  const { grant } = request;
  if (grant !== undefined && !isActive(state, grant)) return { outcome: 'revoked' };
  if (message !== undefined) {
    const { uid, sender } = message;
    if (uid !== undefined && !isActive(state, uid, sender)) return { outcome: 'revoked' };
    if (!isReceiptSubscription(sender) && !state.apps.has(sender)) return { outcome: 'revoked' };
  }

  const named = message ?? linksFor(state, request);
  const messageKey = named === undefined ? '' : keys.message(named.sender, named.reference);
  const older = state.messages.get(messageKey);
  if (older !== undefined && older.expiresAtMs > request.acceptedAtMs) return { outcome: 'duplicate' };
  const record = named && kept(messageCodec, {
    ...named, receiptSent: false, expiresAtMs: request.expiresAtMs, targets: [],
  });
  const touched = older === undefined ? [] : endMessage(state, older, request.acceptedAtMs);
  if (message !== undefined && isReceiptSubscription(message.sender)) openReceipts(state, message.sender, request);

  const notifications: NotificationRecord[] = [];
  const targets: MessageTarget[] = [];
  for (const target of request.targets) {
    const device = state.devices.get(target.device);
    const subscription = device && subscriptionOf(device, target.subscription);
    if (device === undefined || subscription === undefined) continue;
    collapse(state, device, subscription, request.topic);
    const missed = dropOldest(device, subscription, request.acceptedAtMs);
    const stored = enqueue(device, subscription, { ...request, messageKey, missed: 0 });
    targets.push({ device: target.device, id: stored.id, ...(target.fallback && { fallback: target.fallback }) });
    for (const added of missed === undefined ? [stored] : [missed, stored]) {
      notifications.push(notificationRecord(target.device, { ...added, data: new Uint8Array(added.data) }));
    }
  }
  if (record !== undefined) state.messages.set(messageKey, { ...record, targets });
  return { outcome: 'accepted', notifications, touched };
}

/** For a message without a name that has copies for when nobody takes the others. */
function linksFor(
  state: State,
  { targets }: AcceptRequest,
): Pick<StoredMessage, 'sender' | 'reference' | 'receiptWanted'> | undefined {
  if (!targets.some(({ fallback }) => fallback)) return undefined;
  for (const { device: id, subscription } of targets) {
    const device = state.devices.get(id);
    if (device === undefined || subscriptionOf(device, subscription) === undefined) continue;
    return { ...linkOfCopies(id, device.nextId), receiptWanted: false };
  }
  return undefined;
}

function openReceipts(state: State, sender: ReceiptSubscriptionId, { acceptedAtMs, expiresAtMs }: AcceptRequest): void {
  const until = receiptsExpireAtMs(expiresAtMs);
  const standing = state.receipts.get(sender);
  if (standing === undefined) state.receipts.set(sender, { nextSequence: acceptedAtMs, outbox: new Map(), expiresAtMs: until });
  else standing.expiresAtMs = Math.max(standing.expiresAtMs, until);
}

function enqueue(
  device: DeviceState,
  subscription: SubscriptionRecord,
  fields: Omit<StoredNotification, 'id' | 'subscription' | 'alias'>,
): StoredNotification {
  const { id: subscriptionId, alias } = subscription;
  const stored = kept(notificationCodec, {
    ...fields, id: device.nextId, subscription: subscriptionId, alias,
  });
  device.nextId += 1;
  device.waiting.set(stored.id, stored);
  return stored;
}

function collapse(
  state: State,
  device: DeviceState,
  { alias }: SubscriptionRecord,
  topic: string,
): void {
  if (topic === '') return;
  for (const stored of device.waiting.values()) {
    if (stored.alias !== alias || stored.topic !== topic) continue;
    device.waiting.delete(stored.id);
    const message = state.messages.get(stored.messageKey);
    if (message !== undefined) {
      state.messages.set(stored.messageKey, { ...message, receiptWanted: false });
    }
  }
}

/** Makes room for one more; the record that tells of what was dropped, if it was. */
function dropOldest(
  device: DeviceState,
  subscription: SubscriptionRecord,
  acceptedAtMs: number,
): StoredNotification | undefined {
  const waiting = [...device.waiting.values()].filter(({ alias }) => alias === subscription.alias);
  const before = waiting.find(({ missed }) => missed > 0);
  const whole = waiting.filter(({ missed }) => missed === 0);
  const oldest = whole[0];
  if (oldest === undefined || whole.length < limits.waitingPerSubscription) return undefined;
  device.waiting.delete(oldest.id);
  if (before !== undefined) device.waiting.delete(before.id);
  const parts = before === undefined ? [oldest] : [before, oldest];
  const urgency = urgencies[Math.max(...parts.map((part) => urgencies.indexOf(part.urgency)))];
  return enqueue(device, subscription, {
    urgency: urgency ?? oldest.urgency,
    topic: '',
    acceptedAtMs,
    expiresAtMs: Math.max(...parts.map((part) => part.expiresAtMs)),
    data: new Uint8Array(0),
    missed: (before?.missed ?? 0) + 1,
    messageKey: '',
  });
}

export function acknowledge(state: State, request: AcknowledgeRequest): SenderId[] {
  const device = state.devices.get(request.device);
  if (device === undefined) return [];
  const touched = new Set<SenderId>();
  for (const id of request.ids) {
    const stored = device.waiting.get(id);
    if (stored === undefined) continue;
    device.waiting.delete(id);
    const message = state.messages.get(stored.messageKey);
    if (message === undefined) continue;
    removeFallback(state, message, { device: request.device, id });
    if (!owesReceipt(message)) continue;
    if (message.uid !== undefined && request.hiddenUids.includes(message.uid)) continue;
    state.messages.set(stored.messageKey, { ...message, receiptSent: true });
    if (putOutbox(state, receipt(message, 'acknowledged', request.nowMs))) touched.add(message.sender);
  }
  return [...touched];
}

/** Somebody took the message: the copies for when nobody does go, unless it was one of them that was taken. */
function removeFallback(state: State, { targets }: StoredMessage, taken: MessageTarget): void {
  if (targets.some(({ device, id, fallback }) => fallback && device === taken.device && id === taken.id)) return;
  for (const { device, id, fallback } of targets) if (fallback) state.devices.get(device)?.waiting.delete(id);
}

export function withdraw(state: State, device: DeviceId, id: NotificationId): boolean {
  const stored = state.devices.get(device)?.waiting.get(id);
  if (stored === undefined) return false;
  state.devices.get(device)?.waiting.delete(id);
  const message = state.messages.get(stored.messageKey);
  if (message !== undefined) state.messages.set(stored.messageKey, { ...message, receiptWanted: false });
  return true;
}

export function cancel(state: State, sender: SenderId, reference: string): DeviceId[] | undefined {
  const message = state.messages.get(keys.message(sender, reference));
  if (message === undefined) return undefined;
  removeMessage(state, message);
  return [...new Set(message.targets.map(({ device }) => device))];
}

/** Removes it and what waits of it; the apps that now have a receipt. */
function endMessage(state: State, message: StoredMessage, nowMs: number): SenderId[] {
  removeMessage(state, message);
  if (!owesReceipt(message)) return [];
  return putOutbox(state, receipt(message, 'expired', nowMs)) ? [message.sender] : [];
}

export function expire(
  state: State,
  nowMs: number,
  limit: number,
): { removed: number; touched: SenderId[]; more: boolean } {
  const due: { readonly key: string; readonly remove: () => SenderId[] }[] = [];
  function consider(expiresAtMs: number, recordKey: string, remove: () => SenderId[]): void {
    if (expiresAtMs <= nowMs) due.push({ key: keys.expiry(expiresAtMs, recordKey), remove });
  }
  for (const [id, device] of state.devices) {
    for (const stored of device.waiting.values()) {
      consider(stored.expiresAtMs, keys.notification(id, stored.id), () => {
        device.waiting.delete(stored.id);
        return [];
      });
    }
  }
  for (const [id, { outbox }] of [...state.apps, ...state.receipts]) {
    for (const { sequence, expiresAtMs } of outbox.values()) {
      consider(expiresAtMs, keys.outboxItem(id, sequence), () => {
        outbox.delete(sequence);
        return [];
      });
    }
  }
  for (const [id, receipts] of state.receipts) {
    consider(receipts.expiresAtMs, keys.outboxHead(id), () => {
      if (receipts.outbox.size === 0) state.receipts.delete(id);
      else receipts.expiresAtMs = receiptsExpireAtMs(nowMs);
      return [];
    });
  }
  for (const [key, message] of state.messages) {
    consider(message.expiresAtMs, key, () => endMessage(state, message, nowMs));
  }
  for (const [key, reports] of state.networks) {
    consider(networkExpiresAtMs(reports), key, () => {
      state.networks.delete(key);
      return [];
    });
  }
  due.sort((one, other) => (one.key < other.key ? -1 : 1));
  const touched = new Set<SenderId>();
  const removed = due.slice(0, limit);
  for (const { remove } of removed) for (const app of remove()) touched.add(app);
  return { removed: removed.length, touched: [...touched], more: due.length > removed.length };
}
