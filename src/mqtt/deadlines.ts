import type { Clock } from '../ports/clock.js';

/** Real time for the front; tests bring one that they advance. Both give back what cancels. */
export interface Timers {
  every(intervalMs: number, run: () => void): () => void;
  after(delayMs: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  every(intervalMs, run) {
    const timer = setInterval(run, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Something that ends when it stays silent. It belongs to one `Deadlines` at most. */
export interface Expiring {
  /** Where `Deadlines` put it; 0: nowhere. Written by `Deadlines` only. */
  deadlineSlot: number;
  /** The deadline has come. Returns the next one if it has moved meanwhile. */
  onDeadline(nowMs: number): number | undefined;
}

export interface DeadlinesOptions {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Deadlines come up to this much late, never early. */
const slotMs = 1_000;

/**
 * All deadlines of the front, in slots of one second behind one timer, which runs only while there are any. A deadline that
 * moves with each packet (keep-alive) costs nothing then: it is looked at, and moved, when its old slot comes up.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #slots = new Map<number, Set<Expiring>>();
  #cancel: (() => void) | undefined;

  constructor(options: DeadlinesOptions) {
    this.#clock = options.clock;
    this.#timers = options.timers;
  }

  /** `onDeadline` once at or after `atMs`; replaces an earlier deadline of the same item. */
  set(item: Expiring, atMs: number): void {
    this.clear(item);
    const slot = Math.ceil(atMs / slotMs);
    const items = this.#slots.get(slot);
    if (items === undefined) this.#slots.set(slot, new Set([item]));
    else items.add(item);
    item.deadlineSlot = slot;
    this.#cancel ??= this.#timers.every(slotMs, () => this.#sweep());
  }

  clear(item: Expiring): void {
    if (item.deadlineSlot === 0) return;
    const items = this.#slots.get(item.deadlineSlot);
    items?.delete(item);
    if (items?.size === 0) this.#slots.delete(item.deadlineSlot);
    item.deadlineSlot = 0;
    if (this.#slots.size === 0) this.#stop();
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    // The clock may have jumped past many slots, and an item may clear others while this runs.
    for (const [slot, items] of [...this.#slots]) {
      if (slot * slotMs > nowMs) continue;
      this.#slots.delete(slot);
      for (const item of items) {
        item.deadlineSlot = 0;
        const nextMs = item.onDeadline(nowMs);
        if (nextMs !== undefined) this.set(item, Math.max(nextMs, nowMs + 1));
      }
    }
    if (this.#slots.size === 0) this.#stop();
  }

  #stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
