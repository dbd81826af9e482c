/** Operations of one name, one after the other: what one of them looked at, no other changes before it is done. */
export class Alone<Name> {
  readonly #tails = new Map<Name, Promise<unknown>>();

  async run<Result>(name: Name, operation: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const result = before.then(operation);
    const tail = result.catch(() => undefined);
    this.#tails.set(name, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    }
  }
}
