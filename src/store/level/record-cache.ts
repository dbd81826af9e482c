// Records as they are on disk, decoded and kept at hand: those that every accept and acknowledgement needs; and what the group that is
// being written and the one that gathers make of them, in the same entry, so that one look-up finds all.
// Only what is synced gets to those outside of the group, so it is right whatever becomes of what is being written. What is only
// remembered may be forgotten again: what is on disk is right too.
// What is read outside of a group takes no place: a crowd of devices that connect would fill it with what is needed once.

import { limits } from '../../core/limits.js';
import { RecencyList } from '../../core/recency.js';
import type { Recent } from '../../core/recency.js';
import { StoreError } from '../../ports/store.js';
import {
  countsCodec, outboxHeadCodec, queueHeadCodec, subscriptionQueueCodec, userHeadCodec,
} from '../../wire/record-codec.js';
import { deviceCodec, grantCodec, subscriptionCodec } from '../../wire/registry-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { isNotification } from '../keys.js';
import type { Database } from './database.js';

/** A change that is not on disk yet; one without `value` and `record` deletes, one with a `record` alone is not written. */
export interface Change {
  value: Uint8Array | undefined;
  readonly record: unknown;
  /** Encodes `record` when the group is written, however often it changed until then. */
  readonly codec: RecordCodec<unknown> | undefined;
}

/** Whether there is one that goes to disk. */
export function isWritten(change: Change | undefined): change is Change {
  return change !== undefined && (change.codec !== undefined || change.value !== undefined || change.record === undefined);
}

export interface Entry extends Recent<Entry> {
  readonly key: string;
  /** As it is on disk, decoded, or better known (`Transaction.remember`); or `absent`; undefined when that is not known. */
  record: unknown;
  /** What the group that is being written makes of it; undefined: nothing. */
  underWay: Change | undefined;
  /** What the group that gathers makes of that; undefined: nothing. */
  change: Change | undefined;
  /** Whether the group that gathers has it in its list. */
  listed: boolean;
  /** Where it has a place; undefined: it is here for these groups only. */
  place: RecencyList<Entry> | undefined;
}

const cachedCodecs: ReadonlySet<unknown> = new Set([
  countsCodec, deviceCodec, grantCodec, outboxHeadCodec, queueHeadCodec, subscriptionCodec, subscriptionQueueCodec, userHeadCodec,
]);

/** Known not to be there. */
const absent = Symbol('absent');

export class RecordCache {
  readonly #entries = new Map<string, Entry>();
  readonly #records = new RecencyList<Entry>();
  /** Notifications that were just accepted: most are acknowledged, and so read once, within moments. */
  readonly #fresh = new RecencyList<Entry>();
  readonly #capacity: number;
  /** What `peek` decoded last, until a group ends: who asks for a record often asks again at once, as a connect does. */
  #peeked: { readonly key: string; readonly record: unknown } | undefined;

  constructor(capacity: number = limits.storeCachedRecords) {
    this.#capacity = capacity;
  }

  find(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** For the group that gathers, which settles it. */
  entry(key: string): Entry {
    return this.#entries.get(key) ?? this.#add(key, undefined);
  }

  /**
   * What is on disk; `entry` is the one of `key`. Takes a place for it if it has none. Throws StoreError 'STORE_UNREADABLE' with the
   * key when the record is damaged. Not the caller's to change.
   */
  record<Kept>(database: Database, key: string, codec: RecordCodec<Kept>, entry: Entry | undefined): Kept | undefined {
    if (entry?.record !== undefined) {
      entry.place?.touch(entry);
      return entry.record === absent ? undefined : (entry.record as Kept);
    }
    const record = read(database, key, codec);
    if (cachedCodecs.has(codec)) this.#keep(entry ?? this.#add(key, undefined), record ?? absent, this.#records);
    return record;
  }

  /** The same, and what is kept stays as it is. */
  peek<Kept>(database: Database, key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const record = this.#entries.get(key)?.record;
    if (record !== undefined) return record === absent ? undefined : (record as Kept);
    if (this.#peeked?.key !== key) this.#peeked = { key, record: read(database, key, codec) };
    return this.#peeked.record as Kept | undefined;
  }

  /** The group is over, and its change of `entry` on disk, or came to nothing. */
  settle(entry: Entry, onDisk: boolean): void {
    const { underWay: change, key } = entry;
    entry.underWay = undefined;
    if (change !== undefined) {
      const fresh = isNotification(key);
      // One that changes often is worth a place that it does not have yet, and so is a notification that came. What came to nothing is
      // forgotten: what was known before may be behind what was told of it meanwhile, as the numbers that went ahead.
      const isKept = onDisk && (fresh ? change.record !== undefined : change.codec !== undefined || entry.place !== undefined);
      if (isKept) this.#keep(entry, change.record ?? absent, fresh ? this.#fresh : this.#records);
      else this.#forget(entry);
    }
    this.#letGo(entry);
  }

  /** The group came to nothing before it was written. */
  drop(entry: Entry): void {
    if (entry.change !== undefined) this.#forget(entry);
    entry.change = undefined;
    entry.listed = false;
    this.#letGo(entry);
  }

  /** After the last entry of a group was settled. */
  trim(): void {
    this.#peeked = undefined;
    this.#trim(this.#records, this.#capacity);
    this.#trim(this.#fresh, limits.storeFreshNotifications);
  }

  /** Neither the group that gathers nor one that is being written may have changed anything. */
  clear(): void {
    this.#peeked = undefined;
    this.#trim(this.#records, 0);
    this.#trim(this.#fresh, 0);
  }

  #add(key: string, record: unknown): Entry {
    const entry: Entry = {
      key, record, underWay: undefined, change: undefined, listed: false, place: undefined, newer: undefined, older: undefined,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #keep(entry: Entry, record: unknown, place: RecencyList<Entry>): void {
    entry.record = record;
    if (entry.place === undefined) {
      entry.place = place;
      place.add(entry);
    } else {
      entry.place.touch(entry);
    }
  }

  /** What was known of it is not so any more. */
  #forget(entry: Entry): void {
    entry.record = undefined;
    entry.place?.remove(entry);
    entry.place = undefined;
  }

  #trim(place: RecencyList<Entry>, most: number): void {
    for (let { oldest } = place; place.size > most && oldest !== undefined; { oldest } = place) {
      place.remove(oldest);
      oldest.place = undefined;
      this.#letGo(oldest);
    }
  }

  /** One that has no place, and that no group has changed, is forgotten. */
  #letGo(entry: Entry): void {
    if (entry.place === undefined && !entry.listed && entry.underWay === undefined) this.#entries.delete(entry.key);
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
