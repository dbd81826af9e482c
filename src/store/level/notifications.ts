// Notifications in level: accept, acknowledge, and what is due to expire.

import type { SenderId, DeviceId } from '../../core/ids.js';
import { joined } from '../../core/joined.js';
import type {
  AcceptAsker, AcceptRequest, AcceptResult, AcceptTarget, AcknowledgeRequest, MessageReference, NotificationRecord,
  SubscriptionRecord,
} from '../../ports/store.js';
import {
  messageCodec, notificationRecord, outboxHeadCodec,
} from '../../wire/record-codec.js';
import { subscriptionCodec } from '../../wire/registry-codec.js';
import type { MessageTarget } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, numberOf, often, rangeOfExpiry, recordOfExpiry, timeOfExpiry } from '../keys.js';
import { isReceiptSubscription, linkOfCopies, needsLink, owesReceipt } from '../rules.js';
import * as documents from './documents.js';
import { endMessage, forgetMessage, takeCopy } from './messages.js';
import * as networks from './networks.js';
import { Numbers } from './numbers.js';
import * as outbox from './outbox.js';
import type { Transaction } from './transaction.js';
import { enqueue, expireWaiting, makeRoom, messageOf, removeNotification } from './waiting.js';

const nobody: readonly SenderId[] = [];

export function accept(transaction: Transaction, request: AcceptRequest, asker: Pick<AcceptAsker, 'foretold'>): AcceptResult | Promise<AcceptResult> {
  const { message, grant } = request;
  if (grant !== undefined && !outbox.isActive(transaction, grant)) return { outcome: 'revoked' };
  let touched = nobody;
  if (message !== undefined) {
    const { uid, sender } = message;
    if (uid !== undefined && !outbox.isActive(transaction, uid, sender)) return { outcome: 'revoked' };
    const begins = isReceiptSubscription(sender);
    // Each app has one, and it is cached.
    if (!begins && transaction.record(keys.outboxHead(sender), outboxHeadCodec) === undefined) return { outcome: 'revoked' };
    const older = transaction.record(keys.message(sender, message.reference), messageCodec);
    if (older !== undefined && older.expiresAtMs > request.acceptedAtMs) return { outcome: 'duplicate' };
    if (older !== undefined) touched = endMessage(transaction, older, request.acceptedAtMs);
    if (begins) outbox.hold(transaction, sender, request);
  }
  let places: readonly Place[] = [];
  for (const target of request.targets) {
    const subscription = subscriptionOf(transaction, target);
    if (subscription !== undefined) places = joined(places, { target, subscription });
  }
  const numbers = Numbers.of(transaction, places);
  if (numbers instanceof Promise) return numbers.then((later) => keepCopies(transaction, { request, places, numbers: later, touched, asker }));
  return keepCopies(transaction, { request, places, numbers, touched, asker });
}

/** A target whose subscription still exists. */
interface Place {
  readonly target: AcceptTarget;
  readonly subscription: SubscriptionRecord;
}

function keepCopies(transaction: Transaction, { request, places, numbers, touched, asker }: {
  readonly request: AcceptRequest;
  readonly places: readonly Place[];
  readonly numbers: Numbers;
  readonly touched: readonly SenderId[];
  readonly asker: Pick<AcceptAsker, 'foretold'>;
}): AcceptResult {
  const message = request.message ?? linkOf(transaction, places, numbers);
  const messageKey = message === undefined ? '' : keys.message(message.sender, message.reference);
  const missed = places.map(({ subscription }) => makeRoom(transaction, subscription, request, numbers));
  let notifications: readonly NotificationRecord[] = [];
  const targets: MessageTarget[] = [];
  const ids = numbers.takeForCopies();
  // The caller's own may be a part of much more, and what was just kept stays at hand.
  const data = new Uint8Array(request.data);
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index];
    if (place === undefined) break;
    const { target: { device, fallback }, subscription } = place;
    const id = ids[index] ?? 0;
    const before = missed[index];
    if (before !== undefined) notifications = joined(notifications, notificationRecord(device, before));
    notifications = joined(notifications, notificationRecord(device, enqueue(transaction, subscription, request, { id, data, messageKey })));
    if (message !== undefined) targets.push(fallback === true ? { device, id, fallback } : { device, id });
  }
  if (message !== undefined) {
    const { expiresAtMs } = request;
    transaction.put(messageKey, messageCodec, { ...message, receiptSent: false, expiresAtMs, targets });
    transaction.markExpiry(expiresAtMs, messageKey);
    if (message.uid !== undefined) {
      transaction.point(keys.messageOfGrant(message.uid, message.reference), messageKey);
    }
  }
  asker.foretold?.(notifications, numbers.areCertain);
  return { outcome: 'accepted', notifications, touched };
}

