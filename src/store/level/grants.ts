// Grants in level: a revoked one keeps its record, and leaves the indexes.

import type { DeviceId, Uid } from '../../core/ids.js';
import type { GrantChange, GrantRecord } from '../../ports/store.js';
import { messageCodec } from '../../wire/record-codec.js';
import { appCodec, grantCodec, subscriptionCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, numberOf, rangeOf, text } from '../keys.js';
import { changedGrant, taken } from '../rules.js';
import { removeMessage } from './messages.js';
import { removeAll } from './outbox.js';
import type { Transaction } from './transaction.js';
import { removeWaitingOf } from './waiting.js';

export function putGrant(transaction: Transaction, grant: GrantRecord): GrantRecord | undefined {
  const { uid, user, app } = grant;
  if (!transaction.has(keys.user(user)) || !transaction.has(keys.app(app))) return undefined;
  const standingKey = transaction.pointer(keys.grantOfUser(user, app));
  const standing = standingKey === undefined ? undefined : transaction.record(standingKey, grantCodec);
  if (standingKey !== undefined && standing !== undefined) {
    const changed = changedGrant(standing, grant);
    transaction.put(standingKey, grantCodec, changed);
    return changed;
  }
  const key = keys.grant(uid);
  if (transaction.has(key)) throw taken(uid);
  transaction.put(key, grantCodec, grant);
  transaction.point(keys.grantOfUser(user, app), key);
  transaction.mark(keys.grantOfApp(app, uid));
  transaction.mark(keys.activeGrant(uid));
  return grant;
}

export function changeGrant(transaction: Transaction, uid: Uid, change: GrantChange): GrantRecord | undefined {
  const key = keys.grant(uid);
  const grant = transaction.record(key, grantCodec);
  if (grant === undefined || grant.revokedAtMs !== undefined) return undefined;
  const changed = changedGrant(grant, change);
  transaction.put(key, grantCodec, changed);
  return changed;
}

export async function revokeGrant(transaction: Transaction, uid: Uid, nowMs: number): Promise<boolean> {
  const key = keys.grant(uid);
  const grant = transaction.record(key, grantCodec);
  if (grant === undefined || grant.revokedAtMs !== undefined) return false;
  transaction.put(key, grantCodec, { ...grant, revokedAtMs: nowMs });
  transaction.delete(keys.grantOfUser(grant.user, grant.app));
  transaction.delete(keys.grantOfApp(grant.app, uid));
  transaction.delete(keys.activeGrant(uid));
  await closeEndpoints(transaction, grant);
  for (const entry of await transaction.keys(rangeOf(kinds.messageOfGrant, text(uid)), Infinity)) {
    const message = transaction.readable(transaction.pointer(entry) ?? '', messageCodec);
    if (message !== undefined) removeMessage(transaction, message);
    transaction.delete(entry);
  }
  await removeAll(transaction, grant.app, uid);
  return true;
}

/** Of the app on the user's devices, which may have registered it by its id or by its name; and what waits for it. */
async function closeEndpoints(transaction: Transaction, grant: GrantRecord): Promise<void> {
  const names = [grant.app, transaction.readable(keys.app(grant.app), appCodec)?.name];
  const devices = await transaction.keys(rangeOf(kinds.deviceOfUser, text(grant.user)), Infinity);
  for (const entry of devices) {
    const [, , device = ''] = fieldsOf(entry);
    for (const place of await transaction.keys(rangeOf(kinds.subscription, text(device)), Infinity)) {
      const subscription = transaction.readable(place, subscriptionCodec);
      // Whose a damaged one is cannot be told, and nothing may reach an app after a revoke.
      if (subscription !== undefined && !names.includes(subscription.app)) continue;
      const [, , alias = ''] = fieldsOf(place);
      await removeWaitingOf(transaction, device as DeviceId, numberOf(alias));
      if (subscription !== undefined) {
        transaction.put(place, subscriptionCodec, { ...subscription, endpointClosed: true });
      }
    }
  }
}
