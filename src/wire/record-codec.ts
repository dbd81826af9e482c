// One codec for each kind of record that stores keep besides those of the registry (registry-codec.ts): queues, messages,
// outboxes, what the gateway made or learned. The types are those of the store port, written out again because this room does not
// know the ports (a test holds them equal), and the ones that only stores have.

import { lowbeat } from '#gen/record.js';
import { urgencies } from '../core/frames.js';
import { fleetStepsSeconds, mostReports } from '../core/heartbeat/fleet.js';
import type { FleetReport } from '../core/heartbeat/fleet.js';
import type { Urgency } from '../core/frames.js';
import type { Alias, DeviceId, NotificationId, SenderId, SubscriptionId, Uid, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Mutable } from '../core/mutable.js';
import { copyOf } from './protobuf.js';
import { bounded, codec, count, id, known, positive, text, urgency, whole } from './versioned-codec.js';
import type { RecordCodec } from './versioned-codec.js';

const { record: wire } = lowbeat;

/** Where the numbers of a device's queue stand. */
export interface QueueHead {
  /** Above the device's last number, as long as its user has no head. */
  readonly nextId: NotificationId;
  readonly nextAlias: number;
  /** Ascending: all subscriptions for which something waits, and a few for which something did. */
  readonly waitingAliases: readonly number[];
  /** The device was given no number below; 0: not known. */
  readonly firstId: NotificationId;
}

/** Where the numbers of a user's notifications stand. */
export interface UserHead {
  /** None from here on was given. */
  readonly nextId: NotificationId;
}

/** What a device is to be told of: its user handled it elsewhere. */
export interface StoredClear {
  readonly alias: Alias;
  readonly id: NotificationId;
  readonly expiresAtMs: number;
}

export interface StoredClears {
  /** Oldest first, at least one. */
  readonly clears: readonly StoredClear[];
}

/** What waits for one subscription, and a few that were taken since it was written. */
export interface SubscriptionQueue {
  /** Ascending; without `missedId`. */
  readonly ids: readonly NotificationId[];
  /** The record that stands for dropped ones. */
  readonly missedId?: NotificationId | undefined;
  /** When its expiry entry stands: when the first of them expires, or before; absent: it has none. */
  readonly expiresAtMs?: number | undefined;
}

/** Where the outbox of one sender stands. */
export interface OutboxHead {
  readonly nextSequence: number;
  readonly waiting: number;
  /** No item stands below it. */
  readonly firstSequence: number;
  /** Absent: it stays, as an app's does. */
  readonly expiresAtMs?: number;
}

/** A key that the gateway made once. */
export interface KeptKey {
  readonly value: Uint8Array;
}

/** A small record of the HTTP side. */
export interface StoredDocument {
  readonly kind: string;
  readonly id: string;
  readonly owner?: UserId;
  readonly names: readonly string[];
  readonly expiresAtMs?: number;
  readonly value: Uint8Array;
}

/** A waiting notification as it is kept: its device is part of the key. */
export interface StoredNotification {
  readonly id: NotificationId;
  readonly subscription: SubscriptionId;
  readonly alias: Alias;
  readonly urgency: Urgency;
  readonly topic: string;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly data: Uint8Array;
  readonly encrypted?: true;
  readonly missed: number;
  /** Of a sum of dropped ones: the record with which it began, if that is another. */
  readonly missedFrom?: NotificationId;
  /** Key of the message it came from; empty when nothing is kept of that. */
  readonly messageKey: string;
}

/** What a sender that named its message may still do with it. */
export interface StoredMessage {
  /** Empty: nobody named it, and the record links its copies. */
  readonly sender: SenderId;
  readonly reference: string;
  readonly uid?: Uid;
  readonly receiptWanted: boolean;
  readonly receiptSent: boolean;
  readonly expiresAtMs: number;
  readonly targets: readonly MessageTarget[];
}

export interface MessageTarget {
  readonly device: DeviceId;
  readonly id: NotificationId;
  readonly fallback?: true;
}

export interface StoredOutboxItem {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly uid?: Uid;
  readonly expiresAtMs: number;
}

