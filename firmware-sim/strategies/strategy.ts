import type { HeartbeatController } from '../../src/core/heartbeat/controller.js';

/** One way to decide when to beat. A file of this folder that exports `strategy` is one; nothing else needs to know of it. */
export interface Strategy {
  readonly id: string;
  readonly title: string;
  /** Where the rule was read. */
  readonly source: string;
  /** Wait for an answer before the link counts as dead, when the rule has its own. */
  readonly answerWaitMs?: number;
  create(): HeartbeatController;
}
