// Stored values: one byte of schema version, then one message of schemas/record.proto.
//
// Migration: a reader accepts every version up to its own. Fields that an older version did not have
// come out as their defaults; a version that changes the meaning of a field converts in `read`, which
// gets the version. A newer version is refused rather than read in part, since writing such
// a record back would lose what was not understood.

import { lowbeat } from '#gen/record.js';
import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import type { AppId, DeviceId, NotificationId, SubscriptionId, Uid, UserId } from '../core/ids.js';
import type {
  AppRecord, DeviceRecord, GrantRecord, NotificationRecord, OutboxItem, Scope, SubscriptionRecord, UserRecord,
} from '../ports/store.js';
import { copyOf, encoded, isUint32, isWellFormed, readerOf } from './protobuf.js';
import type { Reader, Writer } from './protobuf.js';

/** The version that is written. */
export const recordVersion = 1;

export type RecordErrorCode =
  /** Written by a newer Lowbeat. */
  | 'newer-version'
  /** Not what any version writes. */
  | 'damaged';

export interface RecordError {
  readonly code: RecordErrorCode;
  readonly message: string;
}

export type RecordResult<Kept> =
  | { readonly ok: true; readonly record: Kept }
  | { readonly ok: false; readonly error: RecordError };

export interface RecordCodec<Kept> {
  /** Bytes that the caller owns. Throws RangeError when the record cannot be written so that it reads back equal. */
  encode: (record: Kept) => Uint8Array;
  /** Never throws; nothing in the record aliases `value`. */
  decode: (value: Uint8Array) => RecordResult<Kept>;
}

/** Where the numbers of a device's queue stand. */
export interface QueueHead {
  readonly nextId: NotificationId;
  readonly nextAlias: number;
}

/** A waiting notification as it is kept: its device is part of the key. */
export interface StoredNotification extends Omit<NotificationRecord, 'device'> {
  /** Key of the message it came from; empty when its sender gave none. */
  readonly messageKey: string;
}

/** What a sender that named its message may still do with it. */
export interface StoredMessage {
  readonly app: AppId;
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
}

export function notificationRecord(device: DeviceId, stored: StoredNotification): NotificationRecord {
  const { id, subscription, alias, urgency, topic, acceptedAtMs, expiresAtMs, data, missed } = stored;
  return { id, device, subscription, alias, urgency, topic, acceptedAtMs, expiresAtMs, data, missed };
}

const { record: wire } = lowbeat;

export const userCodec: RecordCodec<UserRecord> = codec({
  name: 'User',
  check: (user) => id('id', user.id) ?? text('name', user.name) ?? time('createdAtMs', user.createdAtMs),
  write: (user, writer) => wire.User.encode(user, writer),
  read(reader) {
    const message = known(wire.User.decode(reader));
    return { id: message.id as UserId, name: message.name, createdAtMs: message.createdAtMs };
  },
});

export const deviceCodec: RecordCodec<DeviceRecord> = codec({
  name: 'Device',
  check: (device) =>
    id('id', device.id) ?? id('user', device.user) ?? text('name', device.name)
    ?? hash('tokenHash', device.tokenHash) ?? time('createdAtMs', device.createdAtMs),
  write: (device, writer) =>
    wire.Device.encode({ ...device, minimumUrgency: urgencies.indexOf(device.minimumUrgency) }, writer),
  read(reader) {
    const message = known(wire.Device.decode(reader));
    return {
      id: message.id as DeviceId,
      user: message.user as UserId,
      name: message.name,
      tokenHash: copyOf(message.tokenHash),
      createdAtMs: message.createdAtMs,
      minimumUrgency: urgency('minimumUrgency', message.minimumUrgency),
    };
  },
});

