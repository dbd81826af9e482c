// Random operations on level and on the memory store side by side: every answer is the same, and so is in the
// end every entry, indexes included. Level is closed and opened again at random moments, and part of the
// operations are called at the same time.

import fc from 'fast-check';
import t from 'tap';
import type { Test } from 'tap';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { limits } from '../../src/core/limits.js';
import type { Store } from '../../src/ports/store.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { exported, now } from '../conformance/store/fixtures.js';
import { appIds, deviceIds, hash, read, removeReceipts, subscriptionIds, uids, userIds, writes } from './model-operations.js';
import type { Operation } from './model-operations.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000_007 : 1));
const runs = Number(process.env['LOWBEAT_RUNS'] ?? 15);
/** Numbers of notifications without gaps, as the memory store gives them, whatever is forgotten on the way. */
const parts = { numbersReserved: 0 };
/** Of one run and what shrinks a failing one; runs take half a second. */
const timeoutMs = 45_000 + runs * 1_000;
t.comment(`LOWBEAT_SEED=${seed}`);
t.setTimeout(timeoutMs);

interface Model {
  readonly memory: Store;
  nowMs: number;
}

class Real {
  readonly folder: string;
  level: Store;
  #opened = 0;

  constructor(options: { readonly folder: string; readonly level: Store }) {
    this.folder = options.folder;
    this.level = options.level;
  }

  async reopen(): Promise<void> {
    await this.level.close();
    // Every other time so few records are cached that most are read again.
    this.#opened += 1;
    const few = this.#opened % 2 === 0 ? {} : { cachedRecords: 2 };
    this.level = await openLevelStore({ folder: this.folder }, { ...parts, ...few });
  }
}

type ModelCommand = fc.AsyncCommand<Model, Real>;

const outboxMs = limits.outboxSeconds * 1_000;

/**
 * Operations that are called before the first is answered: both stores answer as if they came one after the other. In one turn of the event
 * loop they share a group; with turns between them the later ones come while the group of the first is being written.
 */
class Burst implements ModelCommand {
  readonly #operations: readonly Operation[];
  readonly #turnsBetween: number;

  constructor(operations: readonly Operation[], turnsBetween = 0) {
    this.#operations = operations;
    this.#turnsBetween = turnsBetween;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const answers = await Promise.all([model.memory, real.level].map((store) => this.#answers(store, model.nowMs)));
    this.#operations.forEach((operation, index) => {
      assertSame(operation.name, answers[0]?.[index], answers[1]?.[index]);
    });
  }

  async #answers(store: Store, nowMs: number): Promise<readonly unknown[]> {
    const answers: Promise<unknown>[] = [];
    for (const operation of this.#operations) {
      answers.push(answer(operation.call(store, nowMs)));
      for (let turn = 0; turn < this.#turnsBetween; turn += 1) await new Promise(setImmediate);
    }
    return Promise.all(answers);
  }

  toString(): string {
    return this.#operations.map(({ name }) => name).join(` ${'|'.repeat(this.#turnsBetween + 1)} `);
  }
}

class Wait implements ModelCommand {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  check(): boolean {
    return true;
  }

  run(model: Model): Promise<void> {
    model.nowMs += this.#ms;
    return Promise.resolve();
  }

  toString(): string {
    return `wait ${this.#ms}`;
  }
}

class Reopen implements ModelCommand {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await real.reopen();
    assertSame('export', await exported(model.memory), await exported(real.level));
  }

  toString(): string {
    return 'reopen';
  }
}

async function answer(result: Promise<unknown>): Promise<unknown> {
  try {
    return { answer: await result };
  } catch (error) {
    return { error: error instanceof Error ? [error.name, 'code' in error ? error.code : ''] : error };
  }
}

function assertSame(what: string, memory: unknown, level: unknown): void {
  if (Array.isArray(memory) && Array.isArray(level) && memory.length === level.length) {
    memory.forEach((each, index) => {
      assertSame(`${what} [${index}]`, each, level[index]);
    });
    return;
  }
  if (isDeepStrictEqual(memory, level)) return;
  throw new Error(`${what}\nmemory ${fc.stringify(memory)}\nlevel  ${fc.stringify(level)}`);
}

const setting: readonly fc.Arbitrary<ModelCommand>[] = [
  writes.map((one) => new Burst([one])),
  writes.map((one) => new Burst([one])),
  fc.oneof({ weight: 4, arbitrary: read }, { weight: 1, arbitrary: removeReceipts }).map((one) => new Burst([one])),
  fc.tuple(fc.array(writes, { minLength: 2, maxLength: 8 }), fc.constantFrom(0, 1, 2)).map((several) => new Burst(...several)),
  fc.constantFrom(1, 4, 60).map((ms) => new Wait(ms)),
  fc.constantFrom(1, 4, 60, outboxMs, 2 * outboxMs).map((ms) => new Wait(ms)),
  fc.constant(new Reopen()),
];

/** One of each, so that most of what follows finds somebody. */
const beginning: readonly ((store: Store) => Promise<unknown>)[] = [
  (store) => store.addUser({ id: userIds[0]!, name: 'n', createdAtMs: now }),
  (store) => store.addApp({ id: appIds[0]!, name: 'n', secretHash: hash, createdAtMs: now }),
  (store) => store.putGrant({
    uid: uids[0]!, user: userIds[0]!, app: appIds[0]!, scopes: ['notify'], paused: false, createdAtMs: now,
  }),
  ...deviceIds.slice(0, 3).map((id) => (store: Store) => store.addDevice({
    id, user: userIds[0]!, name: 'phone', tokenHash: hash, createdAtMs: now, minimumUrgency: 'low',
  })),
  ...subscriptionIds.slice(0, 3).map((id, index) => (store: Store) => store.addSubscription({
    id, device: deviceIds[index]!, app: appIds[0]!, createdAtMs: now,
  })),
];

async function runOnce(commands: Iterable<ModelCommand>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lowbeat-model-'));
  const real = new Real({ folder, level: await openLevelStore({ folder }, parts) });
  const model: Model = { memory: createMemoryStore(), nowMs: now };
  try {
    for (const call of beginning) {
      assertSame('beginning', await answer(call(model.memory)), await answer(call(real.level)));
    }
    await fc.asyncModelRun(() => ({ model, real }), commands);
    await new Reopen().run(model, real);
  } finally {
    await real.level.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await t.test('level answers as the memory store does', async (t: Test) => {
  const commands = fc.commands([...setting], { maxCommands: 120, size: 'max' });
  t.setTimeout(timeoutMs);
  await fc.assert(fc.asyncProperty(commands, runOnce), {
    seed, numRuns: runs, interruptAfterTimeLimit: timeoutMs - 10_000,
  });
  t.pass(`${runs} runs`);
});
