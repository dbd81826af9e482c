import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import type { Store, TouchedSenders } from '../ports/store.js';
import type { StoreHealth } from './store-health.js';
import { Timed } from './timer-wheel.js';
import type { Deadlines } from './timer-wheel.js';

export interface ExpirySweepOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly health: StoreHealth;
  readonly wakeSenders: (senders: TouchedSenders) => void;
}

/** Removes what expired, in batches that leave room for other writes between them. Nothing depends on it but room. */
export class ExpirySweep extends Timed {
  readonly #options: ExpirySweepOptions;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: ExpirySweepOptions) {
    super();
    this.#options = options;
  }

  start(): void {
    this.#plan();
  }

  /** Resolves when a batch that is under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.deadlines.clear(this);
    await this.#running;
  }

  override onDue(): void {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = undefined;
      this.#plan();
    });
  }

  async #sweep(): Promise<void> {
    const { store, clock, metrics, health, wakeSenders } = this.#options;
    try {
      for (let more = health.well; more && !this.#stopped; ) {
        const result = await store.expire(clock.nowMs() - limits.sweepLagMs, limits.sweepRecords);
        metrics.count('notifications_expired_total', result.removed);
        wakeSenders(result.touched);
        more = result.more;
      }
    } catch (error) {
      health.failed(error);
    }
  }

  #plan(): void {
    const { clock, deadlines } = this.#options;
    if (!this.#stopped) deadlines.set(this, clock.nowMs() + limits.sweepMs);
  }
}
