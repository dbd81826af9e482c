// What the operations of one group read and write: the group's own changes over those of the group that is being written, over what is
// on disk. One operation's changes can be taken back without harm to those of the others.

import type { Mutable } from '../../core/mutable.js';
import { StoreError } from '../../ports/store.js';
import type { StoreCounts } from '../../ports/store.js';
import { countsCodec } from '../../wire/record-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { keys } from '../keys.js';
import type { KeyRange } from '../keys.js';
import type { Changes, Database } from './database.js';
import type { ExpiryHorizon } from './expiry-horizon.js';
import { decoded, isWritten, pointed } from './record-cache.js';
import type { Change, Entry, RecordCache } from './record-cache.js';

const deleted: Change = { value: undefined, record: undefined, codec: undefined };
const noValue = new Uint8Array(0);
const nothing: Change = { value: noValue, record: undefined, codec: undefined };

/** What all transactions of a store share. */
export interface Surroundings {
  readonly database: Database;
  readonly cache: RecordCache;
  readonly horizon: ExpiryHorizon;
  readonly onError: (error: StoreError) => void;
  /** Of a user's notifications, when they come often. */
  readonly numbersReserved: number;
  /** The one that is being written. */
  underWay: Transaction | undefined;
}

/**
 * Gathering → underWay → ended, one in each of the first two states at most.
 * - gathering: operations change it.
 * - underWay: it is being written, and the next one, which gathers, sees what it changed.
 * - ended: it is on disk, or nothing of it is.
 */
