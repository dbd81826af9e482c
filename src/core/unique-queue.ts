/**
 * Items in the order in which they came, each once. To begin a Set's iteration again for each first item costs as many steps as
 * were taken from its front before: here the iteration goes on where it was.
 */
export class UniqueQueue<Item> implements Iterable<Item> {
  readonly #items = new Set<Item>();
  #walk: IterableIterator<Item> | undefined;
  /** Where the walk stands. */
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
    if (item === this.#first) this.#first = undefined;
    return this.#items.delete(item);
  }

  /** It stays; undefined when there is none. */
  get first(): Item | undefined {
    while (this.#first === undefined && this.#items.size > 0) {
      const step = (this.#walk ??= this.#items.values()).next();
      if (step.done === true) this.#walk = undefined;
      else this.#first = step.value;
    }
    return this.#first;
  }

  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.values();
  }
}
