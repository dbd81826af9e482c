import type { UpFrame } from '../frames.js';
import type { NotificationId } from '../ids.js';
import { limits } from '../limits.js';

export interface SentFrame {
  readonly token: number;
  readonly sentAtMs: number;
  readonly frame: UpFrame;
}

interface Waiting extends SentFrame {
  waitUntilMs: number;
  /** The wait was begun anew because the device was asleep when it ended. */
  extended: boolean;
}

/**
 * Frames on their way up one link: how many may still go, which have no answer. Tokens are never
 * used twice, so that the answer to a frame of an older connection is told from those of this one.
 *
 * A frame that only acknowledges is not answered: what it would be repeated for, the gateway sends
 * again by itself. Its acknowledgements are remembered until a later frame is answered, which has
 * arrived behind it; if the link is lost before they go up once more, and spare that.
 */
export class Unanswered {
  readonly #answerWaitMs: number;
  #waiting: Waiting[] = [];
  /** By the tokens of their frames, oldest first. */
  #unproven: { readonly token: number; readonly acks: readonly NotificationId[] }[] = [];
  #nextToken = 1;
  #credit: number = limits.agentFrameBurst;
  #creditAtMs: number;

  constructor(options: { readonly nowMs: number; readonly answerWaitMs: number }) {
    this.#answerWaitMs = options.answerWaitMs;
    this.#creditAtMs = options.nowMs;
  }

  /** As many frames have no answer as may have none. */
  get full(): boolean {
    return this.#waiting.length >= limits.upFramesInFlight;
  }

  get oldestSentAtMs(): number | undefined {
    return this.#waiting[0]?.sentAtMs;
  }

  /** When the link counts as dead unless the oldest frame is answered. */
  get deadlineMs(): number {
    return this.#waiting[0]?.waitUntilMs ?? Infinity;
  }

  /** When the next frame may go: now, or later when many went lately. */
  readyAtMs(nowMs: number): number {
    const earned = (Math.max(0, nowMs - this.#creditAtMs) * limits.agentFramesPerSecond) / 1000;
    this.#credit = Math.min(limits.agentFrameBurst, this.#credit + earned);
    this.#creditAtMs = nowMs;
    if (this.#credit >= 1) return nowMs;
    return nowMs + Math.ceil(((1 - this.#credit) * 1000) / limits.agentFramesPerSecond);
  }

  /** Whether the gateway answers it, and the token by which that is told. */
  sent(nowMs: number, frame: UpFrame): { readonly token: number; readonly answered: boolean } {
    this.#credit -= 1;
    const token = this.#nextToken;
    this.#nextToken += 1;
    const answered = isAnswered(frame);
    if (answered) {
      this.#waiting.push({ token, sentAtMs: nowMs, frame, waitUntilMs: nowMs + this.#answerWaitMs, extended: false });
    } else {
      this.#unproven.push({ token, acks: frame.acks ?? [] });
      if (this.#unproven.length > limits.unprovenFrames) this.#unproven.shift();
    }
    return { token, answered };
  }

  /** Undefined when the frame was not of this link. */
  answered(token: number): SentFrame | undefined {
    const index = this.#waiting.findIndex((sent) => sent.token === token);
    if (index < 0) return undefined;
    if (this.#unproven.length > 0) this.#unproven = this.#unproven.filter((one) => one.token > token);
    return this.#waiting.splice(index, 1)[0];
  }

  /**
   * Whether the link is dead at `nowMs`. A device that slept through the end of the wait gets one
   * more: the answer may lie in its socket, and timers come before sockets.
   */
  isDead(nowMs: number): boolean {
    const oldest = this.#waiting[0];
    if (oldest === undefined || nowMs < oldest.waitUntilMs) return false;
    if (oldest.extended || nowMs - oldest.waitUntilMs <= limits.lateMs) return true;
    oldest.extended = true;
    oldest.waitUntilMs = nowMs + this.#answerWaitMs;
    return false;
  }

  /** The link is gone: what was acknowledged on it and may not have arrived. */
  clear(): readonly NotificationId[] {
    const acks = [...this.#unproven.flatMap((one) => one.acks), ...this.#waiting.flatMap(({ frame }) => frame.acks ?? [])];
    this.#waiting = [];
    this.#unproven = [];
    return acks;
  }
}

/** Whether it is sent with QoS 1: everything but what only acknowledges, and the confirmations that ride along. */
function isAnswered(frame: UpFrame): boolean {
  if (frame.acks === undefined) return true;
  const { heartbeat, registrations, removals, messages, settings, handled } = frame;
  return [heartbeat, registrations, removals, messages, settings, handled].some((item) => item !== undefined);
}
