// Messages that their sender gave a reference, in level.

import type { Alias, DeviceId, NotificationId, SenderId } from '../../core/ids.js';
import type { HandleRequest } from '../../ports/store.js';
import { messageCodec, notificationCodec, queueHeadCodec } from '../../wire/record-codec.js';
import type { MessageTarget, StoredMessage } from '../../wire/record-codec.js';
import { deviceCodec, subscriptionCodec } from '../../wire/registry-codec.js';
import { keys, often } from '../keys.js';
import { linksNothing, noSender, owesReceipt, whenTaken } from '../rules.js';
import { addClears } from './clears.js';
import { nextNumberOf } from './numbers.js';
import { putReceipt } from './outbox.js';
import type { Transaction } from './transaction.js';
import { messageOf, removeNotification } from './waiting.js';

export function cancel(
  transaction: Transaction,
  sender: SenderId,
  reference: string,
): readonly DeviceId[] | undefined {
  const message = transaction.record(keys.message(sender, reference), messageCodec);
  if (message === undefined) return undefined;
  removeMessage(transaction, message);
  return [...new Set(message.targets.map(({ device }) => device))];
}

/** False when it does not wait. */
export function withdraw(transaction: Transaction, device: DeviceId, id: NotificationId): boolean {
  const stored = removeNotification(transaction, device, id);
  if (stored === undefined) return false;
  const message = messageOf(transaction, stored);
  if (message === undefined) return true;
  const left = waitingTargets(transaction, message);
  if (linksNothing(message, left)) forgetMessage(transaction, message);
  else if (left.length === 0 && owesReceipt(message)) {
    transaction.put(stored.messageKey, messageCodec, { ...message, receiptWanted: false });
  }
  return true;
}

/** The devices with something new. */
export function handle(transaction: Transaction, { copies, ...when }: HandleRequest): readonly DeviceId[] {
  const told = new Set<DeviceId>();
  for (const { device, subscription, alias, ids } of copies) {
    const standing = transaction.readable(keys.subscription(device, alias), subscriptionCodec);
    const [firstId, nextId] = given(transaction, device);
    const had = ids.filter((id) => id >= firstId && id < nextId);
    if (standing?.id !== subscription || had.length === 0) continue;
    for (const id of had) removeCopy(transaction, { device, alias, id });
    addClears(transaction, { device, subscription, alias, ids: had }, when);
    told.add(device);
  }
  return [...told];
}

/** Between which numbers all of the device's lie: from the first, and before the second. */
function given(transaction: Transaction, device: DeviceId): readonly [NotificationId, NotificationId] {
  const own = often.ofDevice(device);
  const user = transaction.record(own.device, deviceCodec)?.user;
  const head = transaction.record(own.queueHead, queueHeadCodec);
  if (user === undefined || head === undefined) return [0, 0];
  // In a store from before there was one sequence a user, each device had its own.
  return [head.firstId, nextNumberOf(transaction, user) ?? head.nextId];
}

/** A copy that nobody needs any more: what its sender is told stays as if it still waited. */
function removeCopy(transaction: Transaction, { device, alias, id }: {
  readonly device: DeviceId;
  readonly alias: Alias;
  readonly id: NotificationId;
}): void {
  const stored = transaction.readable(keys.notification(device, id), notificationCodec);
  if (stored?.alias !== alias || stored.missed > 0) return;
  removeNotification(transaction, device, id);
  const message = messageOf(transaction, stored);
  if (message !== undefined && linksNothing(message, waitingTargets(transaction, message))) forgetMessage(transaction, message);
}

/**
 * The message whose copy `target` a device took: the copies for when none does are gone with the first that is not one
 * of them. Undefined when it has nothing more to do.
 */
export function takeCopy(
  transaction: Transaction,
  message: StoredMessage,
  target: MessageTarget,
): StoredMessage | undefined {
  const after = whenTaken(message, target);
  if (after !== message) {
    for (const { device, id, fallback } of message.targets) {
      if (fallback === true) removeNotification(transaction, device, id);
    }
  }
  if (after.sender !== noSender || !linksNothing(after, waitingTargets(transaction, after))) return after;
  forgetMessage(transaction, after);
  return undefined;
}

function waitingTargets(transaction: Transaction, { targets }: StoredMessage): readonly MessageTarget[] {
  return targets.filter(({ device, id }) => transaction.has(keys.notification(device, id)));
}

/** The message and what waits of it; it gives no receipt. */
export function removeMessage(transaction: Transaction, message: StoredMessage): void {
  for (const { device, id } of message.targets) removeNotification(transaction, device, id);
  forgetMessage(transaction, message);
}

/** The message, but not what waits of it. */
export function forgetMessage(transaction: Transaction, message: StoredMessage): void {
  const key = keys.message(message.sender, message.reference);
  transaction.delete(key);
  transaction.unmarkExpiry(message.expiresAtMs, key);
  if (message.uid !== undefined) transaction.delete(keys.messageOfGrant(message.uid, message.reference));
}

/** Removes one that has expired; the apps that now have a receipt. */
export function endMessage(
  transaction: Transaction,
  message: StoredMessage,
  nowMs: number,
): readonly SenderId[] {
  removeMessage(transaction, message);
  if (!owesReceipt(message)) return [];
  return putReceipt(transaction, message, 'expired', nowMs) ? [message.sender] : [];
}
