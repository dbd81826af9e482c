import type { Urgency } from '../core/frames.js';
import type { StoreCounts } from '../ports/store.js';
import type { PublishResult } from './doors.js';
import type { Registry } from './registry.js';

/** Why the gateway should get no traffic right now; empty when it should. */
export type UnreadyReason = 'starting' | 'stopping' | 'store-unavailable';

export interface GatewayStatus {
  readonly startedAtMs: number;
  readonly uptimeSeconds: number;
  /** Devices that are linked. */
  readonly links: number;
  readonly appConnections: number;
  readonly unready: readonly UnreadyReason[];
  /** Absent while the store cannot be read. */
  readonly store?: StoreCounts;
}

/** A notification from the operator, in the name of the app that the uid belongs to. */
export interface OperatorMessage {
  readonly uid: string;
  readonly data: Uint8Array;
  readonly urgency: Urgency;
  readonly ttlSeconds: number;
  readonly topic: string;
}

/** What an operator may ask of a running gateway. */
export interface Operations {
  readonly registry: Registry;
  status(): Promise<GatewayStatus>;
  unready(): readonly UnreadyReason[];
  send(message: OperatorMessage): Promise<PublishResult>;
}
