// Messages that their sender gave a reference, in level.

import type { SenderId, DeviceId } from '../../core/ids.js';
import { messageCodec } from '../../wire/record-codec.js';
import type { StoredMessage } from '../../wire/record-codec.js';
import { keys } from '../keys.js';
import { owesReceipt } from '../rules.js';
import { putReceipt } from './outbox.js';
import type { Transaction } from './transaction.js';
import { removeNotification } from './waiting.js';

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

/** The message and what waits of it; it gives no receipt. */
export function removeMessage(transaction: Transaction, message: StoredMessage): void {
  for (const { device, id } of message.targets) removeNotification(transaction, device, id);
  forgetMessage(transaction, message);
}

/** The message, but not what waits of it. */
export function forgetMessage(transaction: Transaction, message: StoredMessage): void {
  const key = keys.message(message.sender, message.reference);
  transaction.delete(key);
  transaction.delete(keys.expiry(message.expiresAtMs, key));
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