export const appCodec: RecordCodec<AppRecord> = codec({
  name: 'App',
  check: (app) =>
    id('id', app.id) ?? text('name', app.name) ?? hash('secretHash', app.secretHash)
    ?? time('createdAtMs', app.createdAtMs),
  write: (app, writer) => wire.App.encode(app, writer),
  read(reader) {
    const message = known(wire.App.decode(reader));
    return {
      id: message.id as AppId,
      name: message.name,
      secretHash: copyOf(message.secretHash),
      createdAtMs: message.createdAtMs,
    };
  },
});

const scopes: readonly string[] = ['notify', 'presence', 'presence.idle'] satisfies readonly Scope[];

export const grantCodec: RecordCodec<GrantRecord> = codec({
  name: 'Grant',
  check: (grant) =>
    id('uid', grant.uid) ?? id('user', grant.user) ?? id('app', grant.app)
    ?? (grant.scopes.every((scope) => scopes.includes(scope)) ? undefined : `scopes must be among ${scopes.join(', ')}`)
    ?? time('revokedAtMs', grant.revokedAtMs ?? 0) ?? time('createdAtMs', grant.createdAtMs),
  write: (grant, writer) => wire.Grant.encode({ ...grant, scopes: [...grant.scopes] }, writer),
  read(reader) {
    const message = known(wire.Grant.decode(reader));
    const revokedAtMs = message.revokedAtMs;
    return {
      uid: message.uid as Uid,
      user: message.user as UserId,
      app: message.app as AppId,
      scopes: message.scopes as readonly string[] as readonly Scope[],
      paused: message.paused,
      ...(revokedAtMs == null ? {} : { revokedAtMs }),
      createdAtMs: message.createdAtMs,
    };
  },
});

export const subscriptionCodec: RecordCodec<SubscriptionRecord> = codec({
  name: 'Subscription',
  check: (subscription) =>
    id('id', subscription.id) ?? id('device', subscription.device) ?? id('app', subscription.app)
    ?? positive('alias', subscription.alias) ?? time('createdAtMs', subscription.createdAtMs)
    ?? (subscription.applicationServerKey?.length === 0 ? 'applicationServerKey must not be empty' : undefined),
  write: (subscription, writer) => wire.Subscription.encode(subscription, writer),
  read(reader) {
    const message = known(wire.Subscription.decode(reader));
    const key = message.applicationServerKey;
    return {
      id: message.id as SubscriptionId,
      device: message.device as DeviceId,
      app: message.app,
      alias: message.alias,
      createdAtMs: message.createdAtMs,
      ...(key.length === 0 ? {} : { applicationServerKey: copyOf(key) }),
    };
  },
});

export const queueHeadCodec: RecordCodec<QueueHead> = codec({
  name: 'QueueHead',
  check: (head) => positive('nextId', head.nextId) ?? positive('nextAlias', head.nextAlias),
  write: (head, writer) => wire.QueueHead.encode(head, writer),
  read(reader) {
    const message = known(wire.QueueHead.decode(reader));
    return { nextId: message.nextId, nextAlias: message.nextAlias };
  },
});

export const notificationCodec: RecordCodec<StoredNotification> = codec({
  name: 'Notification',
  check: (stored) =>
    positive('id', stored.id) ?? id('subscription', stored.subscription) ?? positive('alias', stored.alias)
    ?? text('topic', stored.topic) ?? time('acceptedAtMs', stored.acceptedAtMs)
    ?? time('expiresAtMs', stored.expiresAtMs) ?? count('missed', stored.missed)
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
      missed: stored.missed,
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
      missed: message.missed,
      messageKey: message.message,
    };
  },
});

