import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import { StoreError } from '../ports/store.js';
import type { Store } from '../ports/store.js';
import type { PublishError } from './doors.js';
import { Timed } from './timer-wheel.js';
import type { Deadlines } from './timer-wheel.js';

export interface StoreHealthOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Whether the store can keep things, by what its own operations say and by a probe from time to time.
 *
 * - Well: every operation is tried. A refusal for want of disk makes it ill.
 * - Ill: what would have to be kept is refused without trying. The probe comes more often; the first that succeeds
 *   makes it well, and whoever waits for that is told.
 */
export class StoreHealth extends Timed {
  readonly #options: StoreHealthOptions;
  readonly #onWell: (() => void)[] = [];
  #well = true;
  #probing: Promise<void> | undefined;
  #stopped = false;

  constructor(options: StoreHealthOptions) {
    super();
    this.#options = options;
  }

  get well(): boolean {
    return this.#well;
  }

  /** `run` is called each time the store has become well again. */
  onWell(run: () => void): void {
    this.#onWell.push(run);
  }

  /** The first probe; resolves when the store has answered, whatever it said. */
  async start(): Promise<void> {
    await this.#probe();
  }

  stop(): void {
    this.#stopped = true;
    this.#options.deadlines.clear(this);
  }

  /** An operation was refused. What is not the store's refusal is a fault of ours and is logged as such. */
  failed(error: unknown): void {
    if (!(error instanceof StoreError)) {
      this.#options.log.error({ error }, 'a store operation failed unexpectedly');
      return;
    }
    this.#options.metrics.count('store_errors_total', 1, error.code);
    if (error.code !== 'STORE_BUSY') this.#fellIll(error);
  }

  override onDue(): void {
    void this.#probe();
  }

  async #probe(): Promise<void> {
    this.#probing ??= this.#askStore();
    await this.#probing;
  }

  async #askStore(): Promise<void> {
    try {
      await this.#options.store.probe();
      this.#recovered();
    } catch (error) {
      this.failed(error);
    } finally {
      this.#probing = undefined;
      this.#plan();
    }
  }

  #fellIll(error: StoreError): void {
    if (this.#well) {
      this.#options.log.error({ code: error.code, error }, 'the store cannot keep anything; publishes are refused');
    }
    this.#well = false;
    this.#plan();
  }

  #recovered(): void {
    if (this.#well) return;
    this.#well = true;
    this.#options.log.info({}, 'the store can keep things again');
    for (const run of this.#onWell) run();
  }

  #plan(): void {
    if (this.#stopped) return;
    const { clock, deadlines } = this.#options;
    deadlines.set(this, clock.nowMs() + (this.#well ? limits.probeMs : limits.probeFailingMs));
  }
}

/** What a sender is told of a failing store. */
export function storeRefusal(error: StoreError): PublishError {
  switch (error.code) {
    case 'STORE_BUSY':
      return {
        code: 'store-busy',
        message: 'too many writes are waiting; nothing was kept, send it again in a moment',
        retryAfterSeconds: 1,
      };
    case 'STORE_CLOSED':
      return { code: 'stopping', message: 'the gateway is stopping; send it again', retryAfterSeconds: 5 };
    case 'STORE_UNAVAILABLE':
    case 'STORE_LOCKED':
    case 'STORE_UNREADABLE':
      return storeUnavailable;
  }
}

export const storeUnavailable: PublishError = {
  code: 'store-unavailable',
  message: 'the gateway cannot keep anything right now; nothing was kept, send it again later',
  retryAfterSeconds: 5,
};
