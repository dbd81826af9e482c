// The outbox of an app server in level: numbered items behind a head that counts them.

import type { AppId, Uid } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { OutboxItem } from '../../ports/store.js';
import { grantCodec, outboxHeadCodec, outboxItemCodec } from '../../wire/record-codec.js';
import type { StoredMessage } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, numberOf, rangeOf, text } from '../keys.js';
import { receipt } from '../rules.js';
import type { Transaction } from './transaction.js';

export function append(transaction: Transaction, app: AppId, item: OutboxItem): boolean {
  if (item.uid !== undefined && !isActive(transaction, item.uid, app)) return false;
  return put(transaction, app, item);
}

/** Whether the grant stands, and is one for `app` if that is given. */
export function isActive(transaction: Transaction, uid: Uid, app?: AppId): boolean {
  const grant = transaction.record(keys.grant(uid), grantCodec);
  if (grant === undefined || grant.revokedAtMs !== undefined) return false;
  return app === undefined || grant.app === app;
}

/** True when the app has something new: a full outbox loses a receipt. */
export function putReceipt(
  transaction: Transaction,
  message: StoredMessage,
  state: 'acknowledged' | 'expired',
  nowMs: number,
): boolean {
  const { app, item } = receipt(message, state, nowMs);
  return put(transaction, app, item);
}

function put(transaction: Transaction, app: AppId, item: OutboxItem): boolean {
  const head = transaction.record(keys.outboxHead(app), outboxHeadCodec);
  if (head === undefined || head.waiting >= limits.outboxItems) return false;
  const key = keys.outboxItem(app, head.nextSequence);
  transaction.put(key, outboxItemCodec, item);
  transaction.markExpiry(item.expiresAtMs, key);
  transaction.putLater(keys.outboxHead(app), outboxHeadCodec, {
    nextSequence: head.nextSequence + 1,
    waiting: head.waiting + 1,
  });
  transaction.count('outboxItems', 1);
  return true;
}

export function remove(transaction: Transaction, app: AppId, sequences: readonly number[]): void {
  for (const sequence of sequences) removeItem(transaction, app, sequence);
}

export function removeItem(transaction: Transaction, app: AppId, sequence: number): void {
  const key = keys.outboxItem(app, sequence);
  const item = transaction.record(key, outboxItemCodec);
  if (item === undefined) return;
  transaction.delete(keys.expiry(item.expiresAtMs, key));
  forget(transaction, app, key);
}

/** The item and its place in the counts, for one that cannot be read any more too. */
export function forget(transaction: Transaction, app: AppId, key: string): void {
  transaction.delete(key);
  transaction.count('outboxItems', -1);
  const head = transaction.record(keys.outboxHead(app), outboxHeadCodec);
  if (head === undefined) return;
  transaction.putLater(keys.outboxHead(app), outboxHeadCodec, { ...head, waiting: head.waiting - 1 });
}

/** All items, or those that depend on one grant. */
export async function removeAll(transaction: Transaction, app: AppId, uid?: Uid): Promise<void> {
  const head = transaction.record(keys.outboxHead(app), outboxHeadCodec);
  if (head === undefined || head.waiting === 0) return;
  for (const key of await transaction.keys(rangeOf(kinds.outboxItem, text(app)), head.waiting)) {
    if (uid !== undefined && transaction.record(key, outboxItemCodec)?.uid !== uid) continue;
    const [, , sequence = ''] = fieldsOf(key);
    removeItem(transaction, app, numberOf(sequence));
  }
}