export interface StoredCounts {
  readonly users: number;
  readonly devices: number;
  readonly apps: number;
  readonly waitingNotifications: number;
  readonly outboxItems: number;
  readonly networks: number;
}

export interface StoredNetwork {
  /** Oldest first. */
  readonly reports: readonly FleetReport[];
}

/** A waiting notification as the store hands it out: with its device, and without what only the store needs. */
export interface DeviceNotification extends Omit<StoredNotification, 'messageKey'> {
  readonly device: DeviceId;
}

export function notificationRecord(device: DeviceId, stored: StoredNotification): DeviceNotification {
  const { id, subscription, alias, urgency, topic, acceptedAtMs, expiresAtMs, data, encrypted, missed, missedFrom } = stored;
  const record: Mutable<DeviceNotification> = {
    id, device, subscription, alias, urgency, topic, acceptedAtMs, expiresAtMs, data, missed,
  };
  if (encrypted === true) record.encrypted = encrypted;
  if (missedFrom !== undefined) record.missedFrom = missedFrom;
  return record;
}

export const queueHeadCodec: RecordCodec<QueueHead> = codec({
  name: 'QueueHead',
  check(head) {
    let problem = positive('nextId', head.nextId) ?? positive('nextAlias', head.nextAlias) ?? whole('firstId', head.firstId);
    for (const alias of head.waitingAliases) problem ??= positive('waitingAliases', alias);
    return problem;
  },
  write: (head, writer) => wire.QueueHead.encode(head as QueueHead & { waitingAliases: number[] }, writer),
  read(reader) {
    const { nextId, nextAlias, waitingAliases, firstId } = known(wire.QueueHead.decode(reader));
    return { nextId, nextAlias, waitingAliases, firstId };
  },
});

export const userHeadCodec: RecordCodec<UserHead> = codec({
  name: 'UserHead',
  check: ({ nextId }) => positive('nextId', nextId),
  write: (head, writer) => wire.UserHead.encode(head, writer),
  read: (reader) => ({ nextId: known(wire.UserHead.decode(reader)).nextId }),
});

export const clearsCodec: RecordCodec<StoredClears> = codec({
  name: 'Clears',
  check({ clears }) {
    if (clears.length < 1 || clears.length > limits.clearsWaiting) {
      return `clears must be 1 to ${limits.clearsWaiting}, not ${clears.length}`;
    }
    let problem: string | undefined;
    for (const { alias, id: own, expiresAtMs } of clears) {
      problem ??= positive('clears.alias', alias) ?? positive('clears.id', own) ?? whole('clears.expiresAtMs', expiresAtMs);
    }
    return problem;
  },
  write: ({ clears }, writer) => wire.Clears.encode({ clears: [...clears] }, writer),
  read(reader) {
    const message = known(wire.Clears.decode(reader));
    const clears = message.clears.map((clear) => {
      const { alias, id: own, expiresAtMs } = known(clear);
      return { alias: alias ?? 0, id: own ?? 0, expiresAtMs: expiresAtMs ?? 0 };
    });
    return { clears };
  },
});

export const subscriptionQueueCodec: RecordCodec<SubscriptionQueue> = codec({
  name: 'SubscriptionQueue',
  check(queue) {
    let problem = queue.missedId === undefined ? undefined : positive('missedId', queue.missedId);
    for (const waiting of queue.ids) problem ??= positive('ids', waiting);
    return problem ?? (queue.expiresAtMs === undefined ? undefined : whole('expiresAtMs', queue.expiresAtMs));
  },
  write: ({ ids, missedId = null, expiresAtMs = null }, writer) =>
    wire.SubscriptionQueue.encode({ ids: ids as number[], missedId, expiresAtMs }, writer),
  read(reader) {
    const { ids, missedId, expiresAtMs } = known(wire.SubscriptionQueue.decode(reader));
    return { ids, ...(missedId === 0 ? {} : { missedId }), ...(expiresAtMs == null ? {} : { expiresAtMs }) };
  },
});

