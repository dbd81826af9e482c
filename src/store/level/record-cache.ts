// Records as they are on disk, decoded and kept at hand: those that every accept and acknowledgement needs.
// Only what is synced gets in, so it is right whatever becomes of the group that is being written.
// What is read outside of a group takes no place: a crowd of devices that connect would fill it with what is needed once.

import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import {
  countsCodec, outboxHeadCodec, queueHeadCodec, subscriptionQueueCodec, userHeadCodec,
} from '../../wire/record-codec.js';
import { deviceCodec, grantCodec, subscriptionCodec } from '../../wire/registry-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import type { Database } from './database.js';

const cachedCodecs: ReadonlySet<unknown> = new Set([
  countsCodec, deviceCodec, grantCodec, outboxHeadCodec, queueHeadCodec, subscriptionCodec, subscriptionQueueCodec, userHeadCodec,
]);

export class RecordCache {
  readonly #capacity: number;
  /** Longest unused first; undefined: known to be absent. */
  readonly #records = new Map<string, unknown>();

  constructor(capacity: number = limits.storeCachedRecords) {
    this.#capacity = capacity;
  }

  /**
   * Takes a place for it if it has none. Throws StoreError 'STORE_UNREADABLE' with the key when the record is damaged. Not the
   * caller's to change.
   */
  record<Kept>(database: Database, key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const cached = cachedCodecs.has(codec);
    if (cached && this.#records.has(key)) {
      const record = this.#records.get(key);
      this.#records.delete(key);
      this.#records.set(key, record);
      return record as Kept | undefined;
    }
    const record = read(database, key, codec);
    if (cached) this.#insert(key, record);
    return record;
  }

  /** The same, and what is kept stays as it is. */
  peek<Kept>(database: Database, key: string, codec: RecordCodec<Kept>): Kept | undefined {
    return this.#records.has(key) ? (this.#records.get(key) as Kept | undefined) : read(database, key, codec);
  }

  /** `record` is on disk now, or undefined when nothing is. `hot`: worth a place that it does not have yet. */
  changed(key: string, record: unknown, hot: boolean): void {
    if (this.#records.delete(key) || hot) this.#insert(key, record);
  }

  clear(): void {
    this.#records.clear();
  }

  #insert(key: string, record: unknown): void {
    this.#records.set(key, record);
    if (this.#records.size <= this.#capacity) return;
    for (const longestUnused of this.#records.keys()) {
      this.#records.delete(longestUnused);
      return;
    }
  }
}

function read<Kept>(database: Database, key: string, codec: RecordCodec<Kept>): Kept | undefined {
  const value = database.get(key);
  return value === undefined ? undefined : decoded(key, codec, value);
}

export function decoded<Kept>(key: string, codec: RecordCodec<Kept>, value: Uint8Array): Kept {
  const result = codec.decode(value);
  if (result.ok) return result.record;
  throw new StoreError('STORE_UNREADABLE', `record ${JSON.stringify(key)}: ${result.error.message}`);
}

/** The key that an index entry's value tells. */
export function pointed(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}
