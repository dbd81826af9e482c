// The queue of the memory store: accept, acknowledge, cancel, expire.

import type { Alias, AppId, DeviceId, NotificationId, SenderId, UserId } from '../../core/ids.js';
import { urgencies } from '../../core/frames.js';
import { limits } from '../../core/limits.js';
import type {
  AcceptRequest, AcceptResult, AcceptTarget, AcknowledgeRequest, HandleRequest, MessageReference, NotificationRecord,
  SubscriptionRecord,
} from '../../ports/store.js';
import { messageCodec, notificationCodec, notificationRecord } from '../../wire/record-codec.js';
import type { MessageTarget, StoredMessage, StoredNotification } from '../../wire/record-codec.js';
import { keys } from '../keys.js';
import {
  assertNumbersLeft, clearsExpireAtMs, idsOfCopies, isReceiptSubscription, kept, linkOfCopies, linksNothing, needsLink, networkExpiresAtMs,
  newReceiptHead, owesReceipt, receipt, whenTaken, withClears, withMessage,
} from '../rules.js';
import { isActive, putOutbox, removeItem, removeMessage, subscriptionOf, takeAway } from './state.js';
import type { DeviceState, Outbox, State } from './state.js';

export function accept(state: State, request: AcceptRequest): AcceptResult {
  const { message } = request;
  const { grant } = request;
  if (grant !== undefined && !isActive(state, grant)) return { outcome: 'revoked' };
  if (message !== undefined) {
    const { uid, sender } = message;
    if (uid !== undefined && !isActive(state, uid, sender)) return { outcome: 'revoked' };
    if (!isReceiptSubscription(sender) && !state.apps.has(sender as AppId)) return { outcome: 'revoked' };
  }

  const own = message ?? linkOf(state, request.targets);
  const messageKey = own === undefined ? '' : keys.message(own.sender, own.reference);
  const older = message && state.messages.get(messageKey);
  if (older !== undefined && older.expiresAtMs > request.acceptedAtMs) return { outcome: 'duplicate' };
  const record = own && kept(messageCodec, {
    ...own, receiptSent: false, expiresAtMs: request.expiresAtMs, targets: [],
  });
  const touched = older === undefined ? [] : endMessage(state, older, request.acceptedAtMs);
  if (message !== undefined && isReceiptSubscription(message.sender)) holdOutbox(state, message.sender, request);

  const notifications: NotificationRecord[] = [];
  const targets: MessageTarget[] = [];
  const places = request.targets.flatMap((target) => {
    const { device, subscription } = placeOf(state, target);
    return device === undefined || subscription === undefined ? [] : [{ target, device, subscription }];
  });
  for (const { device: { record: { user } } } of places) assertNumbersLeft(user, nextIdOf(state, user), places.length);
  const missed = places.map(({ device, subscription }) => {
    collapse(state, device, subscription, request.topic);
    return dropOldest(state, device, subscription, request.acceptedAtMs);
  });
  const ids = idsOfCopies(
    places.map(({ device: { record } }) => ({ device: record.id, user: record.user })),
    (user) => takeId(state, user),
  );
  for (const [index, { target, device, subscription }] of places.entries()) {
    const stored = enqueue(device, subscription, { ...request, id: ids[index] ?? 0, messageKey, missed: 0 });
    targets.push({ device: target.device, id: stored.id, ...(target.fallback === true ? { fallback: true } : {}) });
    for (const added of [missed[index], stored]) {
      if (added === undefined) continue;
      notifications.push(notificationRecord(target.device, { ...added, data: new Uint8Array(added.data) }));
    }
  }
  if (record !== undefined) state.messages.set(messageKey, { ...record, targets });
  return { outcome: 'accepted', notifications, touched };
}

function placeOf(state: State, target: AcceptTarget): {
  readonly device: DeviceState | undefined;
  readonly subscription: SubscriptionRecord | undefined;
} {
  const device = state.devices.get(target.device);
  return { device, subscription: device && subscriptionOf(device, target.subscription) };
}

function linkOf(state: State, targets: readonly AcceptTarget[]): MessageReference | undefined {
  const present = targets.filter((target) => placeOf(state, target).subscription !== undefined);
  const [first] = present;
  if (first === undefined || !needsLink(present)) return undefined;
  const device = state.devices.get(first.device);
  return linkOfCopies(first.device, device === undefined ? 1 : nextIdOf(state, device.record.user));
}

