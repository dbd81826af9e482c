// Group commit: operations are applied one after the other to the transaction that gathers, as they are called, and written as one
// synced batch, so many callers share one sync of the disk. While one group is being written the next gathers on top of it, and is
// ready when the disk is. A group is written with the first operation that somebody waits for; those that can wait come along, and
// make one of their own only when none comes.
//
// - Working: a group is written, and its operations are answered in the order they were called.
// - Broken: a write failed and the whole group with it. What had gathered on top of it is applied anew, once the files were opened anew
//   and what may have reached the disk of the failed group is undone; until then nothing is applied or written, and each group that
//   somebody waits for tries that first.
// - Closed: what waits is still written, new operations are refused.

import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import type { Asker } from '../../ports/store.js';
import type { Changes, Database } from './database.js';
import { ExpiryHorizon } from './expiry-horizon.js';
import type { RecordCache } from './record-cache.js';
import { Transaction } from './transaction.js';
import type { Surroundings } from './transaction.js';

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

/** Operations that share a batch. */
class Group {
  readonly transaction: Transaction;
  readonly tasks: Task<unknown>[] = [];
  /** What came of each, a Failure or its result. */
  readonly outcomes: unknown[] = [];

  constructor(transaction: Transaction) {
    this.transaction = transaction;
  }

  /** Whether nothing more may join it. */
  get isFull(): boolean {
    return this.tasks.length >= limits.groupCommit || this.transaction.bytes >= limits.groupCommitBytes || this.tasks[0]?.manner === 'alone';
  }

  add(task: Task<unknown>, outcome: unknown): void {
    this.tasks.push(task);
    this.outcomes.push(outcome);
  }

  /** As the group came to nothing. */
  outcomesWith(failure: Failure): readonly unknown[] {
    return this.outcomes.map((outcome) => (outcome instanceof Failure ? outcome : failure));
  }
}

/** A group on its way to the disk. */
interface Writing {
  readonly group: Group;
  /** Resolves with why it is not there, if it is not; never rejects. */
  readonly done: Promise<Failure | undefined>;
}

export class Committer {
  readonly #around: Surroundings;
  /** Called, not applied: behind one that waits for a read or for the disk, or those of the group that gathers are enough. */
  #called: Task<unknown>[] = [];
  #gathering: Group | undefined;
  /** One that waits for a read, and will have joined its group; never rejects. */
  #applying: Promise<void> | undefined;
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

  constructor({ database, cache, numbersReserved, onError }: {
    readonly database: Database;
    readonly cache: RecordCache;
    readonly numbersReserved: number;
    readonly onError: (error: StoreError) => void;
  }) {
    this.#around = { database, cache, horizon: new ExpiryHorizon(), numbersReserved, onError, underWay: undefined };
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
    this.#called.push(task);
    this.#apply();
    if (task.manner !== 'patient' || this.#gathering?.isFull === true) this.#hurry();
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
        this.#around.cache.clear();
        this.#around.horizon.forget();
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
      let writing = this.#begun(await this.#next());
      while (writing !== undefined) {
        const { group, done } = writing;
        const failure = await done;
        group.transaction.end(failure === undefined);
        if (this.#broken === undefined) this.#apply();
        else await this.#applyAnew();
        // The disk first: the answers are given while it works.
        writing = this.#isReady ? this.#begun(this.#gathered()) : undefined;
        this.#answer(group.tasks, failure === undefined ? group.outcomes : group.outcomesWith(failure));
      }
    }
    this.#running = undefined;
  }

  /** Somebody waits for what gathers, and it need not wait for anything itself. */
  get #isReady(): boolean {
    return this.#hurried && this.#gathering !== undefined && this.#applying === undefined && this.#broken === undefined;
  }

  /** The group to be written; undefined: there is none, or the store is broken, and as many as make a group were told so. */
  async #next(): Promise<Group | undefined> {
    try {
      if (this.#broken !== undefined) await this.#repair();
    } catch (error) {
      const failure = this.#failed(error);
      const tasks = this.#called.splice(0, limits.groupCommit);
      this.#hurried = this.#called.length > 0;
      this.#answer(tasks, tasks.map(() => failure));
      return undefined;
    }
    this.#apply();
    while (this.#applying !== undefined) await this.#applying;
    return this.#gathered();
  }

  /** What gathered. Those that were called since, if any, are in the next one. */
  #gathered(): Group | undefined {
    const group = this.#gathering;
    this.#gathering = undefined;
    this.#hurried = this.#called.length > 0;
    clearTimeout(this.#patience);
    this.#patience = undefined;
    return group;
  }

  /** Applies what was called, as far as it goes without waiting. */
  #apply(): void {
    while (this.#applying === undefined) {
      const task = this.#called[0];
      if (task === undefined || !this.#mayJoin(task)) return;
      this.#called.shift();
      const group = (this.#gathering ??= new Group(new Transaction(this.#around)));
      const outcome = applied(task, group.transaction);
      // Most need nothing but what is at hand: a promise for each would cost a good part of its work.
      if (outcome instanceof Promise) this.#applying = this.#applyLater(group, task, outcome);
      else group.add(task, outcome);
    }
  }

  async #applyLater(group: Group, task: Task<unknown>, outcome: Promise<unknown>): Promise<void> {
    group.add(task, await outcome);
    this.#applying = undefined;
    this.#apply();
  }

  #mayJoin({ manner }: Task<unknown>): boolean {
    if (this.#broken !== undefined) return false;
    if (manner === 'alone') return this.#gathering === undefined && this.#around.underWay === undefined;
    return this.#gathering?.isFull !== true;
  }

  #begun(group: Group | undefined): Writing | undefined {
    return group && { group, done: this.#commit(group.transaction) };
  }

  async #commit(transaction: Transaction): Promise<Failure | undefined> {
    try {
      transaction.finish();
      await this.#write(transaction);
      return undefined;
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #write(transaction: Transaction): Promise<void> {
    if (transaction.size === 0) return;
    try {
      await this.#around.database.write(transaction);
    } catch (error) {
      this.#broken = new Map();
      this.#broken = transaction.restoring();
      throw error;
    }
  }

  /** What gathers stood on a group that came to nothing. */
  async #applyAnew(): Promise<void> {
    while (this.#applying !== undefined) await this.#applying;
    if (this.#gathering === undefined) return;
    this.#gathering.transaction.end(false);
    this.#called.unshift(...this.#gathering.tasks);
    this.#gathering = undefined;
    this.#hurried = true;
  }

  /** What becomes of those that a fault of the disk concerns; it is reported. */
  #failed(error: unknown): Failure {
    const whole = unavailable(error);
    this.#around.horizon.forget();
    this.#around.onError(whole);
    return new Failure(whole);
  }

  #answer(tasks: readonly Task<unknown>[], outcomes: readonly unknown[]): void {
    this.#pending -= tasks.length;
    tasks.forEach((task, index) => answer(task, outcomes[index]));
  }

  async #repair(): Promise<void> {
    await this.#around.database.recover(this.#broken ?? new Map());
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
