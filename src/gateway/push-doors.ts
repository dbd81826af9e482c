// What the Web Push door (src/http/push) and the gateway say to each other. The gateway implements `PushGateway`.
// A token is the last part of a capability URL: whoever has it may do what it stands for, and it tells nothing else.

import type { Urgency } from '../core/frames.js';
import type { DeviceId, SubscriptionId } from '../core/ids.js';
import type { Soon } from '../ports/soon.js';
import type { PublishError, PublishErrorCode } from './doors.js';

/** Where one app on one device takes notifications from whoever has the endpoint. */
export interface PushEndpoint {
  readonly subscription: SubscriptionId;
  /** RFC 8292 §4: the only key that may send here; 65 bytes, an uncompressed point on P-256. */
  readonly applicationServerKey?: Uint8Array;
}

/** Which receipt subscription tells of a message. */
export type ReceiptChoice =
  /** The one that the sender named in a `Link`: the token of its URL. */
  | { readonly token: string }
  /** The one of this sender: the same each time for the same verified key (65 bytes). */
  | { readonly applicationServerKey: Uint8Array }
  /** The one of whoever has the endpoint. */
  | 'endpoint';

/** One message (RFC 8030 §5), already checked as HTTP; not yet against rights and bounds. */
export interface PushRequest {
  readonly endpoint: PushEndpoint;
  readonly data: Uint8Array;
  /** `data` is a body of RFC 8291; false for an empty one, and for bytes that the sender meant to be readable. */
  readonly encrypted: boolean;
  readonly urgency: Urgency;
  /** Seconds, any whole number from 0 up: above `limits.ttlSeconds` it is that. 0: now or never. */
  readonly ttlSeconds: number;
  /** Collapse key; empty: none. */
  readonly topic: string;
  /** Absent: no receipt is wanted. */
  readonly receipts?: ReceiptChoice;
}

export type PushResult =
  | {
      readonly ok: true;
      /** Token of the message resource. */
      readonly message: string;
      /** What it is kept for at most. */
      readonly ttlSeconds: number;
      /** Token of the receipt subscription; present if and only if a receipt was wanted. */
      readonly receipts?: string;
    }
  | { readonly ok: false; readonly error: PushError };

export interface PushError extends Omit<PublishError, 'code'> {
  readonly code:
    | PublishErrorCode
    /** The endpoint was removed, or the user revoked its app. */
    | 'gone'
    /** The `Link` named a receipt subscription that is none of this gateway's. */
    | 'bad-receipt-subscription';
}

/** What became of one message. */
export interface PushReceipt {
  /** Ascending for one receipt subscription; what `confirm` takes. */
  readonly sequence: number;
  /** Token of the message resource. */
  readonly message: string;
  /** RFC 8030 §6.2: 204 for acknowledged, 410 for expired. */
  readonly state: 'acknowledged' | 'expired';
}

/** One reader of a receipt subscription; several may read one at a time, each gets everything from where it began. */
export interface ReceiptReader {
  /** What waits after `afterSequence`, oldest first, at most `limit`; may be empty. Rejects with StoreError. */
  read(afterSequence: number, limit: number): Promise<readonly PushReceipt[]>;
  /** They have reached their reader and are not told again to anybody. Rejects with StoreError. */
  confirm(sequences: readonly number[]): Promise<void>;
  /** Calls `onNews`, at most once, when there may be something new. The result takes that back. */
  wait(onNews: () => void): () => void;
}

export interface PushGateway {
  /** 'unknown': the token was never given out. 'gone': what it stood for was removed, or revoked by the user. Rejects with StoreError. */
  endpoint(token: string): Soon<PushEndpoint | 'unknown' | 'gone'>;
  /** Resolves when it is durable, or with why it is not. Never rejects. */
  push(request: PushRequest): Promise<PushResult>;
  /**
   * The sender takes a message back (RFC 8030 §5.4 has no words for it, facts/web-push 12 does). 'gone': it was acknowledged,
   * expired, replaced or taken back before. Rejects with StoreError.
   */
  cancelMessage(token: string): Promise<'cancelled' | 'unknown' | 'gone'>;
  /** Undefined: the token was never given out. Rejects with StoreError. */
  receipts(token: string): Promise<ReceiptReader | undefined>;
  /** The device ends one of its subscriptions, and with it its endpoint and what waits. False when it has none of this id. */
  unsubscribe(device: DeviceId, subscription: SubscriptionId): Promise<boolean>;
}
