// What waits for a device in level: its numbered notifications, and for each subscription the list of their
// numbers. Every lookup is a point lookup; docs/decisions/0006-the-store-on-level.md tells what stands under which key.
//
// Nearly everything is acknowledged soon, so a list is not written for each one that goes: on disk it may name a few that are not there
// any more, and its head a few subscriptions for which nothing waits. In memory the lists are exact; one that is read is made so.
// For the same reason a list has one expiry entry for all of it. That stands when the first of it expires, or before, when that one was
// taken since: whoever comes at that time looks what is due, and moves the entry to when the first of the rest is.

import { urgencies } from '../../core/frames.js';
import type { Alias, DeviceId, NotificationId } from '../../core/ids.js';
import { joined } from '../../core/joined.js';
import { limits } from '../../core/limits.js';
import type { Mutable } from '../../core/mutable.js';
import type { AcceptRequest, SubscriptionRecord } from '../../ports/store.js';
import {
  messageCodec, notificationCodec, queueHeadCodec, subscriptionQueueCodec,
} from '../../wire/record-codec.js';
import type { StoredMessage, StoredNotification, SubscriptionQueue } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, numberOf, often, rangeOf, text } from '../keys.js';
import { owesReceipt } from '../rules.js';
import { removeClearsOf } from './clears.js';
import type { Numbers } from './numbers.js';
import type { Transaction } from './transaction.js';

type Fields = Omit<StoredNotification, 'id' | 'subscription' | 'alias'>;

/** A queue that lists just what waits. */
interface ExactQueue extends SubscriptionQueue {
  readonly missedId: NotificationId | undefined;
  readonly expiresAtMs: number | undefined;
  /** So many more stand on disk. */
  readonly gone: number;
}

const emptyQueue: ExactQueue = { ids: [], missedId: undefined, expiresAtMs: undefined, gone: 0 };
/** So many that are gone a list on disk may name: whoever reads it looks each of them up. */
const mostGone = 3;
/** A head with so few subscriptions keeps those for which nothing waits any more. */
const fewAliases = 4;

/** Makes room for one more; the record that tells what was dropped for it, if anything was, with a number of its own. */
export function makeRoom(
  transaction: Transaction,
  { id: subscription, device, alias }: SubscriptionRecord,
  { topic, acceptedAtMs }: Pick<Fields, 'topic' | 'acceptedAtMs'>,
  numbers: Numbers,
): StoredNotification | undefined {
  if (topic !== '') collapse(transaction, device, alias, topic);
  const queue = queueOf(transaction, device, alias);
  if (queue.ids.length < limits.waitingPerSubscription) return undefined;
  const dropped = dropOldest(transaction, device, queue);
  const missed = { ...dropped, id: numbers.take(device), subscription, alias, acceptedAtMs };
  put(transaction, device, missed);
  const expiresAtMs = expiringFrom(transaction, queue, { device, alias, expiresAtMs: missed.expiresAtMs });
  putQueue(transaction, often.ofDevice(device).subscriptionQueue(alias), { ids: queue.ids.slice(1), missedId: missed.id, expiresAtMs });
  return missed;
}