export const notificationCodec: RecordCodec<StoredNotification> = codec({
  name: 'Notification',
  check: (stored) =>
    positive('id', stored.id) ?? id('subscription', stored.subscription) ?? positive('alias', stored.alias)
    ?? text('topic', stored.topic) ?? whole('acceptedAtMs', stored.acceptedAtMs)
    ?? whole('expiresAtMs', stored.expiresAtMs) ?? count('missed', stored.missed)
    ?? (stored.missedFrom === undefined ? undefined : positive('missedFrom', stored.missedFrom))
    ?? text('messageKey', stored.messageKey),
  write: (stored, writer) =>
    wire.Notification.encode({
      id: stored.id,
      subscription: stored.subscription,
      alias: stored.alias,
      urgency: urgencies.indexOf(stored.urgency),
      topic: stored.topic,
      acceptedAtMs: stored.acceptedAtMs,
      expiresAtMs: stored.expiresAtMs,
      data: stored.data,
      encrypted: stored.encrypted ?? false,
      missed: stored.missed,
      missedFrom: stored.missedFrom ?? 0,
      message: stored.messageKey,
    }, writer),
  read(reader) {
    const message = known(wire.Notification.decode(reader));
    return {
      id: message.id,
      subscription: message.subscription as SubscriptionId,
      alias: message.alias,
      urgency: urgency('urgency', message.urgency),
      topic: message.topic,
      acceptedAtMs: message.acceptedAtMs,
      expiresAtMs: message.expiresAtMs,
      data: copyOf(message.data),
      ...(message.encrypted ? { encrypted: true as const } : {}),
      missed: message.missed,
      ...(message.missedFrom === 0 ? {} : { missedFrom: message.missedFrom }),
      messageKey: message.message,
    };
  },
});

export const messageCodec: RecordCodec<StoredMessage> = codec({
  name: 'Message',
  check(message) {
    let problem = text('sender', message.sender) ?? id('reference', message.reference)
      ?? whole('expiresAtMs', message.expiresAtMs) ?? (message.uid === undefined ? undefined : id('uid', message.uid));
    for (const target of message.targets) {
      problem ??= id('targets.device', target.device) ?? positive('targets.id', target.id);
    }
    return problem;
  },
  write: (message, writer) => wire.Message.encode({ ...message, targets: [...message.targets] }, writer),
  read(reader) {
    const message = known(wire.Message.decode(reader));
    return {
      sender: message.sender as SenderId,
      reference: message.reference,
      ...(message.uid === '' ? {} : { uid: message.uid as Uid }),
      receiptWanted: message.receiptWanted,
      receiptSent: message.receiptSent,
      expiresAtMs: message.expiresAtMs,
      targets: message.targets.map((target) => {
        known(target);
        return {
          device: (target.device ?? '') as DeviceId,
          id: target.id ?? 0,
          ...(target.fallback === true ? { fallback: true as const } : {}),
        };
      }),
    };
  },
});

export const outboxItemCodec: RecordCodec<StoredOutboxItem> = codec({
  name: 'OutboxItem',
  check: (item) =>
    id('topic', item.topic) ?? whole('expiresAtMs', item.expiresAtMs)
    ?? (item.uid === undefined ? undefined : id('uid', item.uid)),
  write: (item, writer) => wire.OutboxItem.encode(item, writer),
  read(reader) {
    const message = known(wire.OutboxItem.decode(reader));
    return {
      topic: message.topic,
      payload: copyOf(message.payload),
      ...(message.uid === '' ? {} : { uid: message.uid as Uid }),
      expiresAtMs: message.expiresAtMs,
    };
  },
});

export const outboxHeadCodec: RecordCodec<OutboxHead> = codec({
  name: 'OutboxHead',
  check: (head) =>
    whole('nextSequence', head.nextSequence) ?? count('waiting', head.waiting)
    ?? whole('firstSequence', head.firstSequence) ?? whole('expiresAtMs', head.expiresAtMs ?? 1)
    ?? (head.expiresAtMs === 0 ? 'expiresAtMs must not be 0' : undefined),
  write: (head, writer) => wire.OutboxHead.encode(head, writer),
  read(reader) {
    const { nextSequence, waiting, firstSequence, expiresAtMs } = known(wire.OutboxHead.decode(reader));
    return { nextSequence, waiting, firstSequence, ...(expiresAtMs === 0 ? {} : { expiresAtMs }) };
  },
});

