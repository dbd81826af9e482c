// What a frame says, apart from how it is written: src/wire turns these into protobuf and back.
// docs/protocol.md explains every item; schemas/link.proto is the wire form.

import type { Alias, NotificationId } from './ids.js';

/** What a device says of itself. Offline is never said: a goodbye or the lease tells it. */
export type DevicePresence = 'online' | 'away';
export type Power = 'unknown' | 'battery' | 'battery-low' | 'charging';
export type NetworkKind = 'unknown' | 'wifi' | 'cellular' | 'wired' | 'other';
/** RFC 8030 §5.3. */
export type Urgency = 'very-low' | 'low' | 'normal' | 'high';

/** In rank order: index 0 is the least urgent. The wire form is the index. */
export const urgencies: readonly Urgency[] = ['very-low', 'low', 'normal', 'high'];

export interface Heartbeat {
  readonly presence: DevicePresence;
  readonly power: Power;
  readonly network: NetworkKind;
  /** Seconds, `limits.shortestPromiseSeconds` to `limits.promiseSeconds`. */
  readonly promiseSeconds: number;
}

/** Encoded fields of a newer protocol, tag included, kept as they came: decoding and encoding again loses nothing. */
export interface Extensible {
  readonly unknown?: readonly Uint8Array[];
}

export interface Registration extends Extensible {
  readonly request: number;
  /** The app's id or name. */
  readonly app: string;
  /** RFC 8292 public key, 65 bytes, uncompressed P-256. */
  readonly applicationServerKey?: Uint8Array;
}

export interface UpstreamMessage extends Extensible {
  readonly id: number;
  readonly alias: Alias;
  readonly data: Uint8Array;
}

export interface Settings extends Extensible {
  readonly minimumUrgency?: Urgency;
  /** 1 to `limits.networkKeyBytes` bytes. */
  readonly network?: Uint8Array;
  /** How long that network keeps an idle flow, in seconds, as this device learned it; 1 and up. */
  readonly flowSeconds?: number;
}

/** Notifications of one app, by their ids on the device that the frame is of; at least one. */
export interface Handled extends Extensible {
  readonly alias: Alias;
  readonly ids: readonly NotificationId[];
}

/** Device to gateway. An absent item is an absent property; lists are never empty. */
export interface UpFrame extends Extensible {
  readonly heartbeat?: Heartbeat;
  readonly acks?: readonly NotificationId[];
  readonly registrations?: readonly Registration[];
  readonly removals?: readonly Alias[];
  readonly messages?: readonly UpstreamMessage[];
  readonly settings?: Settings;
  /** What the user opened, answered or dismissed on this device; at most `limits.frameItems` ids in all. */
  readonly handled?: readonly Handled[];
  /** Ids of `DownFrame.clears` that were done. */
  readonly cleared?: readonly NotificationId[];
}

/** One notification as the device gets it; `missed` above 0 stands for dropped ones and has no data. */
export interface NotificationItem extends Extensible {
  readonly id: NotificationId;
  readonly alias: Alias;
  readonly data: Uint8Array;
  /** `data` is a body of RFC 8291 (aes128gcm), which only this device can read. */
  readonly encrypted?: true;
  readonly missed: number;
  /** With `missed`: the item with which this count began; absent: with this one. */
  readonly missedFrom?: NotificationId;
}

export interface Confirmation extends Extensible {
  readonly request: number;
  readonly alias: Alias;
  readonly subscription: string;
  readonly endpoint?: string;
}

/** Why the gateway refused an item of a frame; the numbers are the wire form. */
export const rejectionCodes = {
  'bad-app-name': 1,
  'too-many-subscriptions': 2,
  'unknown-alias': 3,
  'no-grant': 4,
  'message-too-large': 5,
  'outbox-full': 6,
  'bad-application-server-key': 7,
  'store-unavailable': 8,
  /** What a code of a newer gateway is read as: refused, for a reason this device does not know. */
  'other': 127,
} as const;
export type RejectionCode = keyof typeof rejectionCodes;

/** Exactly one of `request` and `message` says what was refused. */
export interface Rejection extends Extensible {
  readonly request?: number;
  readonly message?: number;
  readonly code: RejectionCode;
}

export interface Advice extends Extensible {
  /** Seconds within which somebody entitled wants a sign of life; 0: nobody is watching. Absent: as before. */
  readonly freshnessSeconds?: number;
  /** What other devices learned of the network that this one named: `limits.fleetBytes` bytes, read by heartbeat/fleet. */
  readonly fleet?: Uint8Array;
}

/**
 * Why the gateway closes a link. 1xx: come back, not before `notBeforeSeconds`, with jitter.
 * 2xx: come back only when something changed here. 3xx: never with these credentials.
 */
export const closeReasons = {
  'shutting-down': 100,
  overloaded: 101,
  'too-many-malformed-frames': 102,
  'too-slow': 103,
  'too-many-frames': 104,
  'store-unavailable': 105,
  'lease-expired': 106,
  /** What a 1xx code of a newer gateway, or one of a range that is not known, is read as. */
  'other-come-back': 199,
  'taken-over': 200,
  /** What a 2xx code of a newer gateway is read as. */
  'other-wait-for-change': 299,
  'removed': 300,
  /** What a 3xx code of a newer gateway is read as. */
  'other-never': 399,
} as const;
export type CloseReason = keyof typeof closeReasons;

export interface Close extends Extensible {
  readonly reason: CloseReason;
  readonly notBeforeSeconds: number;
}

/** Gateway to device. An absent item is an absent property; lists are never empty. */
export interface DownFrame extends Extensible {
  readonly notifications?: readonly NotificationItem[];
  readonly confirmations?: readonly Confirmation[];
  readonly rejections?: readonly Rejection[];
  readonly advice?: Advice;
  readonly close?: Close;
  /** What the user handled on another device; at most `limits.frameItems` ids in all. */
  readonly clears?: readonly Handled[];
}
