// The registry of the memory store: users, devices, apps, grants, subscriptions, and what goes with them.

import { limits } from '../../core/limits.js';
import type { AppId, DeviceId, SubscriptionId, Uid, UserId } from '../../core/ids.js';
import type {
  AppRecord, DeviceRecord, GrantRecord, PushSubscription, SubscriptionRecord, UserRecord,
} from '../../ports/store.js';
import { appCodec, deviceCodec, grantCodec, userCodec } from '../../wire/registry-codec.js';
import { kept, newAppHead, taken, withPush } from '../rules.js';
import { removeItem, removeMessage, removeWaitingOf, subscriptionOf } from './state.js';
import type { DeviceState, State } from './state.js';

export function addUser(state: State, user: UserRecord): boolean {
  const record = kept(userCodec, user);
  if (state.users.has(record.id)) throw taken(record.id);
  if (userByName(state, record.name) !== undefined) return false;
  state.users.set(record.id, record);
  state.devicesOfUser.set(record.id, new Set());
  return true;
}

export function userByName(state: State, name: string): UserRecord | undefined {
  return [...state.users.values()].find((user) => user.name === name);
}

export function removeUser(state: State, id: UserId, nowMs: number): boolean {
  if (!state.users.has(id)) return false;
  for (const grant of activeGrants(state, (other) => other.user === id)) {
    revokeGrant(state, grant.uid, nowMs);
  }
  for (const device of state.devicesOfUser.get(id) ?? []) removeDevice(state, device.record.id);
  state.devicesOfUser.delete(id);
  return state.users.delete(id);
}

export function addDevice(state: State, device: DeviceRecord): 'added' | 'full' | 'unknown-user' {
  const record = kept(deviceCodec, device);
  const siblings = state.devicesOfUser.get(record.user);
  if (state.devices.has(record.id)) throw taken(record.id);
  if (siblings === undefined) return 'unknown-user';
  if (siblings.size >= limits.devicesPerUser) return 'full';
  const added: DeviceState = {
    record, nextId: 1, nextAlias: 1, subscriptions: new Map(), waiting: new Map(),
  };
  state.devices.set(record.id, added);
  siblings.add(added);
  return 'added';
}

export function setPush(state: State, id: DeviceId, push: PushSubscription | undefined): boolean {
  const device = state.devices.get(id);
  if (device === undefined) return false;
  device.record = kept(deviceCodec, withPush(device.record, push));
  return true;
}

export function removeDevice(state: State, id: DeviceId): boolean {
  const device = state.devices.get(id);
  if (device === undefined) return false;
  for (const subscription of device.subscriptions.values()) state.subscriptions.delete(subscription.id);
  state.devicesOfUser.get(device.record.user)?.delete(device);
  return state.devices.delete(id);
}

export function addApp(state: State, app: AppRecord): boolean {
  const record = kept(appCodec, app);
  if (state.apps.has(record.id)) throw taken(record.id);
  if (appByName(state, record.name) !== undefined) return false;
  state.apps.set(record.id, record);
  state.outboxes.set(record.id, { head: newAppHead, items: new Map() });
  return true;
}

export function appByName(state: State, name: string): AppRecord | undefined {
  return [...state.apps.values()].find((app) => app.name === name);
}

export function removeApp(state: State, id: AppId, nowMs: number): boolean {
  if (!state.apps.has(id)) return false;
  for (const grant of activeGrants(state, (other) => other.app === id)) {
    revokeGrant(state, grant.uid, nowMs);
  }
  for (const [key, message] of state.messages) if (message.sender === id) state.messages.delete(key);
  state.outboxes.delete(id);
  return state.apps.delete(id);
}

export function activeGrants(
  state: State,
  wanted: (grant: GrantRecord) => boolean,
): readonly GrantRecord[] {
  return [...state.grants.values()]
    .filter((grant) => grant.revokedAtMs === undefined && wanted(grant));
}

export function putGrant(state: State, grant: GrantRecord): GrantRecord | undefined {
  const record = kept(grantCodec, grant);
  if (!state.users.has(record.user) || !state.apps.has(record.app)) return undefined;
  const [standing] = activeGrants(state, ({ user, app }) => user === record.user && app === record.app);
  if (standing === undefined && state.grants.has(record.uid)) throw taken(record.uid);
  const stands: GrantRecord = standing === undefined
    ? record
    : { ...standing, scopes: record.scopes, paused: record.paused };
  state.grants.set(stands.uid, stands);
  return stands;
}

export function revokeGrant(state: State, uid: Uid, nowMs: number): boolean {
  const grant = state.grants.get(uid);
  if (grant === undefined || grant.revokedAtMs !== undefined) return false;
  state.grants.set(uid, { ...grant, revokedAtMs: nowMs });
  const names = [grant.app, state.apps.get(grant.app)?.name];
  for (const device of state.devicesOfUser.get(grant.user) ?? []) {
    for (const subscription of device.subscriptions.values()) {
      if (!names.includes(subscription.app)) continue;
      removeWaitingOf(device, subscription.alias);
      device.subscriptions.set(subscription.alias, { ...subscription, endpointClosed: true });
    }
  }
  for (const message of state.messages.values()) if (message.uid === uid) removeMessage(state, message);
  for (const item of state.outboxes.get(grant.app)?.items.values() ?? []) {
    if (item.uid === uid) removeItem(state, grant.app, item.sequence);
  }
  return true;
}

export function addSubscription(
  state: State,
  wanted: SubscriptionRecord,
  reopen: boolean,
): SubscriptionRecord | 'full' | undefined {
  const device = state.devices.get(wanted.device);
  if (device === undefined) return undefined;
  const alias = device.nextAlias;
  const standing = [...device.subscriptions.values()].find(({ app }) => app === wanted.app);
  const closed = standing?.endpointClosed === true;
  const record: SubscriptionRecord = {
    ...wanted, alias, ...(closed && !reopen ? { endpointClosed: true } : {}),
  };
  if (standing !== undefined && !(closed && reopen) && sameKey(standing, record)) return standing;
  if (state.subscriptions.has(record.id)) throw taken(record.id);
  if (standing !== undefined) removeSubscription(state, standing.id);
  else if (device.subscriptions.size >= limits.subscriptionsPerDevice) return 'full';
  device.nextAlias += 1;
  device.subscriptions.set(alias, record);
  state.subscriptions.set(record.id, device);
  return record;
}

function sameKey(one: SubscriptionRecord, other: SubscriptionRecord): boolean {
  return String(one.applicationServerKey) === String(other.applicationServerKey);
}

export function removeSubscription(state: State, id: SubscriptionId): boolean {
  const device = state.subscriptions.get(id);
  const subscription = device && subscriptionOf(device, id);
  if (device === undefined || subscription === undefined) return false;
  removeWaitingOf(device, subscription.alias);
  device.subscriptions.delete(subscription.alias);
  return state.subscriptions.delete(id);
}
