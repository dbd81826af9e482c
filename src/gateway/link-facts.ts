import type { Heartbeat } from '../core/frames.js';

/** What a link tells of its device, for its user's eyes. Times are milliseconds since the epoch. */
export interface LinkFacts {
  readonly linkedSinceMs: number;
  readonly lastLifeAtMs: number;
  /** By when the next sign of life is due, grace included. */
  readonly promisedUntilMs: number;
  readonly heartbeat?: Heartbeat;
  /** Heartbeats on this link. */
  readonly heartbeats: number;
  /** How long its network keeps an idle flow, as the device learned it. */
  readonly flowSeconds?: number;
}
