import { RecencyList } from './recency.js';
import type { Recent } from './recency.js';

interface Entry<Key, Value> extends Recent<Entry<Key, Value>> {
  readonly key: Key;
  readonly value: Value;
}

/** A map that forgets what was used longest ago once it holds `most` entries. */
export class BoundedCache<Key, Value> {
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  readonly #recency = new RecencyList<Entry<Key, Value>>();
  readonly #most: number;
  readonly #onForgotten: ((value: Value) => void) | undefined;

  constructor(options: { readonly most: number; readonly onForgotten?: (value: Value) => void }) {
    this.#most = options.most;
    this.#onForgotten = options.onForgotten;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#recency.touch(entry);
    return entry.value;
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    const entry: Entry<Key, Value> = { key, value, newer: undefined, older: undefined };
    this.#entries.set(key, entry);
    this.#recency.add(entry);
    const { oldest } = this.#recency;
    if (this.#recency.size > this.#most && oldest !== undefined) this.delete(oldest.key);
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#recency.remove(entry);
    this.#onForgotten?.(entry.value);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}
