// What is read outside of a group: always what is synced. Point reads are synchronous (some microseconds, from
// LevelDB's memory); lists go through an iterator. A damaged record rejects a point read, and is left out
// of a list and reported.

import type { DeviceId, NotificationId, SenderId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import type { ListRange, NotificationRecord, OutboxRecord, StoreEntry } from '../../ports/store.js';
import {
  notificationCodec, notificationRecord, outboxHeadCodec, outboxItemCodec, queueHeadCodec, subscriptionQueueCodec,
} from '../../wire/record-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { fieldsOf, keys, kinds, numberOf, rangeAfter, rangeOf, text } from '../keys.js';
import type { KeyRange } from '../keys.js';
import type { Database } from './database.js';
import { decoded, pointed } from './record-cache.js';
import type { RecordCache } from './record-cache.js';

export class Reads {
  readonly #database: Database;
  readonly #cache: RecordCache;
  readonly #onError: (error: StoreError) => void;

  constructor(options: {
    readonly database: Database;
    readonly cache: RecordCache;
    readonly onError: (error: StoreError) => void;
  }) {
    this.#database = options.database;
    this.#cache = options.cache;
    this.#onError = options.onError;
  }

  record<Kept extends object>(key: string, codec: RecordCodec<Kept>): Kept | undefined {
    return copyOf(this.#cache.peek(this.#database, key, codec));
  }

  /** The record that an index entry points to. */
  pointedRecord<Kept extends object>(key: string, codec: RecordCodec<Kept>): Kept | undefined {
    const value = this.#database.get(key);
    return value === undefined ? undefined : this.record(pointed(value), codec);
  }

  /** Records that stand in a range. */
  async list<Kept>(range: KeyRange, limit: number, codec: RecordCodec<Kept>): Promise<readonly Kept[]> {
    const records: Kept[] = [];
    for (const entry of await this.#database.entries(range, limit)) {
      const record = this.#readable(entry, codec);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** Records of one kind that stand under their id alone. */
  page<Kept, Id extends string>(
    kind: string,
    { after, limit }: ListRange<Id>,
    codec: RecordCodec<Kept>,
  ): Promise<readonly Kept[]> {
    return this.list(pageRange(rangeOf(kind), after), limit, codec);
  }

  /** Records that an index lists: `target` tells where an entry's record stands. */
  async listed<Kept extends object>(
    range: KeyRange,
    limit: number,
    codec: RecordCodec<Kept>,
    target: (entry: StoreEntry) => string,
  ): Promise<readonly Kept[]> {
    const records: Kept[] = [];
    for (const entry of await this.#database.entries(range, limit)) {
      const key = target(entry);
      const value = this.#database.get(key);
      // A write between the two reads may have taken it away.
      const record = value === undefined ? undefined : this.#readable({ key, value }, codec);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  waiting(
    device: DeviceId,
    afterId: NotificationId,
    limit: number,
  ): readonly NotificationRecord[] {
    const head = this.#cache.peek(this.#database, keys.queueHead(device), queueHeadCodec);
    const ids = (head?.waitingAliases ?? []).flatMap((alias) => {
      const queue = this.#reported(() =>
        this.#cache.peek(this.#database, keys.subscriptionQueue(device, alias), subscriptionQueueCodec));
      if (queue === undefined) return [];
      return queue.missedId === undefined ? queue.ids : [...queue.ids, queue.missedId];
    });
    const ascending = ids.filter((id) => id > afterId).sort((one, other) => one - other);
    const records: NotificationRecord[] = [];
    for (const id of ascending) {
      if (records.length >= limit) break;
      const key = keys.notification(device, id);
      const value = this.#database.get(key);
      // A group that is being written may have taken it away already.
      const stored = value === undefined ? undefined : this.#readable({ key, value }, notificationCodec);
      if (stored !== undefined) records.push(notificationRecord(device, stored));
    }
    return records;
  }

  /**
   * LevelDB passes over what was removed one by one until it finds something, and apps remove what they get: so the
   * next numbers are looked up, and only for a reader that is far behind an iterator looks further.
   */
  async outbox(sender: SenderId, afterSequence: number, limit: number): Promise<readonly OutboxRecord[]> {
    const head = this.#cache.peek(this.#database, keys.outboxHead(sender), outboxHeadCodec);
    const most = Math.min(limit, head?.waiting ?? 0);
    if (head === undefined || most === 0) return [];
    const records: OutboxRecord[] = [];
    const from = Math.max(afterSequence + 1, head.firstSequence);
    const lookedUp = Math.min(head.nextSequence, from + most + lookAhead);
    for (let sequence = from; sequence < lookedUp; sequence += 1) {
      const key = keys.outboxItem(sender, sequence);
      const value = this.#database.get(key);
      if (value !== undefined) this.#collect(records, { key, value });
      if (records.length >= most) return records;
    }
    if (lookedUp === head.nextSequence) return records;
    const range = rangeAfter(rangeOf(kinds.outboxItem, text(sender)), keys.outboxItem(sender, lookedUp - 1));
    for (const entry of await this.#database.entries(range, most - records.length)) this.#collect(records, entry);
    return records;
  }

  #collect(records: OutboxRecord[], entry: StoreEntry): void {
    const [, , sequence = ''] = fieldsOf(entry.key);
    const item = this.#readable(entry, outboxItemCodec);
    if (item !== undefined) records.push({ ...item, sequence: numberOf(sequence) });
  }

  #readable<Kept>({ key, value }: StoreEntry, codec: RecordCodec<Kept>): Kept | undefined {
    return this.#reported(() => decoded(key, codec, value));
  }

  /** A damaged record is left out and reported. */
  #reported<Kept>(read: () => Kept | undefined): Kept | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'STORE_UNREADABLE') throw error;
      this.#onError(error);
      return undefined;
    }
  }
}

/** Numbers that were removed out of turn before a reader's next ones: as many as an app server may have under way. */
const lookAhead = limits.outboxInFlight;

/** What of a range of ids comes after `after`. */
export function pageRange(range: KeyRange, after: string | undefined): KeyRange {
  return after === undefined ? range : rangeAfter(range, `${range.gte}${text(after)}!`);
}

/** For whom it is handed to: the cache keeps its own. */
export function copyOf<Value>(value: Value): Value {
  return copied(value) as Value;
}

function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(copied);
  const copy: Record<string, unknown> = { ...value };
  for (const field of Object.keys(copy)) {
    const each = copy[field];
    if (typeof each === 'object') copy[field] = copied(each);
  }
  return copy;
}
