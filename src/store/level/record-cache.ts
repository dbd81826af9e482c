// Records as they are on disk, decoded and kept at hand: those that every accept and acknowledgement needs.
// Only what is synced gets in, so it is right whatever becomes of the group that is being written.
// What is read outside of a group takes no place: a crowd of devices that connect would fill it with what is needed once.

import { BoundedCache } from '../../core/bounded-cache.js';
import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import {
  countsCodec, notificationCodec, outboxHeadCodec, queueHeadCodec, subscriptionQueueCodec, userHeadCodec,
} from '../../wire/record-codec.js';
import { deviceCodec, grantCodec, subscriptionCodec } from '../../wire/registry-codec.js';
import type { StoredNotification } from '../../wire/record-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { isNotification } from '../keys.js';
import type { Database } from './database.js';

const cachedCodecs: ReadonlySet<unknown> = new Set([
  countsCodec, deviceCodec, grantCodec, outboxHeadCodec, queueHeadCodec, subscriptionCodec, subscriptionQueueCodec, userHeadCodec,
]);

/** Known not to be there. */
const absent = Symbol('absent');

export class RecordCache {
  readonly #records: BoundedCache<string, unknown>;
  /** Notifications that were just accepted: most are acknowledged, and so read once, within moments. */
  readonly #fresh = new BoundedCache<string, StoredNotification>({ most: limits.storeFreshNotifications });

  constructor(capacity: number = limits.storeCachedRecords) {
    this.#records = new BoundedCache({ most: capacity });
  }

  /**
   * Takes a place for it if it has none. Throws StoreError 'STORE_UNREADABLE' with the key when the record is damaged. Not the
   * caller's to change.
   */
  record<Kept>(database: Database, key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const known = this.#known(key, codec);
    if (known !== undefined) return known === absent ? undefined : (known as Kept);
    const record = read(database, key, codec);
    if (cachedCodecs.has(codec)) this.#records.set(key, record ?? absent);
    return record;
  }

  /** The same, and what is kept stays as it is. */
  peek<Kept>(database: Database, key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const known = this.#known(key, codec);
    if (known === undefined) return read(database, key, codec);
    return known === absent ? undefined : (known as Kept);
  }

  /** `record` is on disk now, or undefined when nothing is. `hot`: worth a place that it does not have yet. */
  changed(key: string, record: unknown, hot: boolean): void {
    if (isNotification(key)) {
      if (record === undefined) this.#fresh.delete(key);
      else this.#fresh.set(key, record as StoredNotification);
    } else if (hot || this.#records.has(key)) {
      this.#records.set(key, record ?? absent);
    }
  }

  clear(): void {
    this.#records.clear();
    this.#fresh.clear();
  }

  #known(key: string, codec: unknown): unknown {
    return (codec === notificationCodec ? this.#fresh : this.#records).get(key);
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
