import type { Clock } from '../ports/clock.js';
import type { StoreHealth } from './store-health.js';
import { Timed } from './timer-wheel.js';
import type { Deadlines } from './timer-wheel.js';

export interface RetryLaterOptions<Item> {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly health: StoreHealth;
  /** Tries again; what fails again adds itself again. */
  readonly retry: (item: Item) => Promise<void>;
}

/** After a store that was only busy. */
const pauseMs = 1_000;

/** Whoever was refused by the store: tried again when it is well, one after the other. */
export class RetryLater<Item> extends Timed {
  readonly #options: RetryLaterOptions<Item>;
  #items = new Set<Item>();
  #running = false;

  constructor(options: RetryLaterOptions<Item>) {
    super();
    this.#options = options;
    options.health.onWell(() => this.onDue());
  }

  add(item: Item): void {
    this.#items.add(item);
    if (!this.#running) this.#plan();
  }

  override onDue(): void {
    if (this.#running || this.#items.size === 0) return;
    // While the store is ill its own probe tells when to go on.
    if (this.#options.health.well) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const items = this.#items;
    this.#items = new Set();
    for (const item of items) {
      if (this.#options.health.well) await this.#options.retry(item);
      else this.#items.add(item);
    }
    this.#running = false;
    if (this.#items.size > 0) this.#plan();
  }

  #plan(): void {
    const { clock, deadlines } = this.#options;
    deadlines.set(this, clock.nowMs() + pauseMs);
  }
}
