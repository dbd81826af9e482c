// The registry of the memory store: users, devices, apps, grants, subscriptions, documents, and what goes with them.

import { limits } from '../../core/limits.js';
import type { AppId, DeviceId, SubscriptionId, Uid, UserId } from '../../core/ids.js';
import type {
  AppChange, AppRecord, DeviceRecord, DocumentRecord, GrantChange, GrantRecord, PushSubscription, SubscriptionRecord, UserChange,
  UserRecord,
} from '../../ports/store.js';
import { documentCodec } from '../../wire/record-codec.js';
import { appCodec, deviceCodec, grantCodec, userCodec } from '../../wire/registry-codec.js';
import { assertText, keys } from '../keys.js';
import { changedApp, changedGrant, changedUser, kept, newAppHead, taken, withPush } from '../rules.js';
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

export function changeUser(state: State, id: UserId, change: UserChange): 'changed' | 'unknown-user' | 'name-taken' {
  const user = state.users.get(id);
  if (user === undefined) return 'unknown-user';
  const changed = kept(userCodec, changedUser(user, change));
  if (changed.name !== user.name && userByName(state, changed.name) !== undefined) return 'name-taken';
  state.users.set(id, changed);
  return 'changed';
}

export function removeUser(state: State, id: UserId, nowMs: number): boolean {
  if (!state.users.has(id)) return false;
  for (const grant of activeGrants(state, (other) => other.user === id)) {
    revokeGrant(state, grant.uid, nowMs);
  }
  for (const device of state.devicesOfUser.get(id) ?? []) removeDevice(state, device.record.id);
  state.devicesOfUser.delete(id);
  state.nextIds.delete(id);
  for (const [key, { owner }] of state.documents) if (owner === id) state.documents.delete(key);
  return state.users.delete(id);
}

export function addDevice(state: State, device: DeviceRecord): 'added' | 'full' | 'unknown-user' {
  const record = kept(deviceCodec, device);
  const siblings = state.devicesOfUser.get(record.user);
  if (state.devices.has(record.id)) throw taken(record.id);
  if (siblings === undefined) return 'unknown-user';
  if (siblings.size >= limits.devicesPerUser) return 'full';
  const added: DeviceState = {
    record, nextId: 1, firstId: state.nextIds.get(record.user) ?? 1, nextAlias: 1, subscriptions: new Map(), waiting: new Map(), clears: [],
  };
  state.devices.set(record.id, added);
  siblings.add(added);
  return 'added';
}

export function changeDevice(state: State, id: DeviceId, change: Partial<Pick<DeviceRecord, 'minimumUrgency' | 'name'>>): boolean {
  const device = state.devices.get(id);
  if (device === undefined) return false;
  device.record = kept(deviceCodec, { ...device.record, ...change });
  return true;
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

export function changeApp(state: State, id: AppId, change: AppChange): AppRecord | undefined {
  const app = state.apps.get(id);
  if (app === undefined) return undefined;
  const changed = kept(appCodec, changedApp(app, change));
  state.apps.set(id, changed);
  return changed;
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
  const stands = standing === undefined ? record : changedGrant(standing, record);
  state.grants.set(stands.uid, stands);
  return stands;
}

export function changeGrant(state: State, uid: Uid, change: GrantChange): GrantRecord | undefined {
  const grant = state.grants.get(uid);
  if (grant === undefined || grant.revokedAtMs !== undefined) return undefined;
  const changed = kept(grantCodec, changedGrant(grant, change));
  state.grants.set(uid, changed);
  return changed;
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

export function putDocument(state: State, document: DocumentRecord): 'kept' | 'full' | 'unknown-user' {
  const record = kept(documentCodec, document);
  const { kind, id, owner } = record;
  if (owner !== undefined && !state.users.has(owner)) return 'unknown-user';
  const key = keys.document(kind, id);
  if (owner !== undefined && state.documents.get(key)?.owner !== owner) {
    const others = documentsWith(state, kind, (other) => other.owner === owner);
    if (others.length >= limits.documentsPerOwner) return 'full';
  }
  state.documents.set(key, record);
  return 'kept';
}

export function documentsWith(
  state: State,
  kind: string,
  wanted: (document: DocumentRecord) => boolean,
): readonly DocumentRecord[] {
  assertText(kind);
  return [...state.documents.values()].filter((document) => document.kind === kind && wanted(document));
}

export function removeDocumentsNamed(state: State, kind: string, name: string): number {
  const found = documentsWith(state, kind, ({ names }) => names.includes(name));
  for (const { id } of found) state.documents.delete(keys.document(kind, id));
  return found.length;
}