export const keptKeyCodec: RecordCodec<KeptKey> = codec({
  name: 'KeptKey',
  check: ({ value }) =>
    (value.length < 1 || value.length > limits.keptKeyBytes
      ? `value must have 1 to ${limits.keptKeyBytes} bytes, not ${value.length}` : undefined),
  write: (kept, writer) => wire.KeptKey.encode(kept, writer),
  read: (reader) => ({ value: copyOf(known(wire.KeptKey.decode(reader)).value) }),
});

export const documentCodec: RecordCodec<StoredDocument> = codec({
  name: 'Document',
  check: ({ kind, id: own, owner, names, expiresAtMs, value }) =>
    (kindPattern.test(kind) ? undefined
      : `kind must be 1 to ${limits.documentKindCharacters} of a-z and -, not ${JSON.stringify(kind.slice(0, 40))}`)
    ?? bounded('id', own, limits.documentNameCharacters)
    ?? (owner === undefined ? undefined : id('owner', owner))
    ?? namesProblem(names) ?? whole('expiresAtMs', expiresAtMs ?? 0)
    ?? (value.length > limits.documentBytes
      ? `value must have at most ${limits.documentBytes} bytes, not ${value.length}` : undefined),
  write: (document, writer) => wire.Document.encode({ ...document, names: [...document.names] }, writer),
  read(reader) {
    const message = known(wire.Document.decode(reader));
    const expiresAtMs = message.expiresAtMs;
    return {
      kind: message.kind,
      id: message.id,
      ...(message.owner === '' ? {} : { owner: message.owner as UserId }),
      names: message.names,
      ...(expiresAtMs == null ? {} : { expiresAtMs }),
      value: copyOf(message.value),
    };
  },
});

const kindPattern = new RegExp(`^[a-z-]{1,${limits.documentKindCharacters}}$`);

function namesProblem(names: readonly string[]): string | undefined {
  if (names.length > limits.documentNames) return `names must be at most ${limits.documentNames}, not ${names.length}`;
  if (new Set(names).size < names.length) return 'names must not have one twice';
  let problem: string | undefined;
  for (const name of names) problem ??= bounded('names', name, limits.documentNameCharacters);
  return problem;
}

export const countsCodec: RecordCodec<StoredCounts> = codec({
  name: 'Counts',
  check: (counts) =>
    whole('users', counts.users) ?? whole('devices', counts.devices) ?? whole('apps', counts.apps)
    ?? whole('waitingNotifications', counts.waitingNotifications) ?? whole('outboxItems', counts.outboxItems)
    ?? whole('networks', counts.networks),
  write: (counts, writer) => wire.Counts.encode(counts, writer),
  read(reader) {
    const { users, devices, apps, waitingNotifications, outboxItems, networks } = known(wire.Counts.decode(reader));
    return { users, devices, apps, waitingNotifications, outboxItems, networks };
  },
});

export const networkCodec: RecordCodec<StoredNetwork> = codec({
  name: 'Network',
  check({ reports }) {
    if (reports.length < 1 || reports.length > mostReports) return `reports must be 1 to ${mostReports}, not ${reports.length}`;
    for (const { reporter, step, atMs } of reports) {
      const problem = count('reporter', reporter) ?? whole('atMs', atMs);
      if (problem !== undefined) return problem;
      if (step >= fleetStepsSeconds.length) return `step must be below ${fleetStepsSeconds.length}, not ${step}`;
    }
    return undefined;
  },
  write: ({ reports }, writer) => wire.Network.encode({ reports: [...reports] }, writer),
  read(reader) {
    const message = known(wire.Network.decode(reader));
    const reports = message.reports.map((report) => {
      const { reporter, step, atMs } = known(report);
      return { reporter: reporter ?? 0, step: step ?? 0, atMs: atMs ?? 0 };
    });
    return { reports };
  },
});
