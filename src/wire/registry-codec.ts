// Codecs of what the registry keeps: users, devices, apps, grants, subscriptions. The types are those of the store port,
// written out again because this room does not know the ports; a test holds them equal.

import { lowbeat } from '#gen/record.js';
import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import type { Alias, AppId, DeviceId, SubscriptionId, Uid, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { ManualStatus } from '../core/presence/visible.js';
import type { Schedule, Weekday, Window } from '../core/presence/windows.js';
import { copyOf } from './protobuf.js';
import { bounded, codec, hash, id, known, positive, text, urgency, whole } from './versioned-codec.js';
import type { RecordCodec } from './versioned-codec.js';

const { record: wire } = lowbeat;

const scopes = ['notify', 'presence', 'presence.idle'] as const;
/** What a user may have set by hand; that the devices speak is kept as its absence. */
const manualStatuses = ['away', 'invisible'] as const satisfies readonly ManualStatus[];
const dayMinutes = 1_440;

export interface StoredUser {
  readonly id: UserId;
  readonly name: string;
  readonly createdAtMs: number;
  readonly manualStatus?: (typeof manualStatuses)[number];
  readonly zone?: string;
  readonly operator?: true;
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
  readonly redirectUris?: readonly string[];
  readonly domain?: string;
  readonly owner?: UserId;
  readonly webhook?: string;
  readonly deactivated?: true;
}

export interface StoredGrant {
  readonly uid: Uid;
  readonly user: UserId;
  readonly app: AppId;
  readonly scopes: readonly StoredScope[];
  readonly paused: boolean;
  readonly revokedAtMs?: number;
  readonly createdAtMs: number;
  readonly schedule?: Schedule;
  readonly followsPhone?: true;
  readonly outside?: 'drop';
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
  check: (user) =>
    id('id', user.id) ?? text('name', user.name) ?? whole('createdAtMs', user.createdAtMs)
    ?? (user.manualStatus === undefined || manualStatuses.includes(user.manualStatus)
      ? undefined : `manualStatus must be among ${manualStatuses.join(', ')}`)
    // Which names there are changes with the zone data of the program that reads it.
    ?? bounded('zone', user.zone, limits.zoneCharacters),
  write: (user, writer) => wire.User.encode(user, writer),
  read(reader) {
    const message = known(wire.User.decode(reader));
    return {
      id: message.id as UserId,
      name: message.name,
      createdAtMs: message.createdAtMs,
      ...(message.manualStatus === '' ? {} : { manualStatus: message.manualStatus as 'away' | 'invisible' }),
      ...(message.zone === '' ? {} : { zone: message.zone }),
      ...(message.operator ? { operator: true as const } : {}),
    };
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
    ?? whole('createdAtMs', app.createdAtMs) ?? redirectsProblem(app.redirectUris ?? [])
    ?? bounded('domain', app.domain, limits.domainCharacters)
    ?? (app.owner === undefined ? undefined : id('owner', app.owner))
    ?? bounded('webhook', app.webhook, limits.urlCharacters),
  write: (app, writer) => wire.App.encode({ ...app, redirectUris: [...app.redirectUris ?? []] }, writer),
  read(reader) {
    const message = known(wire.App.decode(reader));
    return {
      id: message.id as AppId,
      name: message.name,
      secretHash: copyOf(message.secretHash),
      createdAtMs: message.createdAtMs,
      ...(message.redirectUris.length === 0 ? {} : { redirectUris: message.redirectUris }),
      ...(message.domain === '' ? {} : { domain: message.domain }),
      ...(message.owner === '' ? {} : { owner: message.owner as UserId }),
      ...(message.webhook === '' ? {} : { webhook: message.webhook }),
      ...(message.deactivated ? { deactivated: true as const } : {}),
    };
  },
});

function redirectsProblem(redirectUris: readonly string[]): string | undefined {
  if (redirectUris.length > limits.redirectUrisPerApp) {
    return `redirectUris must be at most ${limits.redirectUrisPerApp}, not ${redirectUris.length}`;
  }
  let problem: string | undefined;
  for (const uri of redirectUris) problem ??= bounded('redirectUris', uri, limits.urlCharacters);
  return problem;
}

export const grantCodec: RecordCodec<StoredGrant> = codec({
  name: 'Grant',
  check: (grant) =>
    id('uid', grant.uid) ?? id('user', grant.user) ?? id('app', grant.app)
    ?? (grant.scopes.every((scope) => scopes.includes(scope)) ? undefined : `scopes must be among ${scopes.join(', ')}`)
    ?? whole('revokedAtMs', grant.revokedAtMs ?? 0) ?? whole('createdAtMs', grant.createdAtMs)
    ?? (grant.schedule === undefined ? undefined : scheduleFormProblem(grant.schedule)),
  write: ({ schedule, outside, ...grant }, writer) => wire.Grant.encode({
    ...grant,
    scopes: [...grant.scopes],
    schedule: schedule === undefined ? null : {
      zone: schedule.zone,
      windows: schedule.windows.map((window) => ({ ...window, days: [...window.days] })),
    },
    dropsOutside: outside === 'drop',
  }, writer),
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
      ...(message.schedule == null ? {} : { schedule: scheduleOf(message.schedule) }),
      ...(message.followsPhone ? { followsPhone: true as const } : {}),
      ...(message.dropsOutside ? { outside: 'drop' as const } : {}),
    };
  },
});

/** The form only: which zones there are changes with the zone data of the program that reads it. */
function scheduleFormProblem({ zone, windows }: Schedule): string | undefined {
  if (windows.length < 1 || windows.length > limits.windowsPerGrant) {
    return `schedule.windows must be 1 to ${limits.windowsPerGrant}, not ${windows.length}`;
  }
  let problem = bounded('schedule.zone', zone, limits.zoneCharacters);
  for (const { days, startMinute, endMinute } of windows) {
    if (days.length < 1 || days.length > limits.daysPerWindow) {
      problem ??= `schedule.windows.days must be 1 to ${limits.daysPerWindow}, not ${days.length}`;
    }
    for (const day of days) problem ??= between('schedule.windows.days', day, { least: 1, most: 7 });
    problem ??= between('schedule.windows.startMinute', startMinute, { least: 0, most: dayMinutes - 1 })
      ?? between('schedule.windows.endMinute', endMinute, { least: 1, most: dayMinutes })
      ?? (startMinute === endMinute ? 'schedule.windows must not end when they start' : undefined);
  }
  return problem;
}

function between(field: string, value: number, { least, most }: { readonly least: number; readonly most: number }): string | undefined {
  return Number.isInteger(value) && value >= least && value <= most
    ? undefined : `${field} must be a whole number from ${least} to ${most}, not ${value}`;
}

function scheduleOf(message: lowbeat.record.Schedule.$Properties): Schedule {
  known(message);
  const windows = (message.windows ?? []).map((window): Window => {
    const { days, startMinute, endMinute } = known(window);
    return { days: (days ?? []) as Weekday[], startMinute: startMinute ?? 0, endMinute: endMinute ?? 0 };
  });
  return { zone: message.zone ?? '', windows };
}

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
