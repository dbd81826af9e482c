// The registry in level: users, devices, apps.

import type { AppId, DeviceId, Uid, UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type {
  AppChange, AppRecord, DeviceRecord, PushSubscription, UserChange, UserRecord,
} from '../../ports/store.js';
import { messageCodec, outboxHeadCodec, queueHeadCodec } from '../../wire/record-codec.js';
import { appCodec, deviceCodec, subscriptionCodec, userCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, rangeOf, text } from '../keys.js';
import { changedApp, changedUser, kept, newAppHead, taken, withPush } from '../rules.js';
import { removeClears } from './clears.js';
import { removeOwned } from './documents.js';
import { revokeGrant } from './grants.js';
import { forgetMessage } from './messages.js';
import { nextNumberOf } from './numbers.js';
import { removeAll } from './outbox.js';
import { removePlace } from './subscriptions.js';
import type { Transaction } from './transaction.js';

export function addUser(transaction: Transaction, user: UserRecord): boolean {
  const key = keys.user(user.id);
  if (transaction.has(key)) throw taken(user.id);
  if (transaction.has(keys.userOfName(user.name))) return false;
  transaction.put(key, userCodec, user);
  transaction.point(keys.userOfName(user.name), key);
  transaction.count('users', 1);
  return true;
}

export function changeUser(
  transaction: Transaction,
  id: UserId,
  change: UserChange,
): 'changed' | 'unknown-user' | 'name-taken' {
  const key = keys.user(id);
  const user = transaction.record(key, userCodec);
  if (user === undefined) return 'unknown-user';
  const changed = kept(userCodec, changedUser(user, change));
  if (changed.name !== user.name) {
    if (transaction.has(keys.userOfName(changed.name))) return 'name-taken';
    transaction.delete(keys.userOfName(user.name));
    transaction.point(keys.userOfName(changed.name), key);
  }
  transaction.put(key, userCodec, changed);
  return 'changed';
}

export async function removeUser(transaction: Transaction, id: UserId, nowMs: number): Promise<boolean> {
  const user = transaction.record(keys.user(id), userCodec);
  if (user === undefined) return false;
  for (const key of await transaction.keys(rangeOf(kinds.grantOfUser, text(id)), Infinity)) {
    const [, uid = ''] = fieldsOf(transaction.pointer(key) ?? '');
    await revokeGrant(transaction, uid as Uid, nowMs);
  }
  const devices = await transaction.keys(rangeOf(kinds.deviceOfUser, text(id)), Infinity);
  for (const key of devices) {
    const [, , device = ''] = fieldsOf(key);
    await removeDevice(transaction, device as DeviceId);
  }
  await removeOwned(transaction, id);
  transaction.delete(keys.user(id));
  transaction.delete(keys.userOfName(user.name));
  transaction.delete(keys.userHead(id));
  transaction.count('users', -1);
  return true;
}

export async function addDevice(
  transaction: Transaction,
  device: DeviceRecord,
): Promise<'added' | 'full' | 'unknown-user'> {
  const key = keys.device(device.id);
  if (transaction.has(key)) throw taken(device.id);
  if (!transaction.has(keys.user(device.user))) return 'unknown-user';
  const siblings = await transaction.keys(
    rangeOf(kinds.deviceOfUser, text(device.user)),
    limits.devicesPerUser,
  );
  if (siblings.length >= limits.devicesPerUser) return 'full';
  transaction.put(key, deviceCodec, device);
  transaction.mark(keys.deviceOfUser(device.user, device.id));
  if (device.push !== undefined) transaction.mark(keys.pushDevice(device.id));
  const firstId = nextNumberOf(transaction, device.user) ?? 1;
  transaction.putLater(keys.queueHead(device.id), queueHeadCodec, {
    nextId: 1, nextAlias: 1, waitingAliases: [], firstId,
  });
  transaction.count('devices', 1);
  return 'added';
}

export function changeDevice(
  transaction: Transaction,
  id: DeviceId,
  change: Partial<Pick<DeviceRecord, 'minimumUrgency' | 'name'>>,
): boolean {
  const key = keys.device(id);
  const device = transaction.record(key, deviceCodec);
  if (device === undefined) return false;
  transaction.put(key, deviceCodec, { ...device, ...change });
  return true;
}

export function setPush(transaction: Transaction, id: DeviceId, push: PushSubscription | undefined): boolean {
  const key = keys.device(id);
  const device = transaction.record(key, deviceCodec);
  if (device === undefined) return false;
  transaction.put(key, deviceCodec, withPush(device, push));
  if (push !== undefined) transaction.mark(keys.pushDevice(id));
  else if (device.push !== undefined) transaction.delete(keys.pushDevice(id));
  return true;
}

export async function removeDevice(transaction: Transaction, id: DeviceId): Promise<boolean> {
  const device = transaction.record(keys.device(id), deviceCodec);
  if (device === undefined) return false;
  for (const place of await transaction.keys(rangeOf(kinds.subscription, text(id)), Infinity)) {
    const subscription = transaction.readable(place, subscriptionCodec);
    await removePlace(transaction, place, subscription?.id);
  }
  transaction.delete(keys.device(id));
  transaction.delete(keys.deviceOfUser(device.user, id));
  if (device.push !== undefined) transaction.delete(keys.pushDevice(id));
  transaction.delete(keys.queueHead(id));
  removeClears(transaction, id);
  transaction.count('devices', -1);
  return true;
}

export function addApp(transaction: Transaction, app: AppRecord): boolean {
  const key = keys.app(app.id);
  if (transaction.has(key)) throw taken(app.id);
  if (transaction.has(keys.appOfName(app.name))) return false;
  transaction.put(key, appCodec, app);
  transaction.point(keys.appOfName(app.name), key);
  transaction.putLater(keys.outboxHead(app.id), outboxHeadCodec, newAppHead);
  transaction.count('apps', 1);
  return true;
}

export function changeApp(transaction: Transaction, id: AppId, change: AppChange): AppRecord | undefined {
  const key = keys.app(id);
  const app = transaction.record(key, appCodec);
  if (app === undefined) return undefined;
  const changed = changedApp(app, change);
  transaction.put(key, appCodec, changed);
  return changed;
}

export async function removeApp(transaction: Transaction, id: AppId, nowMs: number): Promise<boolean> {
  const app = transaction.record(keys.app(id), appCodec);
  if (app === undefined) return false;
  for (const key of await transaction.keys(rangeOf(kinds.grantOfApp, text(id)), Infinity)) {
    const [, , uid = ''] = fieldsOf(key);
    await revokeGrant(transaction, uid as Uid, nowMs);
  }
  for (const key of await transaction.keys(rangeOf(kinds.message, text(id)), Infinity)) {
    const message = transaction.readable(key, messageCodec);
    if (message === undefined) transaction.delete(key);
    else forgetMessage(transaction, message);
  }
  await removeAll(transaction, id);
  transaction.delete(keys.app(id));
  transaction.delete(keys.appOfName(app.name));
  transaction.delete(keys.outboxHead(id));
  transaction.count('apps', -1);
  return true;
}
