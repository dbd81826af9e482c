// What devices are still to be told, in level: one record a device, which its newest entry keeps alive.

import type { Alias, DeviceId, NotificationId } from '../../core/ids.js';
import type { ClearRecord, HandledCopies, HandleRequest } from '../../ports/store.js';
import { clearsCodec } from '../../wire/record-codec.js';
import { keys } from '../keys.js';
import { clearsExpireAtMs, withClears } from '../rules.js';
import type { Transaction } from './transaction.js';

export function addClears(transaction: Transaction, copies: HandledCopies, when: Omit<HandleRequest, 'copies'>): void {
  const key = keys.clears(copies.device);
  // One that is damaged is of no more use than none.
  const standing = transaction.readable(key, clearsCodec)?.clears ?? [];
  replace(transaction, copies.device, standing, withClears(standing, copies, when));
}

export function cleared(transaction: Transaction, device: DeviceId, ids: readonly NotificationId[]): void {
  removeIf(transaction, device, ({ id }) => ids.includes(id));
}

/** Those of a subscription that is no more. */
export function removeClearsOf(transaction: Transaction, device: DeviceId, alias: Alias): void {
  removeIf(transaction, device, (clear) => clear.alias === alias);
}

/** All of a device that is no more. */
export function removeClears(transaction: Transaction, device: DeviceId): void {
  removeIf(transaction, device, () => true);
  transaction.delete(keys.clears(device));
}

function removeIf(transaction: Transaction, device: DeviceId, test: (clear: ClearRecord) => boolean): void {
  const standing = transaction.readable(keys.clears(device), clearsCodec)?.clears ?? [];
  const left = standing.filter((clear) => !test(clear));
  if (left.length < standing.length) replace(transaction, device, standing, left);
}

function replace(
  transaction: Transaction,
  device: DeviceId,
  standing: readonly ClearRecord[],
  clears: readonly ClearRecord[],
): void {
  const key = keys.clears(device);
  if (standing.length > 0) transaction.unmarkExpiry(clearsExpireAtMs(standing), key);
  if (clears.length === 0) {
    transaction.delete(key);
    return;
  }
  transaction.put(key, clearsCodec, { clears });
  transaction.markExpiry(clearsExpireAtMs(clears), key);
}
