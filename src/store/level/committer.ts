// Group commit: operations that wait are applied one after the other to one transaction and written as one
// synced batch, so many callers share one sync of the disk. While one group is being written the next gathers. A group begins
// with the first operation that somebody waits for; those that can wait come along, and make one of their own
// only when none comes.
//
// - Working: a group is applied, written, and its operations are answered in the order they were called.
// - Broken: a write failed and the whole group with it. Nothing is written until the files were opened anew
//   and what may have reached the disk of the failed group is undone; each new group tries that first.
// - Closed: what waits is still written, new operations are refused.

import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import type { Changes, Database } from './database.js';
import { ExpiryHorizon } from './expiry-horizon.js';
import type { RecordCache } from './record-cache.js';
import { Transaction } from './transaction.js';

export type Operation<Result> = (transaction: Transaction) => Result | Promise<Result>;

interface Waiting {
  readonly operation: Operation<unknown>;
  readonly manner: Manner;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Manner =
  | 'at once'
  /** Comes along with others, or after `limits.storePatienceMs`. */
  | 'patient'
  /** What it writes besides its transaction forbids it to share a group. */
  | 'alone';

type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: unknown };

export class Committer {
  readonly #database: Database;
  readonly #cache: RecordCache;
  readonly #onError: (error: StoreError) => void;
  readonly #horizon = new ExpiryHorizon();
  #gathering: Waiting[] = [];
  /** Called and not answered. */
  #pending = 0;
  /** Somebody waits for what gathers: it is the next group. */
  #hurried = false;
  /** How long the others wait for that. */
  #patience: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  /** What undoes the group that failed. */
  #broken: Changes | undefined;

  constructor(options: {
    readonly database: Database;
    readonly cache: RecordCache;
    readonly onError: (error: StoreError) => void;
  }) {
    this.#database = options.database;
    this.#cache = options.cache;
    this.#onError = options.onError;
  }

  get closed(): boolean {
    return this.#closed;
  }

  submit<Result>(operation: Operation<Result>): Promise<Result> {
    return this.#submit(operation, 'at once');
  }

  /** For what nobody waits for: it makes no group of its own as long as others come. */
  submitPatient<Result>(operation: Operation<Result>): Promise<Result> {
    return this.#submit(operation, 'patient');
  }

  /** For what is too large for one batch: `work` writes to the database itself, and nothing else does meanwhile. */
  submitAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#submit(async () => {
      try {
        return await work();
      } catch (error) {
        this.#broken ??= new Map();
        throw error;
      } finally {
        this.#cache.clear();
        this.#horizon.forget();
      }
    }, 'alone');
  }

  /** Resolves when all that was called before is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hurry();
    await this.#running;
    // A failed group must not come to life when the store is opened again.
    if (this.#broken !== undefined) await this.#repair().catch(() => undefined);
  }

  #submit<Result>(operation: Operation<Result>, manner: Manner): Promise<Result> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#pending >= limits.storeWaiting) {
      return Promise.reject(new StoreError('STORE_BUSY', `${limits.storeWaiting} writes are waiting; try again`));
    }
    this.#pending += 1;
    return new Promise<Result>((resolve, reject) => {
      this.#gathering.push({
        operation,
        manner,
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      if (manner !== 'patient' || this.#gathering.length >= limits.groupCommit) this.#hurry();
      else if (!this.#hurried) this.#patience ??= setTimeout(() => this.#hurry(), limits.storePatienceMs);
    });
  }

  #hurry(): void {
    this.#hurried = true;
    // What comes in with the same turn of the event loop, by whichever connection, still comes into the first group: a group more is a sync more.
    this.#running ??= turn().then(() => this.#run());
  }

  async #run(): Promise<void> {
    while (this.#hurried) {
      const waiting = this.#gathering;
      this.#gathering = [];
      this.#hurried = false;
      clearTimeout(this.#patience);
      this.#patience = undefined;
      for (let start = 0; start < waiting.length;) start = await this.#commit(waiting, start);
    }
    this.#running = undefined;
  }

  /** Commits the group that begins at `start`, and tells where the next one does. */
  async #commit(waiting: readonly Waiting[], start: number): Promise<number> {
    const outcomes: Outcome[] = [];
    let failure: StoreError | undefined;
    let end = Math.min(waiting.length, start + limits.groupCommit);
    try {
      if (this.#broken !== undefined) await this.#repair();
      const transaction = new Transaction({
        database: this.#database, cache: this.#cache, horizon: this.#horizon, onError: this.#onError,
      });
      let onDisk = false;
      try {
        end = start + await applyGroup({ waiting, start, transaction, outcomes });
        transaction.finish();
        await this.#write(transaction);
        onDisk = true;
      } finally {
        transaction.end(onDisk);
      }
    } catch (error) {
      failure = unavailable(error);
      this.#horizon.forget();
      this.#onError(failure);
    }
    this.#pending -= end - start;
    waiting.slice(start, end).forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome?.ok === false) reject(outcome.error);
      else if (outcome === undefined || failure !== undefined) reject(failure);
      else resolve(outcome.result);
    });
    return end;
  }

  async #write(transaction: Transaction): Promise<void> {
    if (transaction.size === 0) return;
    try {
      await this.#database.write(transaction);
    } catch (error) {
      this.#broken = new Map();
      this.#broken = transaction.restoring();
      throw error;
    }
  }

  async #repair(): Promise<void> {
    await this.#database.recover(this.#broken ?? new Map());
    this.#broken = undefined;
  }
}

/** Resolves when all that came in was read. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function closedError(): StoreError {
  return new StoreError('STORE_CLOSED', 'the store is closed');
}

/** Applies what shares one batch, and tells how many that are; `outcomes` gets theirs. */
async function applyGroup({ waiting, start, transaction, outcomes }: {
  readonly waiting: readonly Waiting[];
  readonly start: number;
  readonly transaction: Transaction;
  readonly outcomes: Outcome[];
}): Promise<number> {
  while (outcomes.length < limits.groupCommit && transaction.bytes < limits.groupCommitBytes) {
    const next = waiting[start + outcomes.length];
    if (next === undefined || (next.manner === 'alone' && outcomes.length > 0)) break;
    const outcome = applied(next.operation, transaction);
    // Most need nothing but what is at hand: a promise for each would cost a good part of its work.
    outcomes.push(outcome instanceof Promise ? await outcome : outcome);
    if (next.manner === 'alone') break;
  }
  return outcomes.length;
}

/** An operation that throws takes back what it changed, and leaves the others alone. */
function applied(operation: Operation<unknown>, transaction: Transaction): Outcome | Promise<Outcome> {
  try {
    const result = operation(transaction);
    return result instanceof Promise ? appliedLater(result, transaction) : done(result, transaction);
  } catch (error) {
    return failed(error, transaction);
  }
}

async function appliedLater(result: Promise<unknown>, transaction: Transaction): Promise<Outcome> {
  try {
    return done(await result, transaction);
  } catch (error) {
    return failed(error, transaction);
  }
}

function done(result: unknown, transaction: Transaction): Outcome {
  transaction.keep();
  return { ok: true, result };
}

function failed(error: unknown, transaction: Transaction): Outcome {
  transaction.takeBack();
  return { ok: false, error };
}

function unavailable(error: unknown): StoreError {
  return error instanceof StoreError
    ? error
    : new StoreError('STORE_UNAVAILABLE', `a write failed: ${String(error)}`, { cause: error });
}
