// Notifications in level: accept, acknowledge, and what is due to expire.

import type { DeviceId, NotificationId, SenderId } from '../../core/ids.js';
import type {
  AcceptRequest, AcceptResult, AcceptTarget, AcknowledgeRequest, NotificationRecord, SubscriptionRecord,
} from '../../ports/store.js';
import {
  messageCodec, notificationCodec, notificationRecord, outboxHeadCodec, queueHeadCodec, subscriptionCodec,
} from '../../wire/record-codec.js';
import type { MessageTarget, StoredMessage } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, numberOf, rangeOfExpiry, recordOfExpiry, timeOfExpiry } from '../keys.js';
import { isReceiptSubscription, linkOfCopies, owesReceipt } from '../rules.js';
import { endMessage } from './messages.js';
import * as networks from './networks.js';
import { endReceipts, isActive, openReceipts, putReceipt, removeItem } from './outbox.js';
import type { Transaction } from './transaction.js';
import { enqueue, forgetNotification, messageOf, notificationIdOf, removeNotification } from './waiting.js';

export function accept(transaction: Transaction, request: AcceptRequest): AcceptResult {
  const { message, grant } = request;
  if (grant !== undefined && !isActive(transaction, grant)) return { outcome: 'revoked' };
  let messageKey = '';
  let touched: readonly SenderId[] = [];
  if (message !== undefined) {
    const { uid, sender } = message;
    if (uid !== undefined && !isActive(transaction, uid, sender)) return { outcome: 'revoked' };
    // Each app has one, and it is cached.
    const known = isReceiptSubscription(sender) || transaction.record(keys.outboxHead(sender), outboxHeadCodec) !== undefined;
    if (!known) return { outcome: 'revoked' };
    messageKey = keys.message(sender, message.reference);
    const older = transaction.record(messageKey, messageCodec);
    if (older !== undefined && older.expiresAtMs > request.acceptedAtMs) return { outcome: 'duplicate' };
    if (older !== undefined) touched = endMessage(transaction, older, request.acceptedAtMs);
    if (isReceiptSubscription(sender)) openReceipts(transaction, sender, request);
  }
  const links = linksFor(transaction, request);
  if (message === undefined && links !== undefined) messageKey = keys.message(links.sender, links.reference);
  const notifications: NotificationRecord[] = [];
  const targets: MessageTarget[] = [];
  for (const target of request.targets) {
    const subscription = subscriptionOf(transaction, target);
    if (subscription === undefined) continue;
    const [last, missed] = enqueue(transaction, subscription, { ...request, messageKey, missed: 0 });
    if (missed !== undefined) notifications.push(notificationRecord(target.device, missed));
    notifications.push(notificationRecord(target.device, last));
    targets.push({ device: target.device, id: last.id, ...(target.fallback && { fallback: target.fallback }) });
  }
  const named = message ?? links;
  if (named !== undefined) {
    const { expiresAtMs } = request;
    transaction.put(messageKey, messageCodec, { ...named, receiptSent: false, expiresAtMs, targets });
    transaction.markExpiry(expiresAtMs, messageKey);
    if (message?.uid !== undefined) {
      transaction.point(keys.messageOfGrant(message.uid, message.reference), messageKey);
    }
  }
  return { outcome: 'accepted', notifications, touched };
}

/** For a message without a name that has copies for when nobody takes the others. */
function linksFor(
  transaction: Transaction,
  { message, targets }: AcceptRequest,
): Pick<StoredMessage, 'sender' | 'reference' | 'receiptWanted'> | undefined {
  if (message !== undefined || !targets.some(({ fallback }) => fallback)) return undefined;
  const first = targets.find((target) => subscriptionOf(transaction, target) !== undefined);
  const head = first && transaction.record(keys.queueHead(first.device), queueHeadCodec);
  if (first === undefined || head === undefined) return undefined;
  return { ...linkOfCopies(first.device, head.nextId), receiptWanted: false };
}

