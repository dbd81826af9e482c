// What a link session asks of its shell. The shell calls `poll()` until it returns undefined after
// every input.

import type {
  CloseReason,
  DevicePresence,
  DownFrame,
  Handled,
  Registration,
  UpstreamMessage,
  Urgency,
} from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';

/** What the session needs to know of a waiting notification; the store's record fits. */
export interface WaitingNotification {
  readonly id: NotificationId;
  readonly alias: Alias;
  readonly urgency: Urgency;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly data: Uint8Array;
  readonly encrypted?: true;
  readonly missed: number;
  readonly missedFrom?: NotificationId;
}

/** One that the user handled on another device, as the device of the session knows it; the store's record fits. */
export interface Clearing {
  readonly alias: Alias;
  readonly id: NotificationId;
}

export type LinkSessionAction =
  /** Encode and write it. Order matters. */
  | { readonly type: 'send'; readonly frame: DownFrame }
  /**
   * Read what waits: answer with `onLoaded`. At most one is outstanding. What this session
   * acknowledged before must be gone from the answer.
   */
  | { readonly type: 'load'; readonly afterId: NotificationId; readonly limit: number }
  /** Remove from the store; nothing comes back. */
  | { readonly type: 'acknowledge'; readonly ids: readonly NotificationId[] }
  /**
   * Take it off the user's other devices. The shell answers the frame it came in only when it is
   * durable.
   */
  | { readonly type: 'handled'; readonly handled: readonly Handled[] }
  /** Read what was handled elsewhere and not confirmed: answer with `onClears`. What this session confirmed before must be gone from the answer. */
  | { readonly type: 'clears' }
  /** The device has cleared these: it need not be told again. */
  | { readonly type: 'cleared'; readonly ids: readonly NotificationId[] }
  /** Answer with `onRegistered` or `onRejected`. */
  | { readonly type: 'register'; readonly registration: Registration }
  | { readonly type: 'remove'; readonly alias: Alias }
  /**
   * Keep it for the app server. The shell answers the frame it came in only when it is durable or
   * rejected.
   */
  | { readonly type: 'upstream'; readonly message: UpstreamMessage }
  | { readonly type: 'minimum-urgency'; readonly urgency: Urgency }
  /**
   * What the device says of its present network, for what a fleet learns together; may be dropped.
   */
  | { readonly type: 'network'; readonly key: Uint8Array; readonly flowSeconds?: number }
  /** The device's state changed; `LinkSession.leaseUntilMs` is when silence will mean offline. */
  | { readonly type: 'presence'; readonly presence: DevicePresence | 'offline' }
  /** Close the connection after what was sent; the session takes no more frames. */
  | { readonly type: 'close'; readonly reason: CloseReason };
