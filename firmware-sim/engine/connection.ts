// One connection: its flow through the middlebox, and who still holds an end of it.

import type { LinkSession } from '../../src/core/link-session/link-session.js';
import type { Attachment } from '../world/trace.js';

export interface ConnectionOptions {
  readonly nowMs: number;
  readonly attachment: Attachment;
  readonly session: LinkSession;
}

/**
 * The middlebox forgets the flow when no refreshing packet came for `timeoutMs`, or when it restarts; then it drops what
 * comes in silence, or answers the phone with RST. A flow belongs to the attachment that it began on.
 */
export class Connection {
  readonly attachment: Attachment;
  readonly session: LinkSession;
  /** The phone still uses it. */
  open = true;
  gatewayOpen = true;
  /** Frames up that are to be answered and were not yet. */
  unanswered = 0;
  /** Frames down that are on the air, and the answers that the gateway wrote after them. */
  framesDown = 0;
  readonly answersBehind: number[] = [];
  /** The middlebox saw a refreshing packet last at this instant. */
  #refreshedMs: number;
  /** Infinity: the box does not restart any more. */
  #rebootMs: number;

  constructor(options: ConnectionOptions) {
    this.attachment = options.attachment;
    this.session = options.session;
    this.#refreshedMs = options.nowMs;
    this.#rebootMs = this.attachment.rebootsMs.find((atMs) => atMs > options.nowMs) ?? Infinity;
  }

  /** Whether packets pass at this instant while the phone is at `attachment`. */
  passes(atMs: number, attachment: Attachment): boolean {
    return (
      attachment === this.attachment &&
      atMs - this.#refreshedMs <= attachment.timeoutMs &&
      atMs < this.#rebootMs
    );
  }

  /** A packet that passes went up. */
  refreshUp(atMs: number): void {
    if (this.attachment.refreshedBy !== 'down') this.#refresh(atMs);
  }

  /**
   * A packet that passes came down. A box that heeds packets down only was seen to forget a phone whose packets up were
   * acknowledged by TCP all the time (uWebSockets.js issue 395), so a bare acknowledgement does not count there.
   */
  refreshDown(atMs: number, packet: 'data' | 'acknowledgement'): void {
    const { refreshedBy } = this.attachment;
    if (refreshedBy === 'both' || (refreshedBy === 'down' && packet === 'data')) this.#refresh(atMs);
  }

  #refresh(atMs: number): void {
    this.#refreshedMs = Math.max(this.#refreshedMs, atMs);
  }
}