/** Puts it last. */
export function enqueue(
  transaction: Transaction,
  { id: subscription, device, alias }: SubscriptionRecord,
  { urgency, topic, acceptedAtMs, expiresAtMs, encrypted }: Pick<Fields, Exclude<keyof Fields & keyof AcceptRequest, 'data'>>,
  { id, data, messageKey }: Pick<StoredNotification, 'id' | 'data' | 'messageKey'>,
): StoredNotification {
  const own = often.ofDevice(device);
  const head = transaction.record(own.queueHead, queueHeadCodec);
  if (head === undefined) throw new Error(`store: device ${device} has no queue head`);
  const queue = queueOf(transaction, device, alias);
  const last: Mutable<StoredNotification> = {
    id, subscription, alias, urgency, topic, acceptedAtMs, expiresAtMs, data, missed: 0, messageKey,
  };
  if (encrypted === true) last.encrypted = encrypted;
  const key = put(transaction, device, last);
  if (topic !== '') transaction.point(keys.topic(device, alias, topic), key);
  const ids = joined(queue.ids, id);
  const firstMs = expiringFrom(transaction, queue, { device, alias, expiresAtMs });
  putQueue(transaction, own.subscriptionQueue(alias), { ids, missedId: queue.missedId, expiresAtMs: firstMs });
  if (!head.waitingAliases.includes(alias)) {
    const waitingAliases = [...head.waitingAliases, alias].sort((one, other) => one - other);
    transaction.putLater(own.queueHead, queueHeadCodec, { ...head, waitingAliases });
  }
  return last;
}

/** What waits for the subscription and nothing else. */
function queueOf(transaction: Transaction, device: DeviceId, alias: Alias): ExactQueue {
  const queue = transaction.record(often.ofDevice(device).subscriptionQueue(alias), subscriptionQueueCodec);
  return queue === undefined ? emptyQueue : exact(transaction, device, queue);
}

function exact(transaction: Transaction, device: DeviceId, queue: SubscriptionQueue | ExactQueue): ExactQueue {
  if ('gone' in queue) return queue;
  const own = often.ofDevice(device);
  const ids = queue.ids.filter((id) => transaction.has(own.notification(id)));
  return { ids, missedId: queue.missedId, expiresAtMs: queue.expiresAtMs, gone: queue.ids.length - ids.length };
}

/** All that it names. */
function named({ ids, missedId }: SubscriptionQueue): readonly NotificationId[] {
  return missedId === undefined ? ids : [missedId, ...ids];
}

/** When the list's expiry entry stands once it also names what expires then; the entry is moved there. */
function expiringFrom(transaction: Transaction, { expiresAtMs: standsAtMs }: ExactQueue, { device, alias, expiresAtMs }: {
  readonly device: DeviceId;
  readonly alias: Alias;
  readonly expiresAtMs: number;
}): number {
  if (standsAtMs !== undefined && standsAtMs <= expiresAtMs) return standsAtMs;
  const waiting = keys.waiting(device, alias);
  if (standsAtMs !== undefined) transaction.unmarkExpiry(standsAtMs, waiting);
  transaction.markExpiry(expiresAtMs, waiting);
  return expiresAtMs;
}

function putQueue(transaction: Transaction, queueKey: string, { ids, missedId, expiresAtMs }: Omit<ExactQueue, 'gone'>): void {
  const written: ExactQueue = { ids, missedId, expiresAtMs, gone: 0 };
  transaction.putLater(queueKey, subscriptionQueueCodec, written);
}

function put(transaction: Transaction, device: DeviceId, stored: StoredNotification): string {
  const key = often.ofDevice(device).notification(stored.id);
  transaction.put(key, notificationCodec, stored);
  transaction.count('waitingNotifications', 1);
  return key;
}

function collapse(transaction: Transaction, device: DeviceId, alias: Alias, topic: string): void {
  const replaced = transaction.pointer(keys.topic(device, alias, topic));
  if (replaced === undefined) return;
  const stored = removeNotification(transaction, device, notificationIdOf(replaced));
  if (stored === undefined) return;
  const message = messageOf(transaction, stored);
  if (message === undefined || !owesReceipt(message)) return;
  transaction.put(stored.messageKey, messageCodec, { ...message, receiptWanted: false });
}

