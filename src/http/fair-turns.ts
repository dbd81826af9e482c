/**
 * Work that many want done and of which so much goes on at a time: each name has its turn before any has another, so whoever
 * wants much waits for himself. How much may wait its callers bound.
 */
export class FairTurns {
  readonly #atOnce: number;
  /** By name, in the order of turns. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #running = 0;

  constructor(options: { readonly atOnce: number }) {
    this.#atOnce = options.atOnce;
  }

  /** What runs and what waits. */
  get size(): number {
    return [...this.#waiting.values()].reduce((sum, { length }) => sum + length, this.#running);
  }

  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await this.#turn(name);
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(name: string): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#waiting.get(name);
      if (others === undefined) this.#waiting.set(name, [resolve]);
      else others.push(resolve);
    });
  }

  /** Hands the place on. */
  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    const [name, [begin, ...others]] = first;
    this.#waiting.delete(name);
    if (others.length > 0) this.#waiting.set(name, others);
    begin?.();
  }
}
