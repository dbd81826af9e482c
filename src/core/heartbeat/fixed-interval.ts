import { limits } from '../limits.js';
import type { HeartbeatController, HeartbeatEvent, HeartbeatPlan } from './controller.js';

export interface FixedIntervalOptions {
  /** Milliseconds between signs of life; at most the longest promise. */
  readonly intervalMs: number;
}

/** Beats `intervalMs` after the last frame up. The floor any learned controller is compared with. */
export class FixedIntervalController implements HeartbeatController {
  readonly #intervalMs: number;
  #lastUpMs = -Infinity;
  #connected = false;

  constructor(options: FixedIntervalOptions) {
    const most = limits.promiseSeconds * 1000;
    if (!(options.intervalMs >= 1000 && options.intervalMs <= most)) {
      throw new RangeError(`intervalMs must be 1000 to ${most}, not ${options.intervalMs}`);
    }
    this.#intervalMs = options.intervalMs;
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    if (event.type === 'connected') {
      this.#connected = true;
      this.#lastUpMs = nowMs;
    } else if (event.type === 'disconnected') {
      this.#connected = false;
    } else if (event.type === 'traffic' && event.direction === 'up') {
      this.#lastUpMs = nowMs;
    }
  }

  plan(): HeartbeatPlan {
    return {
      beatAtMs: this.#connected ? this.#lastUpMs + this.#intervalMs : Infinity,
      promiseSeconds: Math.max(limits.shortestPromiseSeconds, Math.ceil(this.#intervalMs / 1000)),
    };
  }

  memory(): unknown {
    return undefined;
  }
}
