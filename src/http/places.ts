/** So many at a time: of one name, and of all together. */
export class Places {
  readonly #ofOne: number;
  readonly #ofAll: number;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(options: { readonly ofOne: number; readonly ofAll: number }) {
    this.#ofOne = options.ofOne;
    this.#ofAll = options.ofAll;
  }

  /** Of all names. */
  get taken(): number {
    return this.#count;
  }

  /** Names that have one. */
  get names(): number {
    return this.#taken.size;
  }

  /**
   * Gives the place back when what it returns is called, which may be more than once; or there is none, for one more of this
   * name or for anybody. Without a name only the whole counts.
   */
  take(name?: string): (() => void) | 'full-for-one' | 'full-for-all' {
    const others = name === undefined ? 0 : this.#taken.get(name) ?? 0;
    if (others >= this.#ofOne) return 'full-for-one';
    if (this.#count >= this.#ofAll) return 'full-for-all';
    this.#count += 1;
    if (name !== undefined) this.#taken.set(name, others + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#count -= 1;
      if (name !== undefined) this.#leave(name);
    };
  }

  #leave(name: string): void {
    const count = this.#taken.get(name) ?? 0;
    if (count > 1) this.#taken.set(name, count - 1);
    else this.#taken.delete(name);
  }
}