/** That nothing of the user has; in a backup from before there was one sequence a user, above all of its devices. */
function nextIdOf(state: State, user: UserId): NotificationId {
  const devices = [...state.devicesOfUser.get(user) ?? []];
  return state.nextIds.get(user) ?? Math.max(1, ...devices.map(({ nextId }) => nextId));
}

function takeId(state: State, user: UserId): NotificationId {
  const id = nextIdOf(state, user);
  state.nextIds.set(user, id + 1);
  return id;
}

function holdOutbox(state: State, sender: SenderId, { acceptedAtMs, expiresAtMs }: AcceptRequest): void {
  const outbox: Outbox = state.outboxes.get(sender) ?? { head: newReceiptHead(acceptedAtMs), items: new Map() };
  outbox.head = withMessage(outbox.head, expiresAtMs);
  state.outboxes.set(sender, outbox);
}

function enqueue(
  device: DeviceState,
  subscription: SubscriptionRecord,
  fields: Omit<StoredNotification, 'subscription' | 'alias'>,
): StoredNotification {
  const { id: subscriptionId, alias } = subscription;
  const stored = kept(notificationCodec, { ...fields, subscription: subscriptionId, alias });
  device.waiting.set(stored.id, stored);
  return stored;
}

function collapse(
  state: State,
  device: DeviceState,
  { alias }: SubscriptionRecord,
  topic: string,
): void {
  if (topic === '') return;
  for (const stored of device.waiting.values()) {
    if (stored.alias !== alias || stored.topic !== topic) continue;
    device.waiting.delete(stored.id);
    const message = state.messages.get(stored.messageKey);
    if (message !== undefined && owesReceipt(message)) {
      state.messages.set(stored.messageKey, { ...message, receiptWanted: false });
    }
  }
}

/** Makes room for one more; the record that tells of what was dropped, if it was. */
function dropOldest(
  state: State,
  device: DeviceState,
  subscription: SubscriptionRecord,
  acceptedAtMs: number,
): StoredNotification | undefined {
  const waiting = [...device.waiting.values()].filter(({ alias }) => alias === subscription.alias);
  const before = waiting.find(({ missed }) => missed > 0);
  const whole = waiting.filter(({ missed }) => missed === 0);
  const oldest = whole[0];
  if (oldest === undefined || whole.length < limits.waitingPerSubscription) return undefined;
  device.waiting.delete(oldest.id);
  if (before !== undefined) device.waiting.delete(before.id);
  const parts = before === undefined ? [oldest] : [before, oldest];
  const urgency = urgencies[Math.max(...parts.map((part) => urgencies.indexOf(part.urgency)))];
  return enqueue(device, subscription, {
    id: takeId(state, device.record.user),
    urgency: urgency ?? oldest.urgency,
    topic: '',
    acceptedAtMs,
    expiresAtMs: Math.max(...parts.map((part) => part.expiresAtMs)),
    data: new Uint8Array(0),
    missed: (before?.missed ?? 0) + 1,
    ...(before && { missedFrom: before.missedFrom ?? before.id }),
    messageKey: '',
  });
}

export function acknowledge(state: State, request: AcknowledgeRequest): SenderId[] {
  const touched = new Set<SenderId>();
  for (const id of request.ids) {
    const stored = takeAway(state, request.device, id);
    const message = stored && state.messages.get(stored.messageKey);
    if (stored === undefined || message === undefined) continue;
    const after = whenTaken(message, { device: request.device, id });
    for (const target of after === message ? [] : message.targets) {
      if (target.fallback === true) takeAway(state, target.device, target.id);
    }
    state.messages.set(stored.messageKey, after);
    if (linksNothing(after, waitingTargets(state, after))) state.messages.delete(stored.messageKey);
    if (!owesReceipt(after) || (after.uid !== undefined && request.hiddenUids.includes(after.uid))) continue;
    state.messages.set(stored.messageKey, { ...after, receiptSent: true });
    if (putOutbox(state, receipt(after, 'acknowledged', request.nowMs))) touched.add(after.sender);
  }
  return [...touched];
}

export function withdraw(state: State, device: DeviceId, id: NotificationId): boolean {
  const stored = takeAway(state, device, id);
  if (stored === undefined) return false;
  const message = state.messages.get(stored.messageKey);
  if (message === undefined) return true;
  const left = waitingTargets(state, message);
  if (linksNothing(message, left)) state.messages.delete(stored.messageKey);
  else if (left.length === 0 && owesReceipt(message)) {
    state.messages.set(stored.messageKey, { ...message, receiptWanted: false });
  }
  return true;
}

