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
import type { Asker } from '../../ports/store.js';
import type { Changes, Database } from './database.js';
import { ExpiryHorizon } from './expiry-horizon.js';
import type { RecordCache } from './record-cache.js';
import { Transaction } from './transaction.js';

export type Operation<Result> = (transaction: Transaction) => Result | Promise<Result>;

/** A write, and who waits for it. */
export interface Task<Result> extends Asker<Result> {
  readonly manner: Manner;
  apply(transaction: Transaction): Result | Promise<Result>;
}

export type Manner =
  | 'at once'
  /** Comes along with others, or after `limits.storePatienceMs`. */
  | 'patient'
  /** What it writes besides its transaction forbids it to share a group. */
  | 'alone';

/** Instead of the result of a task that threw. */
class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

export class Committer {
  readonly #database: Database;
  readonly #cache: RecordCache;
  readonly #onError: (error: StoreError) => void;
  readonly #horizon = new ExpiryHorizon();
  #gathering: Task<unknown>[] = [];
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

  submit<Result>(operation: Operation<Result>, manner: Manner = 'at once'): Promise<Result> {
    return new Promise<Result>((resolve, reject) => this.add(new PromisedTask({ operation, manner, resolve, reject })));
  }

  /** One of its `succeeded` and `failed` is called, later. Never throws. */
  add<Result>(task: Task<Result>): void {
    if (this.#closed) {
      queueMicrotask(() => task.failed(closedError()));
      return;
    }
    if (this.#pending >= limits.storeWaiting) {
      queueMicrotask(() => task.failed(new StoreError('STORE_BUSY', `${limits.storeWaiting} writes are waiting; try again`)));
      return;
    }
    this.#pending += 1;
    this.#gathering.push(task);
    if (task.manner !== 'patient' || this.#gathering.length >= limits.groupCommit) this.#hurry();
    else if (!this.#hurried) this.#patience ??= setTimeout(() => this.#hurry(), limits.storePatienceMs);
  }

  /** For what is too large for one batch: `work` writes to the database itself, and nothing else does meanwhile. */
  submitAlone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.submit(async () => {
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
      while (waiting.length > 0) await this.#commit(waiting);
    }
    this.#running = undefined;
  }

  /** Commits a group, the first of `waiting`, and takes it off. */
  async #commit(waiting: Task<unknown>[]): Promise<void> {
    const outcomes: unknown[] = [];
    let failure: Failure | undefined;
    let size = Math.min(waiting.length, limits.groupCommit);
    try {
      if (this.#broken !== undefined) await this.#repair();
      const transaction = new Transaction({
        database: this.#database, cache: this.#cache, horizon: this.#horizon, onError: this.#onError,
      });
      let onDisk = false;
      try {
        size = await applyGroup(waiting, transaction, outcomes);
        transaction.finish();
        await this.#write(transaction);
        onDisk = true;
      } finally {
        transaction.end(onDisk);
      }
    } catch (error) {
      const whole = unavailable(error);
      failure = new Failure(whole);
      this.#horizon.forget();
      this.#onError(whole);
    }
    this.#pending -= size;
    // Off at once: what is answered need not live as long as those behind it.
    waiting.splice(0, size).forEach((task, index) => {
      const outcome = outcomes[index];
      answer(task, outcome instanceof Failure ? outcome : failure ?? outcome);
    });
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

function answer(task: Task<unknown>, outcome: unknown): void {
  try {
    if (outcome instanceof Failure) task.failed(outcome.error);
    else task.succeeded(outcome);
  } catch (error) {
    // A fault of who waits must not come between a group and its other answers.
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** Applies the first of `waiting`, which share one batch, and tells how many that are; `outcomes` gets their results. */
async function applyGroup(waiting: readonly Task<unknown>[], transaction: Transaction, outcomes: unknown[]): Promise<number> {
  while (outcomes.length < limits.groupCommit && transaction.bytes < limits.groupCommitBytes) {
    const next = waiting[outcomes.length];
    if (next === undefined || (next.manner === 'alone' && outcomes.length > 0)) break;
    const outcome = applied(next, transaction);
    // Most need nothing but what is at hand: a promise for each would cost a good part of its work.
    outcomes.push(outcome instanceof Promise ? await outcome : outcome);
    if (next.manner === 'alone') break;
  }
  return outcomes.length;
}

/** Its result, or a Failure: a task that throws takes back what it changed, and leaves the others alone. */
function applied(task: Task<unknown>, transaction: Transaction): unknown {
  try {
    const result = task.apply(transaction);
    if (!(result instanceof Promise)) return kept(result, transaction);
    return result.then((value: unknown) => kept(value, transaction), (error: unknown) => takenBack(error, transaction));
  } catch (error) {
    return takenBack(error, transaction);
  }
}

function kept(result: unknown, transaction: Transaction): unknown {
  transaction.keep();
  return result;
}

function takenBack(error: unknown, transaction: Transaction): Failure {
  transaction.takeBack();
  return new Failure(error);
}

class PromisedTask<Result> implements Task<Result> {
  readonly manner: Manner;
  readonly #operation: Operation<Result>;
  readonly #resolve: (result: Result) => void;
  readonly #reject: (error: unknown) => void;

  constructor({ operation, manner, resolve, reject }: {
    readonly operation: Operation<Result>;
    readonly manner: Manner;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }) {
    this.manner = manner;
    this.#operation = operation;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  apply(transaction: Transaction): Result | Promise<Result> {
    return this.#operation(transaction);
  }

  succeeded(result: Result): void {
    this.#resolve(result);
  }

  failed(error: unknown): void {
    this.#reject(error);
  }
}

function unavailable(error: unknown): StoreError {
  return error instanceof StoreError
    ? error
    : new StoreError('STORE_UNAVAILABLE', `a write failed: ${String(error)}`, { cause: error });
}
