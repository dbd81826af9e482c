// The part of level that the store uses, and what it makes of level's errors. One flat key space: no
// sublevels, so an iterator sees exactly the keys of src/store/keys.ts.

import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Level } from 'level';
import { StoreError } from '../../ports/store.js';
import type { StoreEntry } from '../../ports/store.js';
import type { KeyRange } from '../keys.js';

/** What a group writes: a value, or undefined to delete. */
export type Changes = Pick<ReadonlyMap<string, Uint8Array | undefined>, 'size'> & {
  /** As a Map's. */
  forEach: (change: (value: Uint8Array | undefined, key: string) => void) => void;
};

/** Rejections and throws are StoreErrors. */
export interface Database {
  /** While the files are opened anew: a read had better wait. Never rejects. */
  readonly reopening: Promise<void> | undefined;
  /** What it hands out is not written to by anyone else. */
  get(key: string): Uint8Array | undefined;
  /** Ascending, one instant. */
  keys(range: KeyRange, limit: number): Promise<readonly string[]>;
  /** Ascending, one instant. */
  entries(range: KeyRange, limit: number): Promise<readonly StoreEntry[]>;
  /** All of them, ascending, one instant. */
  stream(): AsyncIterable<StoreEntry>;
  /** All or nothing, on disk when it resolves. After a rejection only `recover` makes the next one safe. */
  write(changes: Changes): Promise<void>;
  /**
   * Opens the files anew after a failed write, once there is room for it, and writes `undo`: the failed write may have
   * reached the disk all the same.
   */
  recover(undo: Changes): Promise<void>;
  close(): Promise<void>;
}

// LevelDB's own default of 4 MiB moves a busy gateway's records to tables several times a second.
const writeBufferBytes = 16 * 1024 * 1024;
const cacheBytes = 32 * 1024 * 1024;
/** What opening writes besides the log's contents: a manifest, a new log. */
const openingBytes = 1024 * 1024;
const probeFile = 'room.probe';
/**
 * Stands for an empty value on disk. classic-level 3.0 never frees an empty value that it is given (it takes memory for it, and passes over
 * empty ones when it gives that back): 32 bytes of every index entry that says all by its key, for good. No value of ours begins with a zero
 * byte: records begin with their version, and the others are text. Older stores have values that are empty; both are read alike.
 */
const emptyOnDisk = Uint8Array.of(0);
const empty = new Uint8Array(0);

export async function openDatabase(folder: string): Promise<Database> {
  try {
    // Only its owner may read it: it holds hashes of secrets and what users are sent.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rm(join(folder, probeFile), { force: true });
  } catch (error) {
    throw new StoreError('STORE_UNAVAILABLE', `cannot use the folder ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const database = new LevelDatabase(folder);
  await database.open();
  return database;
}

class LevelDatabase implements Database {
  readonly #folder: string;
  readonly #level: Level<string, Uint8Array>;
  #reopening: Promise<void> | undefined;
  /** The files were opened anew and may hold the write that failed: not to be read before it is undone. */
  #doubtful = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#level = new Level<string, Uint8Array>(folder, {
      keyEncoding: 'utf8',
      valueEncoding: 'view',
      writeBufferSize: writeBufferBytes,
      cacheSize: cacheBytes,
    });
    // Level opens by itself in the background; what comes of that is told by `open`.
    this.#level.on('error', () => undefined);
  }

  async open(): Promise<void> {
    try {
      await this.#level.open();
    } catch (error) {
      throw openingFailed(this.#folder, error);
    }
  }

  get(key: string): Uint8Array | undefined {
    try {
      const value = this.#readable().getSync(key);
      return value === undefined ? undefined : fromDisk(value);
    } catch (error) {
      throw failed('read', error);
    }
  }

  async keys(range: KeyRange, limit: number): Promise<readonly string[]> {
    try {
      return await this.#readable().keys({ ...range, limit }).all();
    } catch (error) {
      throw failed('read', error);
    }
  }

  async entries(range: KeyRange, limit: number): Promise<readonly StoreEntry[]> {
    try {
      const found = await this.#readable().iterator({ ...range, limit }).all();
      return found.map(([key, value]) => ({ key, value: fromDisk(value) }));
    } catch (error) {
      throw failed('read', error);
    }
  }

  async* stream(): AsyncIterable<StoreEntry> {
    try {
      for await (const [key, onDisk] of this.#readable().iterator({ fillCache: false })) {
        const value = fromDisk(onDisk);
        yield { key, value: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
      }
    } catch (error) {
      throw failed('read', error);
    }
  }

  async write(changes: Changes): Promise<void> {
    try {
      // A chained batch hands each change straight to LevelDB: a tenth of the cost of an array of them.
      const batch = this.#level.batch();
      changes.forEach((value, key) => {
        if (value === undefined) batch.del(key);
        else batch.put(key, value.length === 0 ? emptyOnDisk : value);
      });
      await batch.write({ sync: true });
    } catch (error) {
      throw failed('write', error);
    }
  }

  async recover(undo: Changes): Promise<void> {
    try {
      // A closed database cannot be read; while the disk is full this one still can.
      if (this.#level.status === 'open') await this.#assertRoom();
      const reopened = this.#reopen(undo);
      this.#reopening = reopened.catch(() => undefined);
      await reopened;
    } catch (error) {
      throw failed('write', error);
    } finally {
      this.#reopening = undefined;
    }
  }

  get reopening(): Promise<void> | undefined {
    return this.#reopening;
  }

  async #reopen(undo: Changes): Promise<void> {
    if (this.#level.status === 'open') await this.#level.close();
    this.#doubtful = true;
    await this.#level.open();
    await this.write(undo);
    this.#doubtful = false;
  }

  #readable(): Level<string, Uint8Array> {
    if (this.#doubtful) throw new Error('it failed before, and what it holds is not certain yet');
    return this.#level;
  }

  async close(): Promise<void> {
    await this.#level.close();
  }

  /** Opening moves the log into a table: tries whether as much can be written. */
  async #assertRoom(): Promise<void> {
    let bytes = openingBytes;
    for (const name of await readdir(this.#folder)) {
      if (name.endsWith('.log')) bytes += (await stat(join(this.#folder, name))).size;
    }
    const path = join(this.#folder, probeFile);
    const file = await open(path, 'w');
    try {
      const block = new Uint8Array(openingBytes);
      for (let written = 0; written < bytes; written += block.length) await file.writeFile(block);
      await file.sync();
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  }
}

function fromDisk(value: Uint8Array): Uint8Array {
  return value.length === 1 && value[0] === 0 ? empty : value;
}

function openingFailed(folder: string, error: unknown): StoreError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const options = { cause: error };
  switch (codeOf(cause)) {
    case 'LEVEL_LOCKED':
      return new StoreError(
        'STORE_LOCKED',
        `another process has the store in ${folder} open; stop it, or use another folder (--data)`,
        options,
      );
    case 'LEVEL_CORRUPTION':
      return new StoreError(
        'STORE_UNREADABLE',
        `the store in ${folder} is damaged (${messageOf(cause)}); move it away and restore a backup`,
        options,
      );
    default:
      return new StoreError('STORE_UNAVAILABLE', `cannot open the store in ${folder}: ${messageOf(cause)}`, options);
  }
}

function failed(what: 'read' | 'write', error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (codeOf(error) === 'LEVEL_CORRUPTION') {
    return new StoreError('STORE_UNREADABLE', `the store's files are damaged: ${messageOf(error)}`, { cause: error });
  }
  return new StoreError('STORE_UNAVAILABLE', `the disk refused to ${what}: ${messageOf(error)}`, { cause: error });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
