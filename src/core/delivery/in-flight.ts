import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';

interface Entry {
  readonly id: NotificationId;
  readonly alias: Alias;
  sentAtMs: number;
  /** Times it was sent on this link. */
  times: number;
}

/**
 * What was sent on one link and is not acknowledged. At most `limits.inFlight` entries: plain scans
 * are the fastest.
 */
export class InFlight {
  #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  has(id: NotificationId): boolean {
    return this.#entries.some((entry) => entry.id === id);
  }

  countOf(alias: Alias): number {
    let count = 0;
    for (const entry of this.#entries) if (entry.alias === alias) count += 1;
    return count;
  }

  /** The first time, or once more. */
  sent(nowMs: number, { id, alias }: { readonly id: NotificationId; readonly alias: Alias }): void {
    const known = this.#entries.find((entry) => entry.id === id);
    if (known === undefined) {
      const entry: Entry = { id, alias, sentAtMs: nowMs, times: 1 };
      // A list that is made empty and grows takes room for many; most have one.
      if (this.#entries.length === 0) this.#entries = [entry];
      else this.#entries.push(entry);
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

  /** When the first one is due to be sent again. */
  dueAtMs(): number {
    let dueAtMs = Infinity;
    for (const entry of this.#entries) dueAtMs = Math.min(dueAtMs, dueAtMsOf(entry));
    return dueAtMs;
  }

  isDue(nowMs: number, id: NotificationId): boolean {
    return this.#entries.some((entry) => entry.id === id && nowMs >= dueAtMsOf(entry));
  }

  /**
   * Forgets what is due and was sent again often enough; the lowest id of the others that are due,
   * 0 when there is none.
   */
  lowestDue(nowMs: number): NotificationId {
    let lowest = 0;
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index];
      if (entry === undefined || nowMs < dueAtMsOf(entry)) continue;
      if (entry.times > limits.redeliveries) this.#entries.splice(index, 1);
      else if (lowest === 0 || entry.id < lowest) lowest = entry.id;
    }
    return lowest;
  }
}

function dueAtMsOf(entry: Entry): number {
  return entry.sentAtMs + limits.redeliverMs;
}
