import type { Duplex } from 'node:stream';

import { limits } from '../core/limits.js';
import type { Gateway } from '../gateway/doors.js';
import type { Deadlines } from '../gateway/timer-wheel.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import type { AppBroker } from './app-broker.js';
import type { LinkWriter } from './link-writer.js';

/** The bounds of the front that an operator or a test may set; the others stand in `core/limits`. */
export type FrontLimits = Readonly<Record<FrontLimit, number>>;

const defaults = {
  connectPacketBytes: limits.connectPacketBytes,
  devicePacketBytes: limits.devicePacketBytes,
  appPacketBytes: limits.appPacketBytes,
  proxyHeaderBytes: limits.proxyHeaderBytes,
  connectMs: limits.connectMs,
  closeMs: limits.closeMs,
  connections: limits.connections,
  sendBufferBytes: limits.sendBufferBytes,
  inFlight: limits.inFlight,
  deviceFramesUnanswered: limits.deviceFramesUnanswered,
  appPublishesInFlight: limits.appPublishesInFlight,
  appPublishesPerSecond: limits.appPublishesPerSecond,
  appPublishBurst: limits.appPublishBurst,
} as const;
type FrontLimit = keyof typeof defaults;

export function frontLimits(overrides: Partial<FrontLimits> = {}): FrontLimits {
  return { ...defaults, ...overrides };
}

/** What every connection of one front shares. */
export interface FrontContext {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: FrontLimits;
  /** The wheel that all links share. */
  readonly deadlines: Deadlines;
  /** Of frames and answers: they leave with the turn of the event loop. */
  readonly writer: LinkWriter;
  /**
   * Of the first that is written to a link, and what follows it at once: in a crowd that connects these leave one right after the other, when everything
   * that came in was read. A write that finds its reader asleep has to wake it, which costs several times what the write does.
   */
  readonly welcomeWriter: LinkWriter;
  readonly broker: AppBroker;
  /** Every open connection, whatever its state. */
  readonly connections: Set<Duplex>;
  /** No CONNECT is accepted any more. */
  stopping: boolean;
}
