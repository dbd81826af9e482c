import type { VisiblePresence } from './visible.js';

/** A look at what an app may see of one uid. */
export interface DelayedLook {
  readonly nowMs: number;
  /** What would be seen without a delay; undefined: nothing can be said yet. */
  readonly actual: VisiblePresence | undefined;
  /** The user decided that the app sees nothing now. */
  readonly hidden: boolean;
  /** When what is seen may have become what it is. */
  readonly changedAtMs: number;
  /** Draws how long a change waits: anew for each. */
  readonly drawMs: () => number;
}

/**
 * What one app is shown of one uid where changes are told later, each by a time of its own, so that apps which compare notes cannot
 * match users by the moments at which they come and go (facts/presence I2).
 *
 * - What is seen first is shown at once: it tells of no moment.
 * - What the user decided to hide is hidden at once, and nothing waits any more.
 * - A change waits. What is shown when its time has come is what is true then: there and back again meanwhile is nothing.
 */
export class DelayedPresence {
  #shown: VisiblePresence | undefined;
  #dueAtMs = Infinity;

  constructor(actual: VisiblePresence | undefined) {
    this.#shown = actual;
  }

  /** When to look again; Infinity: no change waits. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** What is shown now. */
  see({ nowMs, actual, hidden, changedAtMs, drawMs }: DelayedLook): VisiblePresence | undefined {
    if (hidden) this.#show('offline');
    else if (actual === this.#shown) this.#dueAtMs = Infinity;
    // Nothing can be said, and nothing was shown that would have to be taken back.
    else if (actual === undefined) return undefined;
    else {
      if (this.#dueAtMs === Infinity) this.#dueAtMs = Math.min(changedAtMs, nowMs) + drawMs();
      if (nowMs >= this.#dueAtMs) this.#show(actual);
    }
    return this.#shown;
  }

  #show(state: VisiblePresence): void {
    this.#shown = state;
    this.#dueAtMs = Infinity;
  }
}
