/** Something that stands in at most one list, and is linked with its neighbours there. */
export interface Recent<Item> {
  /** Those used right after and right before it. */
  newer: Item | undefined;
  older: Item | undefined;
}

/**
 * Items in the order of their use. They carry their own links: to move one in a Map, which keeps an order by itself, is to delete and
 * add it, and takes several times as long. Whoever has an item knows whether it stands in the list.
 */
export class RecencyList<Item extends Recent<Item>> {
  #newest: Item | undefined;
  #oldest: Item | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): Item | undefined {
    return this.#oldest;
  }

  /** As the newest. */
  add(item: Item): void {
    this.#size += 1;
    this.#link(item);
  }

  /** It was used just now. */
  touch(item: Item): void {
    if (item === this.#newest) return;
    this.#unlink(item);
    this.#link(item);
  }

  remove(item: Item): void {
    this.#size -= 1;
    this.#unlink(item);
    item.newer = undefined;
    item.older = undefined;
  }

  #link(item: Item): void {
    item.newer = undefined;
    item.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = item;
    else this.#newest.newer = item;
    this.#newest = item;
  }

  #unlink({ newer, older }: Item): void {
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
  }
}
