import { backoffMs, type BackoffOptions } from '../backoff.js';
import { limits } from '../limits.js';
import type { Prng } from '../prng.js';

export interface ReconnectOptions {
  readonly random: Prng;
  readonly backoff: BackoffOptions;
}

/** When a device tries to connect next. Every `…At` gives an instant; nothing here waits. */
export class Reconnect {
  readonly #random: Prng;
  readonly #backoff: BackoffOptions;
  /** Losses and failures since the last good link. */
  #attempt = 0;
  #lastAttemptMs = -Infinity;
  #notBeforeMs = -Infinity;
  #refusals = 0;
  #linkedOnce = false;

  constructor(options: ReconnectOptions) {
    this.#random = options.random;
    this.#backoff = options.backoff;
  }

  /** The device is asked to come: what failed before does not count. */
  onStart(): void {
    this.#attempt = 0;
    this.#refusals = 0;
    this.#linkedOnce = false;
  }

  onAttempt(nowMs: number): void {
    this.#lastAttemptMs = nowMs;
  }

  onLinked(): void {
    this.#linkedOnce = true;
    this.#refusals = 0;
  }

  /** The network is another one, or back: what failed on the last one does not count. */
  atOnceAt(nowMs: number): number {
    this.#attempt = 0;
    return this.#earliest(nowMs);
  }

  /**
   * After a link that began at `linkedAtMs` is lost. The end of a good link for reasons of this
   * device alone is followed at once; one that may have hit many devices (a gateway that fell) is
   * spread by the backoff from the start.
   */
  afterLossAt(nowMs: number, linkedAtMs: number, alone: boolean): number {
    if (nowMs - linkedAtMs >= limits.stableLinkMs) this.#attempt = 0;
    if (alone && this.#attempt === 0) {
      this.#attempt = 1;
      return this.#earliest(nowMs);
    }
    return this.afterFailureAt(nowMs);
  }

  afterFailureAt(nowMs: number): number {
    const waitMs = backoffMs(this.#attempt, this.#backoff, this.#random);
    this.#attempt += 1;
    return this.#earliest(nowMs + waitMs);
  }

  /**
   * The gateway refused the credentials; undefined: give up. Credentials that never worked since
   * the start are wrong, and somebody is there to see it. Those that did work were more likely hit
   * by a gateway that runs on the wrong data or was restored: a whole fleet that gave up for good
   * would be worse than a few attempts a day, so these go on at the longest backoff for a day.
   */
  afterRefusalAt(nowMs: number): number | undefined {
    this.#refusals += 1;
    if (!this.#linkedOnce || this.#refusals > limits.refusals) return undefined;
    return this.#earliest(nowMs + this.#backoff.capMs * (0.5 + this.#random.next() / 2));
  }

  /**
   * The gateway said when to come back; the crowd that heard the same spreads over as long again.
   */
  afterCloseAt(nowMs: number, notBeforeSeconds: number): number {
    const waitMs = Math.min(notBeforeSeconds, limits.notBeforeSeconds) * 1000;
    this.#notBeforeMs = nowMs + waitMs;
    const { baseMs, capMs } = this.#backoff;
    const spreadMs = Math.max(waitMs, Math.min(capMs, baseMs * 2 ** Math.min(this.#attempt, 30)));
    this.#attempt += 1;
    return this.#earliest(this.#notBeforeMs + Math.floor(this.#random.next() * spreadMs));
  }

  #earliest(atMs: number): number {
    return Math.max(atMs, this.#notBeforeMs, this.#lastAttemptMs + limits.attemptGapMs);
  }
}
