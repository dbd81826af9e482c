// A real database whose disk fails on command.

import type { Test } from 'tap';
import { StoreError } from '../../src/ports/store.js';
import type { Store } from '../../src/ports/store.js';
import { openDatabase } from '../../src/store/level/database.js';
import type { Changes, Database } from '../../src/store/level/database.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { emptyFolder } from './adapters.js';

export type Fault =
  /** Nothing of the batch reaches the disk. */
  | 'lost'
  /** All of it does, and the sync that would say so fails. */
  | 'unsure';

export class FaultyDatabase implements Database {
  readonly #database: Database;
  /** What becomes of the writes to come; undefined, and after the last one: all is well. */
  faults: (Fault | undefined)[] = [];
  /** How many attempts to recover fail. */
  failingRecoveries = 0;
  recoveries = 0;
  /** Changes of each write that was tried. */
  readonly writes: number[] = [];
  /** Keys that were handed out. */
  keysRead = 0;
  #failed = false;
  #held: Promise<void> | undefined;

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(folder: string): Promise<FaultyDatabase> {
    return new FaultyDatabase(await openDatabase(folder));
  }

  get reopening(): Promise<void> | undefined {
    return this.#database.reopening;
  }

  get: Database['get'] = (key) => this.#database.get(key);
  entries: Database['entries'] = (range, limit) => this.#database.entries(range, limit);
  stream: Database['stream'] = () => this.#database.stream();
  close: Database['close'] = () => this.#database.close();

  keys: Database['keys'] = async (range, limit) => {
    const found = await this.#database.keys(range, limit);
    this.keysRead += found.length;
    return found;
  };

  /** Writes from now on wait until what it returns is called. */
  hold(): () => void {
    let letGo = (): void => undefined;
    this.#held = new Promise((resolve) => (letGo = resolve));
    return letGo;
  }

  async write(changes: Changes): Promise<void> {
    if (this.#failed) throw new Error('written after a failure without recovering');
    this.writes.push(changes.size);
    await this.#held;
    const fault = this.faults.shift();
    if (fault === undefined) return this.#database.write(changes);
    this.#failed = true;
    if (fault === 'unsure') {
      const written = new Map<string, Uint8Array | undefined>();
      changes.forEach((value, key) => written.set(key, value));
      this.#unsure = written;
    }
    throw new StoreError('STORE_UNAVAILABLE', 'the disk refused to write: no space left');
  }

  async recover(undo: Changes): Promise<void> {
    this.recoveries += 1;
    if (this.failingRecoveries > 0) {
      this.failingRecoveries -= 1;
      throw new StoreError('STORE_UNAVAILABLE', 'the disk refused to write: still no space left');
    }
    // What a log that is read again brings back.
    await this.#database.recover(this.#unsure ?? new Map());
    this.#unsure = undefined;
    this.#failed = false;
    await this.write(undo);
  }

  #unsure: Changes | undefined;
}

export interface Faulty {
  readonly store: Store;
  readonly database: FaultyDatabase;
  readonly errors: StoreError[];
  readonly folder: string;
}

/** A store on such a database, which is closed when `t` ends. */
export async function openFaulty(t: Test, parts: { readonly folder?: string; readonly cachedRecords?: number } = {}): Promise<Faulty> {
  const { folder = await emptyFolder(t), ...others } = parts;
  const errors: StoreError[] = [];
  let database: FaultyDatabase | undefined;
  const store = await openLevelStore({ folder, onError: (error) => errors.push(error) }, {
    ...others,
    async openDatabase(path) {
      database = await FaultyDatabase.open(path);
      return database;
    },
  });
  t.teardown(() => store.close());
  return { store, database: database!, errors, folder };
}
