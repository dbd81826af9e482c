// Runs one benchmark: an empty folder, rows, medians, targets.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { createPrng } from '../../src/core/prng.js';
import type { Benchmark, Context, Settings } from './benchmark.js';
import { commitOf, machineOf } from './measures.js';
import type { Result } from './results.js';
import { summarize } from './statistics.js';

export interface RunOptions extends Settings {
  /** Where the folders of subjects are made: on a disk, since some of them sync it. */
  readonly scratch: string;
  readonly tell: (text: string) => void;
  /** Other than usual. */
  readonly rounds?: number;
}

/** Fresh processes in a comparison: an odd number, so that the median is a round that was. */
const fullRounds = 3;

export async function runBenchmark(benchmark: Benchmark, { full, seed, scratch, tell, rounds = full ? fullRounds : 1 }: RunOptions): Promise<Result> {
  const { name, title, about, counts } = benchmark;
  const machine = machineOf();
  const startedAt = new Date();
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, `${name}-`));
  const notes = new Set<string>();
  const context: Context = {
    full, seed, folder, tell, random: createPrng(seed), rounds, note: (text) => void notes.add(text),
  };
  try {
    const rows = summarize(await benchmark.measure(context));
    if (!full) notes.add('Small sizes: they show that everything works, and say little about speed.');
    return {
      name, title, about, counts, full, seed, commit: commitOf(), machine,
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1_000,
      rows,
      targets: [...(benchmark.targets?.(rows) ?? [])],
      notes: [...notes],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