/** What tells of the oldest, and of those that were dropped before it; both are removed. */
function dropOldest(
  transaction: Transaction,
  device: DeviceId,
  { ids, missedId }: ExactQueue,
): Omit<StoredNotification, 'id' | 'subscription' | 'alias' | 'acceptedAtMs'> {
  const before = missedId === undefined ? undefined : takeListed(transaction, device, missedId);
  const oldest = takeListed(transaction, device, ids[0] ?? 0);
  const rank = Math.max(...[before, oldest].map((part) => (part ? urgencies.indexOf(part.urgency) : 0)));
  return {
    urgency: urgencies[rank] ?? 'normal',
    topic: '',
    expiresAtMs: Math.max(before?.expiresAtMs ?? 0, oldest?.expiresAtMs ?? 0),
    data: new Uint8Array(0),
    missed: (before?.missed ?? 0) + 1,
    ...(before && { missedFrom: before.missedFrom ?? before.id }),
    messageKey: '',
  };
}

/** Removes the record and its index entry, but not its place in the queue of its subscription. */
function takeAway(
  transaction: Transaction,
  device: DeviceId,
  id: NotificationId,
): StoredNotification | undefined {
  const key = often.ofDevice(device).notification(id);
  const stored = transaction.readable(key, notificationCodec);
  if (stored === undefined) return undefined;
  transaction.delete(key);
  if (stored.topic !== '') transaction.delete(keys.topic(device, stored.alias, stored.topic));
  transaction.count('waitingNotifications', -1);
  return stored;
}

/** The same of one whose list forgets it: it goes also when it cannot be read, or nobody would find it again. */
function takeListed(transaction: Transaction, device: DeviceId, id: NotificationId): StoredNotification | undefined {
  const stored = takeAway(transaction, device, id);
  const key = often.ofDevice(device).notification(id);
  if (stored !== undefined || !transaction.has(key)) return stored;
  transaction.delete(key);
  transaction.count('waitingNotifications', -1);
  return undefined;
}

/** The one that was removed; undefined when it does not wait, or cannot be read (`expireWaiting` removes it then). */
export function removeNotification(
  transaction: Transaction,
  device: DeviceId,
  id: NotificationId,
): StoredNotification | undefined {
  const stored = takeAway(transaction, device, id);
  if (stored !== undefined) dequeue(transaction, { device, alias: stored.alias, id });
  return stored;
}

function dequeue(transaction: Transaction, { device, alias, id }: {
  readonly device: DeviceId;
  readonly alias: Alias;
  readonly id: NotificationId;
}): void {
  const own = often.ofDevice(device);
  const queueKey = own.subscriptionQueue(alias);
  // Whoever removes must get on even when the list is damaged.
  const queue = transaction.readable(queueKey, subscriptionQueueCodec);
  if (queue === undefined) return;
  const { ids, missedId, expiresAtMs, gone } = exact(transaction, device, queue);
  const others = ids.filter((other) => other !== id);
  const left: ExactQueue = {
    ids: others, missedId: missedId === id ? undefined : missedId, expiresAtMs, gone: gone + ids.length - others.length,
  };
  const isEmpty = others.length === 0 && left.missedId === undefined;
  const head = isEmpty ? transaction.readable(own.queueHead, queueHeadCodec) : undefined;
  if (head !== undefined && head.waitingAliases.length > fewAliases) removeQueue(transaction, device, alias, left);
  else if (missedId !== id && left.gone <= mostGone && transaction.writer(queueKey) !== 'this') transaction.remember(queueKey, left);
  else if (isEmpty) deleteQueue(transaction, device, alias, left);
  else putQueue(transaction, queueKey, left);
}

function deleteQueue(transaction: Transaction, device: DeviceId, alias: Alias, { expiresAtMs }: SubscriptionQueue): void {
  transaction.delete(often.ofDevice(device).subscriptionQueue(alias));
  if (expiresAtMs !== undefined) transaction.unmarkExpiry(expiresAtMs, keys.waiting(device, alias));
}

export async function removeWaitingOf(
  transaction: Transaction,
  device: DeviceId,
  alias: Alias,
): Promise<void> {
  removeClearsOf(transaction, device, alias);
  const queueKey = often.ofDevice(device).subscriptionQueue(alias);
  if (!transaction.has(queueKey)) return;
  const queue = transaction.readable(queueKey, subscriptionQueueCodec) ?? await listedAnew(transaction, device, alias);
  for (const id of named(queue)) takeListed(transaction, device, id);
  removeQueue(transaction, device, alias, queue);
}