/** The devices with something new. */
export function handle(state: State, { copies, ...when }: HandleRequest): DeviceId[] {
  const told = new Set<DeviceId>();
  for (const { device: deviceId, subscription, alias, ids } of copies) {
    const device = state.devices.get(deviceId);
    const [firstId, nextId] = device === undefined ? [0, 0] : [device.firstId, nextIdOf(state, device.record.user)];
    const had = ids.filter((id) => id >= firstId && id < nextId);
    if (device?.subscriptions.get(alias)?.id !== subscription || had.length === 0) continue;
    for (const id of had) removeCopy(state, { device, alias, id });
    device.clears = withClears(device.clears, { alias, ids: had }, when);
    told.add(deviceId);
  }
  return [...told];
}

/** A copy that nobody needs any more: what its sender is told stays as if it still waited. */
function removeCopy(state: State, { device, alias, id }: {
  readonly device: DeviceState;
  readonly alias: Alias;
  readonly id: NotificationId;
}): void {
  const stored = device.waiting.get(id);
  if (stored?.alias !== alias || stored.missed > 0) return;
  device.waiting.delete(id);
  const message = state.messages.get(stored.messageKey);
  if (message !== undefined && linksNothing(message, waitingTargets(state, message))) state.messages.delete(stored.messageKey);
}

function waitingTargets(state: State, { targets }: StoredMessage): readonly MessageTarget[] {
  return targets.filter(({ device, id }) => state.devices.get(device)?.waiting.has(id));
}

export function cancel(state: State, sender: SenderId, reference: string): DeviceId[] | undefined {
  const message = state.messages.get(keys.message(sender, reference));
  if (message === undefined) return undefined;
  removeMessage(state, message);
  return [...new Set(message.targets.map(({ device }) => device))];
}

/** Removes it and what waits of it; the apps that now have a receipt. */
function endMessage(state: State, message: StoredMessage, nowMs: number): SenderId[] {
  removeMessage(state, message);
  if (!owesReceipt(message)) return [];
  return putOutbox(state, receipt(message, 'expired', nowMs)) ? [message.sender] : [];
}

export function expire(
  state: State,
  nowMs: number,
  limit: number,
): { removed: number; touched: SenderId[]; more: boolean } {
  const due: { readonly key: string; readonly remove: () => SenderId[] }[] = [];
  function consider(expiresAtMs: number, recordKey: string, remove: () => SenderId[]): void {
    if (expiresAtMs <= nowMs) due.push({ key: keys.expiry(expiresAtMs, recordKey), remove });
  }
  for (const [id, device] of state.devices) {
    for (const stored of device.waiting.values()) {
      consider(stored.expiresAtMs, keys.notification(id, stored.id), () => {
        device.waiting.delete(stored.id);
        return [];
      });
    }
  }
  for (const [id, device] of state.devices) {
    consider(device.clears.length > 0 ? clearsExpireAtMs(device.clears) : Infinity, keys.clears(id), () => {
      device.clears = [];
      return [];
    });
  }
  for (const [sender, { head, items }] of state.outboxes) {
    for (const { sequence, expiresAtMs } of items.values()) {
      consider(expiresAtMs, keys.outboxItem(sender, sequence), () => {
        removeItem(state, sender, sequence);
        return [];
      });
    }
    consider(head.expiresAtMs ?? Infinity, keys.outboxHead(sender), () => {
      // What expired before it may have put a receipt in.
      if ((state.outboxes.get(sender)?.head.expiresAtMs ?? 0) <= nowMs) state.outboxes.delete(sender);
      return [];
    });
  }
  for (const [key, message] of state.messages) {
    consider(message.expiresAtMs, key, () => endMessage(state, message, nowMs));
  }
  for (const [key, reports] of state.networks) {
    consider(networkExpiresAtMs(reports), key, () => {
      state.networks.delete(key);
      return [];
    });
  }
  for (const [key, { expiresAtMs }] of state.documents) {
    consider(expiresAtMs ?? Infinity, key, () => {
      state.documents.delete(key);
      return [];
    });
  }
  due.sort((one, other) => (one.key < other.key ? -1 : 1));
  const touched = new Set<SenderId>();
  const removed = due.slice(0, limit);
  for (const { remove } of removed) for (const app of remove()) touched.add(app);
  return { removed: removed.length, touched: [...touched], more: due.length > removed.length };
}
