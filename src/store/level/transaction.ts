// What the operations of one group read and write: the group's own changes over what is on disk. One
// operation's changes can be taken back without harm to those of the others.

import { StoreError } from '../../ports/store.js';
import type { StoreCounts } from '../../ports/store.js';
import { countsCodec } from '../../wire/record-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { keys } from '../keys.js';
import type { KeyRange } from '../keys.js';
import type { Changes, Database } from './database.js';
import type { ExpiryHorizon } from './expiry-horizon.js';
import { decoded, pointed } from './record-cache.js';
import type { RecordCache } from './record-cache.js';

/** A change that is not on disk yet; one without `value` and `record` deletes. */
interface Change {
  value?: Uint8Array;
  readonly record?: unknown;
  /** Encodes `record` when the group is written, however often it changed until then. */
  readonly codec?: RecordCodec<unknown>;
}

const deleted: Change = {};
const nothing: Change = { value: new Uint8Array(0) };

export class Transaction {
  readonly horizon: ExpiryHorizon;
  readonly #database: Database;
  readonly #cache: RecordCache;
  readonly #changes = new Map<string, Change>();
  /** What the running operation changed, and what was there before, latest last. */
  readonly #undo: (readonly [key: string, before: Change | undefined])[] = [];

  readonly #onError: (error: StoreError) => void;
  #bytes = 0;

  constructor(options: {
    readonly database: Database;
    readonly cache: RecordCache;
    readonly horizon: ExpiryHorizon;
    readonly onError: (error: StoreError) => void;
  }) {
    this.horizon = options.horizon;
    this.#database = options.database;
    this.#cache = options.cache;
    this.#onError = options.onError;
  }

  /** About how much the group writes: values that were encoded, also those that others have replaced since. */
  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    const change = this.#changes.get(key);
    return change === undefined ? this.#database.get(key) !== undefined : change !== deleted;
  }

  /** Throws StoreError 'STORE_UNREADABLE' with the key when the record is damaged. */
  record<Kept>(key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#cache.record(this.#database, key, codec);
    if (change.record !== undefined) return change.record as Kept;
    return change.value === undefined ? undefined : decoded(key, codec, change.value);
  }

  /** As `record`, and undefined for a damaged one: it is reported, and does not stand in the way of the others. */
  readable<Kept>(key: string, codec: RecordCodec<Kept>): Kept | undefined {
    try {
      return this.record(key, codec);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_UNREADABLE') throw error;
      this.#onError(error);
      return undefined;
    }
  }

  /** The key that an index entry points to. */
  pointer(key: string): string | undefined {
    const change = this.#changes.get(key);
    const value = change === undefined ? this.#database.get(key) : change.value;
    return value === undefined ? undefined : pointed(value);
  }

  /** Throws RangeError when the record cannot be written. */
  put<Kept>(key: string, codec: RecordCodec<Kept>, record: Kept): void {
    this.#change(key, { record, value: codec.encode(record) });
  }

  /** For what this code makes up itself and changes often: encoded once for the group. */
  putLater<Kept>(key: string, codec: RecordCodec<Kept>, record: Kept): void {
    this.#change(key, { record, codec: codec as RecordCodec<unknown> });
  }

  putValue(key: string, value: Uint8Array): void {
    this.#change(key, { value });
  }

  /** An index entry that says all by its key. */
  mark(key: string): void {
    this.#change(key, nothing);
  }

  /** The record at `key` expires then. */
  markExpiry(expiresAtMs: number, key: string): void {
    this.mark(keys.expiry(expiresAtMs, key));
    this.horizon.lower(expiresAtMs);
  }

  point(key: string, target: string): void {
    this.#change(key, { value: Buffer.from(target, 'latin1') });
  }

  delete(key: string): void {
    this.#change(key, deleted);
  }

  count(field: keyof StoreCounts, more: number): void {
    const counts = this.record(keys.counts, countsCodec) ?? noCounts;
    this.putLater(keys.counts, countsCodec, { ...counts, [field]: counts[field] + more });
  }

  /** Keys in the range, ascending. */
  async keys(range: KeyRange, limit: number): Promise<readonly string[]> {
    let hidden = 0;
    const added: string[] = [];
    for (const [key, change] of this.#changes) {
      if (key < range.gte || key >= range.lt) continue;
      if (change === deleted) hidden += 1;
      else added.push(key);
    }
    const found = await this.#database.keys(range, limit + hidden);
    if (added.length === 0 && hidden === 0) return found;
    const kept = found.filter((key) => !this.#changes.has(key));
    return [...kept, ...added].sort().slice(0, limit);
  }

  /** What was changed since the last call stays. */
  keep(): void {
    this.#undo.length = 0;
  }

  /** What was changed since `keep` was not. */
  takeBack(): void {
    this.horizon.forget();
    for (const [key, before] of this.#undo.reverse()) {
      if (before === undefined) this.#changes.delete(key);
      else this.#changes.set(key, before);
    }
    this.#undo.length = 0;
  }

  changes(): Changes {
    const changes = new Map<string, Uint8Array | undefined>();
    for (const [key, change] of this.#changes) changes.set(key, this.#valueOf(change));
    return changes;
  }

  /** Undoes the whole group if some of it should have reached the disk: for each key what is there now. */
  restoring(): Changes {
    return new Map([...this.#changes.keys()].map((key) => [key, this.#database.get(key)]));
  }

  /** The group is on disk. */
  committed(): void {
    for (const [key, { record, codec }] of this.#changes) {
      this.#cache.changed(key, record, codec !== undefined);
    }
  }

  #valueOf(change: Change): Uint8Array | undefined {
    if (change.value === undefined && change.codec !== undefined) {
      change.value = change.codec.encode(change.record);
    }
    return change.value;
  }

  #change(key: string, change: Change): void {
    this.#undo.push([key, this.#changes.get(key)]);
    this.#bytes += change.value?.length ?? 0;
    this.#changes.set(key, change);
  }
}

export const noCounts: StoreCounts = {
  users: 0, devices: 0, apps: 0, waitingNotifications: 0, outboxItems: 0, networks: 0,
};
