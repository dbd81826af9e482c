import type { DevicePresence } from '../frames.js';
import { limits } from '../limits.js';

/** All of a device that is linked, and of whom no answer is due. */
export interface RestingDevice {
  readonly presence: DevicePresence | 'offline';
  readonly heard: boolean;
  readonly unanswered: boolean;
  readonly promiseSeconds: number;
  readonly leaseUntilMs: number;
}

/**
 * What one device is, as its link tells: online or away by its own word, offline by a goodbye or by
 * silence.
 *
 * - Unheard: the link stands and no heartbeat came yet. Within the shortest promise and the grace
 *   the first one is due; without it the device says nothing of itself and counts as offline,
 *   though it may stay linked.
 * - Heard: the last heartbeat holds while signs of life come within its promise and the grace: the
 *   lease.
 * - Unanswered: heard, and no sign of life came after a notification. It counts as offline, and as what it was with the
 *   next sign of life.
 * - Lingering: the connection was lost without a goodbye. The state holds for the linger, never
 *   longer than the lease.
 * - Offline: by a goodbye at once, or when lease or linger ran out.
 */
export class DeviceState {
  #presence: DevicePresence | 'offline' = 'offline';
  #heard = false;
  #gone = false;
  #promiseMs = limits.promiseSeconds * 1000;
  #leaseUntilMs: number;
  #lingerUntilMs = Infinity;
  /** By when a sign of life is due after a notification; Infinity: none is. */
  #answerUntilMs = Infinity;
  #unanswered = false;

  constructor(options: { readonly nowMs: number }) {
    this.#leaseUntilMs = options.nowMs + limits.shortestPromiseSeconds * 1000 + limits.graceMs;
  }

  /** As it was when it came to rest. */
  static woken({ presence, heard, unanswered, promiseSeconds, leaseUntilMs }: RestingDevice): DeviceState {
    const device = new DeviceState({ nowMs: 0 });
    device.#presence = presence;
    device.#heard = heard;
    device.#unanswered = unanswered;
    device.#promiseMs = promiseSeconds * 1000;
    device.#leaseUntilMs = leaseUntilMs;
    return device;
  }

  /** Undefined while it is not linked, or its answer is due. */
  rest(): RestingDevice | undefined {
    if (this.#gone || this.#lingerUntilMs !== Infinity || this.#answerUntilMs !== Infinity) return undefined;
    return {
      presence: this.#presence,
      heard: this.#heard,
      unanswered: this.#unanswered,
      promiseSeconds: this.#promiseMs / 1000,
      leaseUntilMs: this.#leaseUntilMs,
    };
  }

  /**
   * Anything from the device. Before its first heartbeat this does not renew the lease: nothing was
   * promised.
   */
  onLife(nowMs: number): void {
    this.#answered();
    if (this.#heard) this.#leaseUntilMs = nowMs + this.#promiseMs + limits.graceMs;
  }

  /** A notification went to the device. */
  onProbe(nowMs: number): void {
    if (this.#presence === 'offline' || this.#unanswered) return;
    this.#answerUntilMs = Math.min(this.#answerUntilMs, nowMs + limits.probeSilenceMs);
  }

  /** True when the presence changed. */
  onHeartbeat(nowMs: number, presence: DevicePresence, promiseSeconds: number): boolean {
    const changed = this.presence !== presence;
    this.#answered();
    this.#heard = true;
    this.#presence = presence;
    this.#promiseMs = promiseSeconds * 1000;
    this.#leaseUntilMs = nowMs + this.#promiseMs + limits.graceMs;
    return changed;
  }

  /** True when the device is offline from now on. */
  onDisconnected(nowMs: number, how: 'goodbye' | 'lost'): boolean {
    if (how === 'goodbye') return this.#end();
    this.#lingerUntilMs = nowMs + limits.lingerMs;
    return nowMs >= this.deadlineMs && this.#end();
  }

  /**
   * 'offline' when lease or linger ran out: nothing comes any more. 'unheard' when the time for a
   * first heartbeat is over: the device counts as offline, and has the longest promise to show any
   * sign of life. 'unanswered' when none came after a notification.
   */
  onTimeout(nowMs: number): 'offline' | 'unheard' | 'unanswered' | undefined {
    if (this.#gone || nowMs < this.deadlineMs) return undefined;
    if (nowMs < Math.min(this.#leaseUntilMs, this.#lingerUntilMs)) {
      this.#answerUntilMs = Infinity;
      this.#unanswered = true;
      return 'unanswered';
    }
    if (this.#heard || this.#lingerUntilMs !== Infinity) {
      this.#end();
      return 'offline';
    }
    this.#heard = true;
    this.#leaseUntilMs = nowMs + this.#promiseMs + limits.graceMs;
    return 'unheard';
  }

  get presence(): DevicePresence | 'offline' {
    return this.#unanswered ? 'offline' : this.#presence;
  }

  /** When silence will mean offline. */
  get leaseUntilMs(): number {
    return this.#leaseUntilMs;
  }

  /** When it last showed a sign of life; when the link began, before the first. */
  get lastLifeAtMs(): number {
    return this.#leaseUntilMs - limits.graceMs - (this.#heard ? this.#promiseMs : limits.shortestPromiseSeconds * 1000);
  }

  /** When `onTimeout` is due. */
  get deadlineMs(): number {
    return this.#gone ? Infinity : Math.min(this.#leaseUntilMs, this.#lingerUntilMs, this.#answerUntilMs);
  }

  #answered(): void {
    this.#answerUntilMs = Infinity;
    this.#unanswered = false;
  }

  #end(): boolean {
    const ended = !this.#gone;
    this.#gone = true;
    this.#answered();
    this.#presence = 'offline';
    return ended;
  }
}