function removeQueue(transaction: Transaction, device: DeviceId, alias: Alias, queue: SubscriptionQueue): void {
  deleteQueue(transaction, device, alias, queue);
  const headKey = often.ofDevice(device).queueHead;
  const head = transaction.readable(headKey, queueHeadCodec);
  if (head === undefined) return;
  const waitingAliases = head.waitingAliases.filter((other) => other !== alias);
  transaction.putLater(headKey, queueHeadCodec, { ...head, waitingAliases });
}

/**
 * Removes what is due of all that waits for a subscription, the earliest first and at most `most`; the expiry entry that led here is gone,
 * and there is a new one if any is left. What cannot be read is due. `more` when more is due.
 */
export async function expireWaiting(transaction: Transaction, { device, alias, nowMs, most }: {
  readonly device: DeviceId;
  readonly alias: Alias;
  readonly nowMs: number;
  readonly most: number;
}): Promise<{ readonly removed: number; readonly looked: number; readonly more: boolean }> {
  const own = often.ofDevice(device);
  const queueKey = own.subscriptionQueue(alias);
  if (!transaction.has(queueKey)) return { removed: 0, looked: 1, more: false };
  const known = transaction.readable(queueKey, subscriptionQueueCodec);
  const queue = known === undefined ? await listedAnew(transaction, device, alias) : exact(transaction, device, known);
  const all = named(queue);
  const byTime = all
    .map((id) => ({ id, expiresAtMs: transaction.readable(own.notification(id), notificationCodec)?.expiresAtMs ?? -Infinity }))
    .sort((one, other) => one.expiresAtMs - other.expiresAtMs || one.id - other.id);
  const due = byTime.filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
  const gone = new Set<NotificationId>();
  for (const { id } of due.slice(0, most)) {
    takeListed(transaction, device, id);
    gone.add(id);
  }
  const first = byTime[gone.size];
  if (first === undefined) {
    removeQueue(transaction, device, alias, emptyQueue);
  } else {
    const expiresAtMs = Math.max(0, first.expiresAtMs);
    transaction.markExpiry(expiresAtMs, keys.waiting(device, alias));
    const isLeft = (id: NotificationId): boolean => !gone.has(id);
    const missedId = queue.missedId !== undefined && isLeft(queue.missedId) ? queue.missedId : undefined;
    putQueue(transaction, queueKey, { ids: queue.ids.filter(isLeft), missedId, expiresAtMs });
  }
  return { removed: gone.size, looked: all.length + 1, more: due.length > gone.size };
}

/** For a list that is damaged: what it must have named. */
async function listedAnew(transaction: Transaction, device: DeviceId, alias: Alias): Promise<ExactQueue> {
  const ids: NotificationId[] = [];
  let missedId: NotificationId | undefined;
  for (const key of await transaction.keys(rangeOf(kinds.notification, text(device)), Infinity)) {
    const stored = transaction.readable(key, notificationCodec);
    // Whose it was nobody can tell any more.
    if (stored === undefined) takeListed(transaction, device, notificationIdOf(key));
    else if (stored.alias === alias && stored.missed > 0) missedId = stored.id;
    else if (stored.alias === alias) ids.push(stored.id);
  }
  return { ...emptyQueue, ids, missedId };
}

function notificationIdOf(key: string): NotificationId {
  const [, , id = ''] = fieldsOf(key);
  return numberOf(id);
}

/** The message it came from, while that lives. */
export function messageOf(transaction: Transaction, { messageKey }: StoredNotification): StoredMessage | undefined {
  return messageKey === '' ? undefined : transaction.readable(messageKey, messageCodec);
}
