// Codecs of what the registry keeps: users, devices, apps, grants, subscriptions. The types are those of the store port,
// written out again because this room does not know the ports; a test holds them equal.

import { lowbeat } from '#gen/record.js';
import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import type { Alias, AppId, DeviceId, SubscriptionId, Uid, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import { copyOf } from './protobuf.js';
import { codec, hash, id, known, positive, text, urgency, whole } from './versioned-codec.js';
import type { RecordCodec } from './versioned-codec.js';

const { record: wire } = lowbeat;

const scopes = ['notify', 'presence', 'presence.idle'] as const;

export interface StoredUser {
  readonly id: UserId;
  readonly name: string;
  readonly createdAtMs: number;
}

export interface StoredDevice {
  readonly id: DeviceId;
  readonly user: UserId;
  readonly name: string;
  /** SHA-256, 32 bytes. */
  readonly tokenHash: Uint8Array;
  readonly createdAtMs: number;
  readonly minimumUrgency: Urgency;
  readonly push?: StoredPushSubscription;
}

export interface StoredPushSubscription {
  readonly endpoint: string;
  readonly p256dh: Uint8Array;
  readonly auth: Uint8Array;
}

export interface StoredApp {
  readonly id: AppId;
  readonly name: string;
  /** SHA-256, 32 bytes. */
  readonly secretHash: Uint8Array;
  readonly createdAtMs: number;
}

export interface StoredGrant {
  readonly uid: Uid;
  readonly user: UserId;
  readonly app: AppId;
  readonly scopes: readonly StoredScope[];
  readonly paused: boolean;
  readonly revokedAtMs?: number;
  readonly createdAtMs: number;
}

export type StoredScope = (typeof scopes)[number];

export interface StoredSubscription {
  readonly id: SubscriptionId;
  readonly device: DeviceId;
  readonly app: string;
  readonly alias: Alias;
  readonly createdAtMs: number;
  readonly applicationServerKey?: Uint8Array;
  readonly endpointClosed?: true;
}

export const userCodec: RecordCodec<StoredUser> = codec({
  name: 'User',
  check: (user) => id('id', user.id) ?? text('name', user.name) ?? whole('createdAtMs', user.createdAtMs),
  write: (user, writer) => wire.User.encode(user, writer),
  read(reader) {
    const message = known(wire.User.decode(reader));
    return { id: message.id as UserId, name: message.name, createdAtMs: message.createdAtMs };
  },
});

export const deviceCodec: RecordCodec<StoredDevice> = codec({
  name: 'Device',
  check: (device) =>
    id('id', device.id) ?? id('user', device.user) ?? text('name', device.name)
    ?? hash('tokenHash', device.tokenHash) ?? whole('createdAtMs', device.createdAtMs)
    ?? (device.push === undefined ? undefined : pushProblem(device.push)),
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
      ...(message.push == null ? {} : { push: pushOf(message.push) }),
    };
  },
});

function pushProblem(push: StoredPushSubscription): string | undefined {
  if (push.p256dh.length !== 65) return 'push.p256dh must have 65 bytes';
  if (push.auth.length !== 16) return 'push.auth must have 16 bytes';
  if (push.endpoint.length > limits.endpointCharacters) {
    return `push.endpoint must have at most ${limits.endpointCharacters} characters, not ${push.endpoint.length}`;
  }
  return id('push.endpoint', push.endpoint);
}

function pushOf(message: lowbeat.record.PushSubscription.$Properties): StoredPushSubscription {
  known(message);
  return {
    endpoint: message.endpoint ?? '',
    p256dh: copyOf(message.p256dh ?? new Uint8Array(0)),
    auth: copyOf(message.auth ?? new Uint8Array(0)),
  };
}

export const appCodec: RecordCodec<StoredApp> = codec({
  name: 'App',
  check: (app) =>
    id('id', app.id) ?? text('name', app.name) ?? hash('secretHash', app.secretHash)
    ?? whole('createdAtMs', app.createdAtMs),
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

export const grantCodec: RecordCodec<StoredGrant> = codec({
  name: 'Grant',
  check: (grant) =>
    id('uid', grant.uid) ?? id('user', grant.user) ?? id('app', grant.app)
    ?? (grant.scopes.every((scope) => scopes.includes(scope)) ? undefined : `scopes must be among ${scopes.join(', ')}`)
    ?? whole('revokedAtMs', grant.revokedAtMs ?? 0) ?? whole('createdAtMs', grant.createdAtMs),
  write: (grant, writer) => wire.Grant.encode({ ...grant, scopes: [...grant.scopes] }, writer),
  read(reader) {
    const message = known(wire.Grant.decode(reader));
    const revokedAtMs = message.revokedAtMs;
    return {
      uid: message.uid as Uid,
      user: message.user as UserId,
      app: message.app as AppId,
      scopes: message.scopes as readonly string[] as readonly StoredScope[],
      paused: message.paused,
      ...(revokedAtMs == null ? {} : { revokedAtMs }),
      createdAtMs: message.createdAtMs,
    };
  },
});

export const subscriptionCodec: RecordCodec<StoredSubscription> = codec({
  name: 'Subscription',
  check: (subscription) =>
    id('id', subscription.id) ?? id('device', subscription.device) ?? id('app', subscription.app)
    ?? positive('alias', subscription.alias) ?? whole('createdAtMs', subscription.createdAtMs)
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
      ...(message.endpointClosed ? { endpointClosed: true as const } : {}),
    };
  },
});
