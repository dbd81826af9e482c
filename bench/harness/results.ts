// What a run leaves behind: for each benchmark a file with everything that is needed to judge its figures, and a picture.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as z from 'zod';

import { barPicture } from './picture.js';

const rowSchema = z.object({
  name: z.string(),
  subject: z.string(),
  n: z.number(),
  metric: z.string(),
  value: z.number(),
  unit: z.string(),
  low: z.number(),
  high: z.number(),
  rounds: z.int().min(1),
});

const targetSchema = z.object({
  what: z.string(),
  figure: z.number(),
  sense: z.enum(['at most', 'at least']),
  limit: z.number(),
  unit: z.string(),
});

const resultSchema = z.object({
  name: z.string(),
  title: z.string(),
  about: z.string(),
  counts: z.string(),
  full: z.boolean(),
  seed: z.number(),
  /** Of git; with a plus when files differed from it. */
  commit: z.string(),
  machine: z.object({
    processor: z.string(),
    cores: z.int(),
    memoryBytes: z.number(),
    kernel: z.string(),
    node: z.string(),
    openFiles: z.number(),
    loadAtStart: z.number(),
  }),
  startedAt: z.iso.datetime(),
  seconds: z.number(),
  rows: z.array(rowSchema),
  targets: z.array(targetSchema),
  notes: z.array(z.string()),
});

export type Result = Readonly<z.output<typeof resultSchema>>;

/** Writes `<name>.json` and `<name>.svg`. */
export function writeResult(folder: string, result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(join(folder, `${result.name}.svg`), barPicture(result.title, result.rows));
}

/** All there are; one that cannot be read is an error that names it. */
export function readResults(folder: string): Result[] {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).sort().map((name) => {
    try {
      return resultSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    } catch (cause) {
      throw new Error(`${join(folder, name)} is no result of a benchmark; remove it`, { cause });
    }
  });
}
