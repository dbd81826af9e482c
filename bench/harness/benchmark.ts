// What a benchmark is: it measures rows, and says what they should be.

import type { Prng } from '../../src/core/prng.js';

/** One measured value, of one round. */
export interface Row {
  /** Of the benchmark. */
  readonly name: string;
  /** Who was measured: `lowbeat`, a peer, or a variant of either. */
  readonly subject: string;
  /** How many of what the benchmark counts: links, devices, messages a second. */
  readonly n: number;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
}

/** A row over all its rounds: `value` is the median. */
export interface Summary extends Row {
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** What a figure should be, beside what it is. */
export interface Target {
  readonly what: string;
  readonly figure: number;
  readonly sense: 'at most' | 'at least';
  readonly limit: number;
  readonly unit: string;
}

export interface Settings {
  /** Sizes that mean something; else small ones, that show that everything works. */
  readonly full: boolean;
  readonly seed: number;
}

export interface Context extends Settings {
  readonly random: Prng;
  /** Fresh processes of each subject in a comparison; the order alternates from round to round. */
  readonly rounds: number;
  /** An empty folder of this benchmark on a disk, removed at its end. */
  readonly folder: string;
  /** For whoever watches. */
  tell(text: string): void;
  /** What a reader of the figures must know, such as a peer that is not installed. */
  note(text: string): void;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** What is measured and how, in a sentence or two. */
  readonly about: string;
  /** What `n` counts. */
  readonly counts: string;
  measure(context: Context): Promise<readonly Row[]>;
  targets?(rows: readonly Summary[]): readonly Target[];
}

export function holds({ figure, sense, limit }: Target): boolean {
  return sense === 'at most' ? figure <= limit : figure >= limit;
}

/** A row for each metric of one subject and size. */
export function rowsOf(
  of: Pick<Row, 'name' | 'subject' | 'n'>,
  metrics: Readonly<Record<string, readonly [value: number, unit: string]>>,
): Row[] {
  return Object.entries(metrics).map(([metric, [value, unit]]) => ({ ...of, metric, value, unit }));
}
