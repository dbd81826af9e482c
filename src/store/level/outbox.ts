// The outbox of a sender in level: numbered items behind a head that counts them.

import type { SenderId, Uid } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { OutboxItem } from '../../ports/store.js';
import { outboxHeadCodec, outboxItemCodec } from '../../wire/record-codec.js';
import { grantCodec } from '../../wire/registry-codec.js';
import type { OutboxHead, StoredMessage } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, numberOf, often, rangeOf, text } from '../keys.js';
import { newReceiptHead, receipt, withItem, withMessage, withoutItem } from '../rules.js';
import type { Transaction } from './transaction.js';

export function append(transaction: Transaction, sender: SenderId, item: OutboxItem): boolean {
  if (item.uid !== undefined && !isActive(transaction, item.uid, sender)) return false;
  const head = transaction.record(keys.outboxHead(sender), outboxHeadCodec);
  return head !== undefined && put(transaction, { sender, head, item });
}

/** That of a receipt subscription is there as long as it may be owed something: it begins here, or lives longer. */
export function hold(transaction: Transaction, sender: SenderId, { acceptedAtMs, expiresAtMs }: {
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
}): void {
  const head = transaction.record(keys.outboxHead(sender), outboxHeadCodec);
  const next = withMessage(head ?? newReceiptHead(acceptedAtMs), expiresAtMs);
  if (next !== head) putHead(transaction, { sender, head, next });
}

/** Its time has come, unless it was used since. Nothing is left in it: an item expires before. */
export function end(transaction: Transaction, sender: SenderId, nowMs: number): void {
  const head = transaction.readable(keys.outboxHead(sender), outboxHeadCodec);
  if (head !== undefined && (head.expiresAtMs ?? Infinity) > nowMs) return;
  transaction.delete(keys.outboxHead(sender));
}

/** Whether the grant stands, and is one for `sender` if that is given. */
export function isActive(transaction: Transaction, uid: Uid, sender?: SenderId): boolean {
  const grant = transaction.record(often.grant(uid), grantCodec);
  if (grant === undefined || grant.revokedAtMs !== undefined) return false;
  return sender === undefined || grant.app === sender;
}

/** True when the app has something new: a full outbox loses a receipt, and so does one whose head is damaged. */
export function putReceipt(
  transaction: Transaction,
  message: StoredMessage,
  state: 'acknowledged' | 'expired',
  nowMs: number,
): boolean {
  const { sender, item } = receipt(message, state, nowMs);
  const head = transaction.readable(keys.outboxHead(sender), outboxHeadCodec);
  return head !== undefined && put(transaction, { sender, head, item });
}

function put(transaction: Transaction, { sender, head, item }: {
  readonly sender: SenderId;
  readonly head: OutboxHead;
  readonly item: OutboxItem;
}): boolean {
  if (head.waiting >= limits.outboxItems) return false;
  const key = keys.outboxItem(sender, head.nextSequence);
  transaction.put(key, outboxItemCodec, item);
  transaction.markExpiry(item.expiresAtMs, key);
  putHead(transaction, { sender, head, next: withItem(head, item) });
  transaction.count('outboxItems', 1);
  return true;
}

function putHead(transaction: Transaction, { sender, head, next }: {
  readonly sender: SenderId;
  readonly head: OutboxHead | undefined;
  readonly next: OutboxHead;
}): void {
  const key = keys.outboxHead(sender);
  transaction.putLater(key, outboxHeadCodec, next);
  if (next.expiresAtMs === undefined || next.expiresAtMs === head?.expiresAtMs) return;
  if (head?.expiresAtMs !== undefined) transaction.unmarkExpiry(head.expiresAtMs, key);
  transaction.markExpiry(next.expiresAtMs, key);
}

export function remove(transaction: Transaction, sender: SenderId, sequences: readonly number[]): void {
  for (const sequence of sequences) removeItem(transaction, sender, sequence);
}

/** Also one that cannot be read: `expire` passes over the entry that it leaves behind. */
export function removeItem(transaction: Transaction, sender: SenderId, sequence: number): void {
  const key = keys.outboxItem(sender, sequence);
  if (!transaction.has(key)) return;
  const item = transaction.readable(key, outboxItemCodec);
  if (item !== undefined) transaction.unmarkExpiry(item.expiresAtMs, key);
  transaction.delete(key);
  transaction.count('outboxItems', -1);
  const head = transaction.readable(keys.outboxHead(sender), outboxHeadCodec);
  if (head === undefined) return;
  transaction.putLater(keys.outboxHead(sender), outboxHeadCodec, withoutItem(head, sequence));
}

/** All items, or those that depend on one grant; a damaged one may, and nothing may reach an app after a revoke. */
export async function removeAll(transaction: Transaction, sender: SenderId, uid?: Uid): Promise<void> {
  const head = transaction.readable(keys.outboxHead(sender), outboxHeadCodec);
  if (head?.waiting === 0) return;
  const most = head?.waiting ?? limits.outboxItems;
  for (const key of await transaction.keys(rangeOf(kinds.outboxItem, text(sender)), most)) {
    const item = transaction.readable(key, outboxItemCodec);
    if (uid !== undefined && item !== undefined && item.uid !== uid) continue;
    const [, , sequence = ''] = fieldsOf(key);
    removeItem(transaction, sender, numberOf(sequence));
  }
}