export class Transaction implements Changes {
  readonly #around: Surroundings;
  /** Each once; those whose change was taken back have none. */
  readonly #changed: Entry[] = [];
  /** What the running operation changed, and what was there before, latest last: the first `#steps` of each. */
  readonly #undoEntries: Entry[] = [];
  readonly #undoBefore: (Change | undefined)[] = [];
  #steps = 0;
  /** Keys of expiry entries in the order in which they came and went, and whether they came: nobody looks for a single one. */
  readonly #expiries: string[] = [];
  readonly #expires: boolean[] = [];
  /** So many of them are from operations that stay. */
  #keptExpiries = 0;
  /** As the group found them; undefined before the first that counts. */
  #counts: StoreCounts | undefined;
  /** What came to them since, with the running operation, and without it. */
  readonly #more: Mutable<StoreCounts> = { ...noCounts };
  readonly #keptMore: Mutable<StoreCounts> = { ...noCounts };
  /** Whether the running operation counted. */
  #counting = false;
  #bytes = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get horizon(): ExpiryHorizon {
    return this.#around.horizon;
  }

  get numbersReserved(): number {
    return this.#around.numbersReserved;
  }

  get #isUnderWay(): boolean {
    return this.#around.underWay === this;
  }

  /** About how much the group writes: values that were encoded, also those that others have replaced since. */
  get bytes(): number {
    return this.#bytes;
  }

  has(key: string): boolean {
    const change = changeOf(this.#around.cache.find(key));
    return change === undefined ? this.#around.database.get(key) !== undefined : change !== deleted;
  }

  /** Throws StoreError 'STORE_UNREADABLE' with the key when the record is damaged. */
  record<Kept>(key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const { cache, database } = this.#around;
    const entry = cache.find(key);
    const change = changeOf(entry);
    if (change === undefined) return cache.record(database, key, codec, entry);
    if (change.record !== undefined) return change.record as Kept;
    return change.value === undefined ? undefined : decoded(key, codec, change.value);
  }

  /** As `record`, and undefined for a damaged one: it is reported, and does not stand in the way of the others. */
  readable<Kept>(key: string, codec: RecordCodec<Kept>): Kept | undefined {
    try {
      return this.record(key, codec);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_UNREADABLE') throw error;
      this.#around.onError(error);
      return undefined;
    }
  }

  /** The key that an index entry points to. */
  pointer(key: string): string | undefined {
    const change = changeOf(this.#around.cache.find(key));
    const value = change === undefined ? this.#around.database.get(key) : change.value;
    return value === undefined ? undefined : pointed(value);
  }

  /** Throws RangeError when the record cannot be written. */
  put<Kept>(key: string, codec: RecordCodec<Kept>, record: Kept): void {
    this.#change(key, { record, value: codec.encode(record), codec: undefined });
  }

  /** For what this code makes up itself and changes often: encoded once for the group. */
  putLater<Kept>(key: string, codec: RecordCodec<Kept>, record: Kept): void {
    this.#change(key, { record, value: undefined, codec: codec as RecordCodec<unknown> });
  }

  /**
   * What is known better than by the record as it stands on disk, which is right as well and is not written for this: kept in memory as
   * long as there is room. Not for one that this group has changed.
   */
  remember(key: string, record: object): void {
    this.#change(key, { record, value: undefined, codec: undefined });
  }

  /** Which group writes something there that is not on disk yet, the later one if both do: this one, or the one that is being written. */
  writer(key: string): 'this' | 'under way' | undefined {
    const entry = this.#around.cache.find(key);
    if (isWritten(entry?.change)) return 'this';
    return isWritten(entry?.underWay) ? 'under way' : undefined;
  }

  putValue(key: string, value: Uint8Array): void {
    this.#change(key, { value, record: undefined, codec: undefined });
  }

  /** An index entry that says all by its key. */
  mark(key: string): void {
    this.#change(key, nothing);
  }

  /** The record at `key` expires then. */
  markExpiry(expiresAtMs: number, key: string): void {
    this.#expiries.push(keys.expiry(expiresAtMs, key));
    this.#expires.push(true);
    this.horizon.lower(expiresAtMs);
  }

  /** It does not expire then any more. */
  unmarkExpiry(expiresAtMs: number, key: string): void {
    this.deleteExpiry(keys.expiry(expiresAtMs, key));
  }

  /** The same, by the key of the expiry entry itself. */
  deleteExpiry(expiryKey: string): void {
    this.#expiries.push(expiryKey);
    this.#expires.push(false);
  }

  point(key: string, target: string): void {
    this.putValue(key, Buffer.from(target, 'latin1'));
  }

  delete(key: string): void {
    this.#change(key, deleted);
  }

  count(field: keyof StoreCounts, more: number): void {
    this.#counts ??= this.record(keys.counts, countsCodec) ?? noCounts;
    this.#more[field] += more;
    this.#counting = true;
  }

  /** With what the group counted so far. */
  counted(field: keyof StoreCounts): number {
    this.#counts ??= this.record(keys.counts, countsCodec) ?? noCounts;
    return this.#counts[field] + this.#more[field];
  }

  /** Keys in the range, ascending. */
  async keys(range: KeyRange, limit: number): Promise<readonly string[]> {
    const changed = new Map<string, boolean>();
    this.#around.underWay?.tellChangedIn(range, changed);
    this.tellChangedIn(range, changed);
    let hidden = 0;
    for (const isThere of changed.values()) if (!isThere) hidden += 1;
    const found = await this.#around.database.keys(range, limit + hidden);
    if (changed.size === 0) return found;
    const kept = found.filter((key) => !changed.has(key));
    const added = [...changed.keys()].filter((key) => changed.get(key));
    return [...kept, ...added].sort().slice(0, limit);
  }

  /** Keys in the range that the group changed: whether they are there with it. */
  tellChangedIn(range: KeyRange, changed: Map<string, boolean>): void {
    const isWithin = (key: string): boolean => key >= range.gte && key < range.lt;
    for (const entry of this.#changed) {
      const change = this.#isUnderWay ? entry.underWay : entry.change;
      if (change !== undefined && isWithin(entry.key)) changed.set(entry.key, change !== deleted);
    }
    for (const [index, key] of this.#expiries.entries()) if (isWithin(key)) changed.set(key, this.#expires[index] === true);
  }

  /** What was changed since the last call stays. */
  keep(): void {
    this.#steps = 0;
    this.#keptExpiries = this.#expiries.length;
    if (!this.#counting) return;
    copyCounts(this.#keptMore, this.#more);
    this.#counting = false;
  }

  /** What was changed since `keep` was not. */
  takeBack(): void {
    this.horizon.forget();
    while (this.#steps > 0) {
      this.#steps -= 1;
      const entry = this.#undoEntries[this.#steps];
      if (entry !== undefined) entry.change = this.#undoBefore[this.#steps];
    }
    this.#expiries.length = this.#keptExpiries;
    this.#expires.length = this.#keptExpiries;
    copyCounts(this.#more, this.#keptMore);
    this.#counting = false;
  }

  /** Nothing more is changed: what is counted becomes a change as well. The next one may gather. */
  finish(): void {
    const counts = this.#counts;
    if (counts !== undefined) {
      const sum = { ...noCounts };
      for (const field of countFields) sum[field] = counts[field] + this.#more[field];
      if (countFields.some((field) => sum[field] !== counts[field])) this.putLater(keys.counts, countsCodec, sum);
    }
    this.#around.underWay = this;
    for (const entry of this.#changed) {
      entry.underWay = entry.change;
      entry.change = undefined;
      entry.listed = false;
    }
  }

  /** Of what is to be written; once it is finished. */
  get size(): number {
    let size = this.#expiries.length;
    for (const { underWay } of this.#changed) if (isWritten(underWay)) size += 1;
    return size;
  }

  forEach(write: (value: Uint8Array | undefined, key: string) => void): void {
    for (const { key, underWay } of this.#changed) if (isWritten(underWay)) write(valueOf(underWay), key);
    this.#expiries.forEach((key, index) => write(this.#expires[index] === true ? noValue : undefined, key));
  }

  /** Undoes the whole group if some of it should have reached the disk: for each key what is there now. */
  restoring(): Changes {
    const { database } = this.#around;
    const before = new Map<string, Uint8Array | undefined>();
    for (const { key, underWay } of this.#changed) if (isWritten(underWay)) before.set(key, database.get(key));
    for (const key of this.#expiries) before.set(key, database.get(key));
    return before;
  }

  /** The group is on disk, or came to nothing; to be called once, whatever happened. */
  end(onDisk: boolean): void {
    const { cache } = this.#around;
    if (this.#isUnderWay) {
      this.#around.underWay = undefined;
      for (const entry of this.#changed) cache.settle(entry, onDisk);
    } else {
      for (const entry of this.#changed) cache.drop(entry);
    }
    cache.trim();
  }

  #change(key: string, change: Change): void {
    const entry = this.#around.cache.entry(key);
    this.#undoEntries[this.#steps] = entry;
    this.#undoBefore[this.#steps] = entry.change;
    this.#steps += 1;
    this.#bytes += change.value?.length ?? 0;
    entry.change = change;
    if (entry.listed) return;
    entry.listed = true;
    this.#changed.push(entry);
  }
}

/** What is written or to be written, whichever is newer; undefined: nothing. */
function changeOf(entry: Entry | undefined): Change | undefined {
  return entry?.change ?? entry?.underWay;
}

function valueOf(change: Change): Uint8Array | undefined {
  if (change.value === undefined && change.codec !== undefined) change.value = change.codec.encode(change.record);
  return change.value;
}

export const noCounts: StoreCounts = {
  users: 0, devices: 0, apps: 0, waitingNotifications: 0, outboxItems: 0, networks: 0,
};

const countFields = ['users', 'devices', 'apps', 'waitingNotifications', 'outboxItems', 'networks'] as const satisfies (keyof StoreCounts)[];

function copyCounts(to: Mutable<StoreCounts>, from: StoreCounts): void {
  for (const field of countFields) to[field] = from[field];
}