/** What links the copies of a message without a name, if one of those that will be is for when nobody takes another. */
function linkOf(transaction: Transaction, places: readonly Place[], numbers: Numbers): MessageReference | undefined {
  const targets = places.map(({ target }) => target);
  const [first] = targets;
  if (first === undefined || !needsLink(targets)) return undefined;
  const made = linkOfCopies(first.device, numbers.next(first.device));
  // Of a device that had the same id before.
  const older = transaction.record(keys.message(made.sender, made.reference), messageCodec);
  if (older !== undefined) forgetMessage(transaction, older);
  return made;
}

/** By its alias, as the caller knows it, or by its id; undefined when it is gone. */
function subscriptionOf(transaction: Transaction, target: AcceptTarget): SubscriptionRecord | undefined {
  const key = often.ofDevice(target.device).subscription(target.alias);
  const known = transaction.record(key, subscriptionCodec);
  if (known?.id === target.subscription) return known;
  const place = transaction.pointer(keys.subscriptionOfId(target.subscription));
  const found = place === undefined ? undefined : transaction.record(place, subscriptionCodec);
  return found?.device === target.device ? found : undefined;
}

export function acknowledge(transaction: Transaction, request: AcknowledgeRequest): readonly SenderId[] {
  let touched: Set<SenderId> | undefined;
  for (const id of request.ids) {
    const stored = removeNotification(transaction, request.device, id);
    const message = stored && messageOf(transaction, stored);
    if (stored === undefined || message === undefined) continue;
    const after = takeCopy(transaction, message, { device: request.device, id });
    if (after === undefined) continue;
    const hidden = after.uid !== undefined && request.hiddenUids.includes(after.uid);
    const tells = owesReceipt(after) && !hidden;
    if (tells) transaction.put(stored.messageKey, messageCodec, { ...after, receiptSent: true });
    else if (after !== message) transaction.put(stored.messageKey, messageCodec, after);
    if (tells && outbox.putReceipt(transaction, after, 'acknowledged', request.nowMs)) (touched ??= new Set()).add(after.sender);
  }
  return touched === undefined ? nobody : [...touched];
}

/** Look-ups in lists, of which few may be due, for each that may be removed. */
const looksForEach = 10;

export async function expire(
  transaction: Transaction,
  nowMs: number,
  limit: number,
): Promise<{ removed: number; touched: readonly SenderId[]; more: boolean }> {
  const due = await dueAt(transaction, nowMs, limit + 1);
  const touched = new Set<SenderId>();
  let [removed, looked, seen] = [0, 0, 0];
  for (; seen < Math.min(due.length, limit) && removed < limit && looked < limit * looksForEach; seen += 1) {
    const key = due[seen] ?? '';
    // Its record may be gone without it if it could not be read.
    transaction.deleteExpiry(key);
    const record = recordOfExpiry(key);
    const [kind, device = '', alias = ''] = fieldsOf(record);
    if (kind === kinds.waiting) {
      const outcome = await expireWaiting(transaction, { device: device as DeviceId, alias: numberOf(alias), nowMs, most: limit - removed });
      removed += outcome.removed;
      looked += outcome.looked;
      if (outcome.more) return { removed, touched: [...touched], more: true };
    } else {
      for (const sender of removeExpired(transaction, record, nowMs)) touched.add(sender);
      removed += 1;
    }
  }
  return { removed, touched: [...touched], more: due.length > seen };
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
    case kinds.outboxItem:
      outbox.removeItem(transaction, owner as SenderId, numberOf(field));
      return [];
    case kinds.outboxHead:
      outbox.end(transaction, owner as SenderId, nowMs);
      return [];
    case kinds.message: {
      const message = transaction.readable(key, messageCodec);
      if (message !== undefined) return endMessage(transaction, message, nowMs);
      transaction.delete(key);
      return [];
    }
    // The newest kept it alive.
    case kinds.clears:
      transaction.delete(key);
      return [];
    case kinds.network:
      networks.remove(transaction, key);
      return [];
    case kinds.document:
      documents.end(transaction, key, nowMs);
      return [];
    default:
      throw new Error(`store: an expiry entry points to ${JSON.stringify(key)}`);
  }
}
