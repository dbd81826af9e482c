// What the front doors (src/mqtt, src/http) and the gateway say to each other. The gateway implements `Gateway`,
// `DeviceLink` and `AppLink`; a door implements `DeviceConnection` and `AppConnection`.

import type { Urgency } from '../core/frames.js';
import type { AppId, DeviceId, NotificationId, SubscriptionId, Uid } from '../core/ids.js';
import type { Soon } from '../ports/soon.js';

/** A device's connection as the gateway sees it. */
export interface DeviceConnection {
  /** For logs only: never kept. */
  readonly address: string;
  /**
   * Writes one frame as a PUBLISH on topic `d`. `carries` are the notifications in it: a door whose client asked for QoS 1 by a
   * SUBSCRIBE of its own reports them with `DeviceLink.delivered` when the PUBACK comes. False when the send buffer is
   * above `limits.sendBufferBytes`: the door calls `DeviceLink.writable` once it has drained.
   */
  send(frame: Uint8Array, carries: readonly NotificationId[]): boolean;
  /** Closes after what was sent is flushed, in bounded time. `DeviceLink.closed` is still called once. */
  close(): void;
}

/** The gateway's end of one device's connection. */
export interface DeviceLink {
  /**
   * A PUBLISH on topic `u`. `answer` is called once, when the frame may be acknowledged (PUBACK). False for a frame that was
   * refused whole: its `answer` is never called, and the door, which sends PUBACKs in order [MQTT-4.6.0-2], does not wait for it.
   * The bytes are the door's only during the call: what is kept is copied.
   */
  receive(frame: Uint8Array, answer: () => void): boolean;
  /** Any other packet: a sign of life. */
  alive(): void;
  /** The client subscribed to `d` itself: one that registers no apps of its own gets every app its user granted `notify`. */
  subscribed(): void;
  delivered(ids: readonly NotificationId[]): void;
  writable(): void;
  /** The connection is gone. 'goodbye' after a DISCONNECT packet. */
  closed(how: 'goodbye' | 'lost'): void;
}

/** An app server's connection as the gateway sees it. */
export interface AppConnection {
  readonly address: string;
  /**
   * Delivers with QoS 1 if the client subscribed to a filter that matches; false when it did not. Report with `AppLink.delivered(token)`,
   * later than in the call itself.
   */
  send(topic: string, payload: Uint8Array, token: number): boolean;
  close(): void;
}

export interface AppLink {
  /** The client acknowledged the item. */
  delivered(token: number): void;
  /** The client subscribed to these, again or for the first time: what waits may be deliverable now, and presence is told anew. */
  subscribed(filters: readonly string[]): void;
  closed(): void;
}

export type Identity =
  | { readonly kind: 'device'; readonly device: DeviceId }
  | { readonly kind: 'app'; readonly app: AppId };

export type Destination =
  | { readonly uid: Uid }
  | { readonly subscription: SubscriptionId };

/** One request into the publish path, from whichever door; already of the right types, not yet checked against bounds or rights. */
export interface PublishRequest {
  readonly app: AppId;
  readonly to: Destination;
  readonly data: Uint8Array;
  readonly urgency: Urgency;
  /** Seconds; 0: now or never. */
  readonly ttlSeconds: number;
  /** Collapse key; empty: none. */
  readonly topic: string;
  /** The sender's own name for the message; empty: none. */
  readonly reference: string;
  /** Needs a reference. */
  readonly receipt: boolean;
}

/** Stable codes; docs/errors.md explains each. */
export type PublishErrorCode =
  | 'payload-too-large'
  | 'bad-option'
  | 'unknown-destination'
  /** The user revoked this app's grant, or is gone: the uid never comes back (facts/presence B2). */
  | 'revoked'
  | 'not-allowed'
  | 'store-busy'
  | 'store-unavailable'
  | 'rate-limited'
  | 'stopping';

export interface PublishError {
  readonly code: PublishErrorCode;
  /** What was wrong and what would be right. */
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export type PublishResult =
  | { readonly ok: true; readonly duplicate: boolean }
  | { readonly ok: false; readonly error: PublishError };

/** Who waits for the answer to a publish. */
export interface Publisher {
  /** The notification is durable everywhere it must be, or why not: called once, later. Never throws. */
  answered(result: PublishResult): void;
}

export interface Gateway {
  /** Compares in constant time; an unknown id costs as much as a wrong secret. Undefined: refuse. Rejects with StoreError when it cannot tell. */
  authenticate(username: string, password: Uint8Array): Soon<Identity | undefined>;
  /** Takes over: an older link of the device is closed with `taken-over` and emits nothing any more. Undefined while stopping. */
  attachDevice(device: DeviceId, connection: DeviceConnection): Soon<DeviceLink | undefined>;
  attachApp(app: AppId, connection: AppConnection): AppLink | undefined;
  /** Resolves when the notification is durable everywhere it must be, or with why not. Never rejects. */
  publish(request: PublishRequest): Promise<PublishResult>;
  /** The same for a door with thousands under way at once: a promise for each would be a good part of what they cost. Never throws. */
  publishFor(publisher: Publisher, request: PublishRequest): void;
  cancel(app: AppId, reference: string): Promise<PublishResult>;
  /**
   * Puts `error/<subject>` into the app's outbox: how a door tells an MQTT app server what it refused (MQTT 3.1.1 has no negative PUBACK).
   * `topic` is what was published to. Resolves when it is durable; rejects with StoreError when it cannot be kept.
   */
  reportError(app: AppId, subject: string, error: PublishError, topic?: string): Promise<void>;
}
