import { Timed } from '../gateway/timer-wheel.js';
import type { FrontContext } from './context.js';

export interface KeepAliveOptions {
  readonly context: FrontContext;
  /** As the client asked in CONNECT, above 0. */
  readonly seconds: number;
  readonly onSilent: () => void;
}

/**
 * The keep-alive of a client that asked for one; a device's own protocol asks for none. A packet only notes the time: the
 * deadline is looked at, and moved, when the old one comes.
 */
export class KeepAlive extends Timed {
  readonly #context: FrontContext;
  readonly #silenceMs: number;
  readonly #onSilent: () => void;
  #heardAtMs = 0;

  constructor(options: KeepAliveOptions) {
    super();
    this.#context = options.context;
    // [MQTT-3.1.2-24]: one and a half times the keep-alive.
    this.#silenceMs = options.seconds * 1_500;
    this.#onSilent = options.onSilent;
    this.heard();
    this.#context.deadlines.set(this, this.#heardAtMs + this.#silenceMs);
  }

  heard(): void {
    this.#heardAtMs = this.#context.clock.nowMs();
  }

  stop(): void {
    this.#context.deadlines.clear(this);
  }

  override onDue(nowMs: number): void {
    const untilMs = this.#heardAtMs + this.#silenceMs;
    if (untilMs > nowMs) this.#context.deadlines.set(this, untilMs);
    else this.#onSilent();
  }
}
