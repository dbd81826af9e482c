import { Timed } from '../gateway/timer-wheel.js';
import type { Deadlines } from '../gateway/timer-wheel.js';

/** Resolves at `atMs`, as exactly as the wheel turns. */
export function pauseUntil(deadlines: Deadlines, atMs: number): Promise<void> {
  return new Promise((resolve) => deadlines.set(new Pause(resolve), atMs));
}

class Pause extends Timed {
  readonly #over: () => void;

  constructor(over: () => void) {
    super();
    this.#over = over;
  }

  override onDue(): void {
    this.#over();
  }
}