export const messageCodec: RecordCodec<StoredMessage> = codec({
  name: 'Message',
  check(message) {
    let problem = id('app', message.app) ?? id('reference', message.reference)
      ?? time('expiresAtMs', message.expiresAtMs) ?? (message.uid === undefined ? undefined : id('uid', message.uid));
    for (const target of message.targets) {
      problem ??= id('targets.device', target.device) ?? positive('targets.id', target.id);
    }
    return problem;
  },
  write: (message, writer) => wire.Message.encode({ ...message, targets: [...message.targets] }, writer),
  read(reader) {
    const message = known(wire.Message.decode(reader));
    return {
      app: message.app as AppId,
      reference: message.reference,
      ...(message.uid === '' ? {} : { uid: message.uid as Uid }),
      receiptWanted: message.receiptWanted,
      receiptSent: message.receiptSent,
      expiresAtMs: message.expiresAtMs,
      targets: message.targets.map((target) => {
        known(target);
        return { device: (target.device ?? '') as DeviceId, id: target.id ?? 0 };
      }),
    };
  },
});

export const outboxItemCodec: RecordCodec<OutboxItem> = codec({
  name: 'OutboxItem',
  check: (item) =>
    id('topic', item.topic) ?? time('expiresAtMs', item.expiresAtMs)
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

interface CodecParts<Kept> {
  readonly name: string;
  /** What is wrong with the record, the same for one that is to be written and one that was read. */
  check(record: Kept): string | undefined;
  write(record: Kept, writer: Writer): unknown;
  /** Throws when the bytes are not such a message. */
  read(reader: Reader, version: number): Kept;
}

function codec<Kept>(parts: CodecParts<Kept>): RecordCodec<Kept> {
  function write(record: Kept, writer: Writer): void {
    // Below 128 the varint is the version's one byte.
    writer.uint32(recordVersion);
    parts.write(record, writer);
  }
  return {
    encode(record) {
      const problem = parts.check(record);
      if (problem !== undefined) throw new RangeError(`${parts.name}: ${problem}`);
      return encoded(record, write);
    },
    decode(value) {
      const version = value[0];
      if (version === undefined || version === 0) return damaged(parts.name, 'it has no schema version');
      if (version > recordVersion) {
        return {
          ok: false,
          error: {
            code: 'newer-version',
            message: `${parts.name}: schema version ${version} is newer than ${recordVersion}, the newest that this program reads`,
          },
        };
      }
      try {
        const reader = readerOf(value);
        reader.pos = 1;
        const record = parts.read(reader, version);
        const problem = parts.check(record);
        return problem === undefined ? { ok: true, record } : damaged(parts.name, problem);
      } catch (error) {
        return damaged(parts.name, error instanceof Error ? error.message : String(error));
      }
    },
  };
}

function damaged(name: string, problem: string): { readonly ok: false; readonly error: RecordError } {
  return { ok: false, error: { code: 'damaged', message: `${name}: ${problem}` } };
}

/** Every field of a version is known to its readers, so another one, or one of another wire type, is damage. */
function known<Message extends { readonly $unknowns?: readonly Uint8Array[] }>(message: Message): Message {
  if (message.$unknowns !== undefined) throw new Error('it has a field that its version does not have');
  return message;
}

function urgency(field: string, index: number): Urgency {
  const value = urgencies[index];
  if (value === undefined) throw new Error(`${field} must be 0 to ${urgencies.length - 1}, not ${index}`);
  return value;
}

function text(field: string, value: string): string | undefined {
  return isWellFormed(value) ? undefined : `${field} has half of a surrogate pair`;
}

function id(field: string, value: string): string | undefined {
  return value === '' ? `${field} must not be empty` : text(field, value);
}

function hash(field: string, value: Uint8Array): string | undefined {
  return value.length === 32 ? undefined : `${field} must be the 32 bytes of a SHA-256, not ${value.length}`;
}

function time(field: string, value: number): string | undefined {
  return Number.isFinite(value) ? undefined : `${field} must be a finite number, not ${value}`;
}

function positive(field: string, value: number): string | undefined {
  return value > 0 ? count(field, value) : `${field} must be 1 to 4294967295, not ${value}`;
}

function count(field: string, value: number): string | undefined {
  return isUint32(value) ? undefined : `${field} must be 0 to 4294967295, not ${value}`;
}
