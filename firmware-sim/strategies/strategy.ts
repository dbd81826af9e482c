import type { HeartbeatController } from '../../src/core/heartbeat/controller.js';

/** Which connection of which phone a controller is for. */
export interface ConnectionPlace {
  /** From 0. */
  readonly index: number;
  /** The seed of the phone's trace. */
  readonly seed: number;
}

/** One way to decide when to beat. A file of this folder that exports `strategy` is one; nothing else needs to know of it. */
export interface Strategy {
  readonly id: string;
  readonly title: string;
  /** Where the rule was read. */
  readonly source: string;
  /** Wait for an answer before the link counts as dead, when the rule has its own. */
  readonly answerWaitMs?: number;
  /** Connections that a phone keeps, over which its notifications are spread; one, shared by all apps, if absent. */
  readonly connections?: number;
  /** Called once for each connection of a phone. */
  create(place: ConnectionPlace): HeartbeatController;
}
