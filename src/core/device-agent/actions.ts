// What a device agent asks of its shell. The shell calls `poll()` until it returns undefined after
// every input, and `onTimeout` when `nextTimeoutMs()` has come.

import type { NetworkKind, RejectionCode, UpFrame } from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';

export type DeviceAgentAction =
  /**
   * Open a connection; answer with `onConnected` or `onConnectFailed`. Nothing of an older
   * connection may be reported any more: its last bytes can arrive after the new one stands.
   */
  | { readonly type: 'connect' }
  /**
   * Drop the connection, or the attempt, without a goodbye (`goodbye: false`) or with one. No
   * `onDisconnected` is expected, and nothing that still arrives may be reported.
   */
  | { readonly type: 'disconnect'; readonly goodbye: boolean }
  /**
   * Encode and send it. `answered`: with QoS 1, so that the gateway answers; tell it by `onAnswered(nowMs, token)`. Not `answered`:
   * with QoS 0; nothing comes back, and nothing is to be told.
   */
  | { readonly type: 'send'; readonly token: number; readonly frame: UpFrame; readonly answered: boolean }
  /** Hand it to the app's handler; answer with `onHandled(nowMs, id, handled)`. */
  | {
      readonly type: 'deliver';
      readonly app: string;
      readonly id: NotificationId;
      readonly data: Uint8Array;
      readonly encrypted?: true;
      /** Above 0: so many were dropped that the app was not told of yet. */
      readonly missed: number;
    }
  /** Its handler failed `limits.handlerAttempts` times: it is acknowledged and comes no more. */
  | { readonly type: 'abandoned'; readonly app: string; readonly id: NotificationId }
  /** The user handled these on another device: what shows them here is to go. It may be told twice, and of ones never delivered. */
  | { readonly type: 'clear'; readonly app: string; readonly ids: readonly NotificationId[] }
  | ({ readonly type: 'registered' } & RegisteredApp)
  | { readonly type: 'registration-failed'; readonly app: string; readonly code: RejectionCode }
  /** The gateway has it, durably. */
  | { readonly type: 'message-sent'; readonly id: number }
  | { readonly type: 'message-failed'; readonly id: number; readonly code: RejectionCode }
  /**
   * Keep `state` so that it survives a restart, then call `onPersisted`; acknowledgements wait for
   * that. At most one is outstanding: what changes meanwhile comes with the next.
   */
  | { readonly type: 'persist'; readonly state: DeviceAgentState }
  | { readonly type: 'status'; readonly status: DeviceStatus };

export type DeviceStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'linked' }
  /** Not before `untilMs`. */
  | { readonly state: 'waiting'; readonly untilMs: number }
  /** Will not come back by itself. */
  | { readonly state: 'stopped'; readonly reason: 'taken-over' | 'removed' | 'refused' | 'asked' };

/** What the shell tells of the network. */
export interface NetworkChange {
  /**
   * Names the network among those this device has seen; equal keys are the same network. Stays on
   * the device.
   */
  readonly key: string;
  readonly kind: NetworkKind;
  /** False: there is no network, and no attempt is made. */
  readonly reachable: boolean;
  /**
   * What the gateway may know this network by: 1 to `limits.networkKeyBytes` bytes that tell no
   * location; absent: nothing is told.
   */
  readonly sharedKey?: Uint8Array;
}

/** An app of this device as the gateway confirmed it. */
export interface RegisteredApp {
  readonly app: string;
  readonly alias: Alias;
  readonly subscription: string;
  readonly endpoint?: string;
}

/** One that the user opened, answered or dismissed on this device. */
export interface HandledByUser {
  readonly app: string;
  readonly id: NotificationId;
}

/** What an app was told of dropped notifications: so many of the sum that began with the item `from`. */
export interface MissedTold {
  readonly app: string;
  readonly from: NotificationId;
  readonly count: number;
}

/** What the device keeps across restarts, as JSON values. */
export interface DeviceAgentState {
  readonly version: 1;
  /** Apps with their aliases. */
  readonly apps: readonly RegisteredApp[];
  /**
   * Ids handled lately, oldest first, at most `limits.rememberedIds`. No lowest id is kept below
   * which everything counts as handled: a notification under the minimum urgency may come long
   * after its neighbours.
   */
  readonly handled: readonly NotificationId[];
  /** The sum that each app was told last, at most `limits.subscriptionsPerDevice`; absent: none. */
  readonly missedTold?: readonly MissedTold[];
  /** Aliases of removed apps that the gateway has not confirmed yet. */
  readonly removals: readonly Alias[];
  readonly nextMessageId: number;
  /** Upstream messages without an answer: `data` in base64. */
  readonly messages: readonly { readonly id: number; readonly app: string; readonly data: string }[];
  /** Reports that the gateway has not answered, oldest first; absent: none. */
  readonly handledByUser?: readonly HandledByUser[];
  /** `HeartbeatController.memory()`. */
  readonly heartbeat?: unknown;
}
