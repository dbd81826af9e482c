/** Answers one frame once everything in it is done: what has to wait holds it, and releases it. */
export class FrameAnswer {
  readonly #answer: () => void;
  /** One for the frame itself, until all of it was looked at. */
  #holds = 1;

  constructor(answer: () => void) {
    this.#answer = answer;
  }

  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#answer();
  }
}
