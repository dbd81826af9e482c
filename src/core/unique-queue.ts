/**
 * Items in the order in which they came, each once. To begin a Set's iteration again for each first item costs as many steps as
 * were taken from its front before: here the iteration goes on where it was.
 */
export class UniqueQueue<Item> implements Iterable<Item> {
  readonly #items = new Set<Item>();
  /** All before it are gone. Let go when nothing is left: what V8 replaced of a set stays as long as an iterator stands in it. */
  #walk: IterableIterator<Item> | undefined;
  /** Where the walk stands; undefined: that one is gone, too. */
  #first: Item | undefined;

  get size(): number {
    return this.#items.size;
  }

  has(item: Item): boolean {
    return this.#items.has(item);
  }

  /** One that is there keeps its place. */
  add(item: Item): void {
    this.#items.add(item);
  }

  /** Whether it was there. */
  delete(item: Item): boolean {
    const wasThere = this.#items.delete(item);
    if (item === this.#first) this.#first = undefined;
    if (this.#items.size === 0) this.#walk = undefined;
    return wasThere;
  }

  /** It stays; undefined when there is none. */
  get first(): Item | undefined {
    if (this.#first === undefined && this.#items.size > 0) {
      const step = (this.#walk ??= this.#items.values()).next();
      if (step.done !== true) this.#first = step.value;
    }
    return this.#first;
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.values();
  }
}
