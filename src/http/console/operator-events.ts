// What an operator's page is told of the gateway, again and again: how it is, and what it has done.

import { limits } from '../../core/limits.js';
import type { GatewayStatus } from '../../gateway/operations.js';
import { Alarm } from '../../gateway/timer-wheel.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { Clock } from '../../ports/clock.js';
import { EventStream } from '../event-stream.js';
import type { GatewayFigures } from '../metrics.js';

export interface OperatorEventsOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly summary: () => Promise<GatewayStatus>;
  readonly figures?: () => Promise<GatewayFigures>;
  /** Whoever is no operator any more, or is signed out, hears nothing more. */
  readonly isOperator: () => Promise<boolean>;
}

export class OperatorEvents extends EventStream {
  readonly #options: OperatorEventsOptions;
  readonly #next = new Alarm(() => this.#tell());

  constructor(options: OperatorEventsOptions) {
    super({ ...options, highWaterMark: 16_384 });
    this.#options = options;
    this.open();
    this.#tell();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#options.deadlines.clear(this.#next);
    super._destroy(error, done);
  }

  /** It is told at the next time. */
  protected override onRoom(): void {}

  #tell(): void {
    if (this.destroyed) return;
    const { clock, deadlines } = this.#options;
    this.#told()
      .then(() => {
        if (!this.destroyed) deadlines.set(this.#next, clock.nowMs() + limits.operatorTellMs);
      })
      // The page comes back.
      .catch(() => this.destroy());
  }

  async #told(): Promise<void> {
    const { clock, summary, figures, isOperator } = this.#options;
    if (!(await isOperator())) {
      this.destroy();
      return;
    }
    if (!this.room) return;
    const data = { nowMs: clock.nowMs(), ...(await summary()), ...(figures && { figures: await figures() }) };
    if (!this.destroyed) this.say(`event: gateway\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
