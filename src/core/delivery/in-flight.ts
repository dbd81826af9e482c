import type { NotificationId } from '../ids.js';

interface Entry {
  readonly id: NotificationId;
  sentAtMs: number;
  /** Times it was sent on this link. */
  times: number;
}

/** What was sent on one link and is not acknowledged. At most `limits.inFlight` entries: plain scans are the fastest. */
export class InFlight {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  has(id: NotificationId): boolean {
    return this.#entries.some((entry) => entry.id === id);
  }

  /** The first time, or once more. */
  sent(nowMs: number, id: NotificationId): void {
    const known = this.#entries.find((entry) => entry.id === id);
    if (known === undefined) {
      this.#entries.push({ id, sentAtMs: nowMs, times: 1 });
    } else {
      known.sentAtMs = nowMs;
      known.times += 1;
    }
  }

  remove(id: NotificationId): void {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  removeIf(test: (id: NotificationId) => boolean): void {
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index];
      if (entry !== undefined && test(entry.id)) this.#entries.splice(index, 1);
    }
  }

  oldestSentAtMs(): number {
    let oldest = Infinity;
    for (const entry of this.#entries) oldest = Math.min(oldest, entry.sentAtMs);
    return oldest;
  }

  isDue(id: NotificationId, sentBeforeMs: number): boolean {
    return this.#entries.some((entry) => entry.id === id && entry.sentAtMs <= sentBeforeMs);
  }

  /** Forgets those that were sent `most` times and are due again; the lowest id of the other due ones, 0 when there is none. */
  lowestDue(sentBeforeMs: number, most: number): NotificationId {
    let lowest = 0;
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.sentAtMs > sentBeforeMs) continue;
      if (entry.times >= most) this.#entries.splice(index, 1);
      else if (lowest === 0 || entry.id < lowest) lowest = entry.id;
    }
    return lowest;
  }
}
