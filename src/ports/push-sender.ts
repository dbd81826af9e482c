// Somebody else's push service, as the gateway uses it for a device that has no link.

import type { Urgency } from '../core/frames.js';
import type { PushSubscription } from './store.js';

export interface OutgoingPush {
  readonly to: PushSubscription;
  /** In the clear, at most `limits.outgoingPushBytes`; the sender encrypts it for the device (RFC 8291). */
  readonly data: Uint8Array;
  readonly urgency: Urgency;
  readonly ttlSeconds: number;
  /** Collapse key; empty: none. */
  readonly topic: string;
}

export type OutgoingPushResult =
  | { readonly outcome: 'sent' }
  /** The push service has ended the subscription (404, 410): never send to it again. */
  | { readonly outcome: 'gone' }
  /** This message will never be taken there; another may. `reason` is for the log: no address, no content. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It may be taken later; `afterSeconds` when the push service said so. */
  | { readonly outcome: 'later'; readonly reason: string; readonly afterSeconds?: number };

export interface PushSender {
  /** RFC 8292: what a browser subscribes with; 65 bytes, an uncompressed point on P-256. */
  readonly publicKey: Uint8Array;
  /** In bounded time. Never rejects. */
  send(push: OutgoingPush): Promise<OutgoingPushResult>;
  /** Ends the connections that are kept open. */
  close(): void;
}