/** By its alias, as the caller knows it, or by its id; undefined when it is gone. */
function subscriptionOf(transaction: Transaction, target: AcceptTarget): SubscriptionRecord | undefined {
  const key = keys.subscription(target.device, target.alias);
  const known = transaction.record(key, subscriptionCodec);
  if (known?.id === target.subscription) return known;
  const place = transaction.pointer(keys.subscriptionOfId(target.subscription));
  const found = place === undefined ? undefined : transaction.record(place, subscriptionCodec);
  return found?.device === target.device ? found : undefined;
}

export function acknowledge(transaction: Transaction, request: AcknowledgeRequest): readonly SenderId[] {
  const touched = new Set<SenderId>();
  for (const id of request.ids) {
    const stored = removeNotification(transaction, request.device, id);
    const message = stored && messageOf(transaction, stored);
    if (stored === undefined || message === undefined) continue;
    removeFallback(transaction, message, { device: request.device, id });
    if (!owesReceipt(message)) continue;
    if (message.uid !== undefined && request.hiddenUids.includes(message.uid)) continue;
    transaction.put(stored.messageKey, messageCodec, { ...message, receiptSent: true });
    if (putReceipt(transaction, message, 'acknowledged', request.nowMs)) touched.add(message.sender);
  }
  return [...touched];
}

/** Somebody took the message: the copies for when nobody does go, unless it was one of them that was taken. */
function removeFallback(transaction: Transaction, { targets }: StoredMessage, taken: MessageTarget): void {
  if (!targets.some(({ fallback }) => fallback)) return;
  if (targets.some(({ device, id, fallback }) => fallback && device === taken.device && id === taken.id)) return;
  for (const { device, id, fallback } of targets) if (fallback) removeNotification(transaction, device, id);
}

export function withdraw(transaction: Transaction, device: DeviceId, id: NotificationId): boolean {
  const stored = removeNotification(transaction, device, id);
  const message = stored && messageOf(transaction, stored);
  if (message?.receiptWanted) transaction.put(stored?.messageKey ?? '', messageCodec, { ...message, receiptWanted: false });
  return stored !== undefined;
}

export async function expire(
  transaction: Transaction,
  nowMs: number,
  limit: number,
): Promise<{ removed: number; touched: readonly SenderId[]; more: boolean }> {
  const due = await dueAt(transaction, nowMs, limit + 1);
  const removed = due.slice(0, limit);
  const touched = new Set<SenderId>();
  for (const key of removed) {
    // Its record may be gone without it if it could not be read.
    transaction.delete(key);
    for (const sender of removeExpired(transaction, recordOfExpiry(key), nowMs)) touched.add(sender);
  }
  return { removed: removed.length, touched: [...touched], more: due.length > removed.length };
}

/** The earliest `limit` entries that are due. */
async function dueAt(transaction: Transaction, nowMs: number, limit: number): Promise<readonly string[]> {
  const { horizon } = transaction;
  if (horizon.earliestMs > nowMs) return [];
  const [first] = await transaction.keys(rangeOfExpiry(horizon.earliestMs, Infinity), 1);
  const firstMs = first === undefined ? Infinity : timeOfExpiry(first);
  horizon.raise(firstMs);
  return firstMs > nowMs ? [] : transaction.keys(rangeOfExpiry(firstMs, nowMs), limit);
}

function removeExpired(transaction: Transaction, key: string, nowMs: number): readonly SenderId[] {
  if (!transaction.has(key)) return [];
  const [kind, owner = '', field = ''] = fieldsOf(key);
  switch (kind) {
    case kinds.notification: {
      const readable = transaction.readable(key, notificationCodec) !== undefined;
      if (readable) removeNotification(transaction, owner as DeviceId, notificationIdOf(key));
      else forgetNotification(transaction, key);
      return [];
    }
    case kinds.outboxItem:
      removeItem(transaction, owner as SenderId, numberOf(field));
      return [];
    case kinds.message: {
      const message = transaction.readable(key, messageCodec);
      if (message !== undefined) return endMessage(transaction, message, nowMs);
      transaction.delete(key);
      return [];
    }
    case kinds.outboxHead:
      endReceipts(transaction, key, nowMs);
      return [];
    case kinds.network:
      networks.remove(transaction, key);
      return [];
    default:
      throw new Error(`store: an expiry entry points to ${JSON.stringify(key)}`);
  }
}
