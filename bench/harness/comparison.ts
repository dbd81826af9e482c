// One measurement of several subjects: fresh processes, in an order that alternates.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { RunningSubject, StartOptions, Subject } from '../subjects/subject.js';
import type { Context, Row } from './benchmark.js';
import { openFilesLimit } from './measures.js';
import { orderOf } from './statistics.js';

export type Measured<Running extends RunningSubject = RunningSubject> = (subject: Running) => Promise<readonly Row[]>;

/** Starts each subject in each round on an empty folder, measures it, stops it. */
export async function compare(
  context: Context,
  subjects: readonly Subject[],
  options: Omit<StartOptions, 'folder' | 'seed'>,
  measure: (subject: RunningSubject) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let round = 0; round < context.rounds; round += 1) {
    for (const subject of orderOf(subjects, round)) {
      context.tell(`round ${round + 1} of ${context.rounds}: ${subject.name}`);
      rows.push(...(await withFolder(context, async (folder) => {
        const running = await subject.start({ ...options, folder, seed: context.seed });
        try {
          return await measure(running);
        } finally {
          await running.stop();
        }
      })));
    }
  }
  return rows;
}

export async function withFolder<Result>(context: Context, run: (folder: string) => Promise<Result>): Promise<Result> {
  mkdirSync(context.folder, { recursive: true });
  const folder = mkdtempSync(join(context.folder, 'subject-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Files that a process has open besides its connections. */
const otherFiles = 200;

/** As many links as are wanted, or as the limit of open files lets one process have; then it is said how to raise that. */
export function linksWithin(context: Context, wanted: number): number {
  const most = openFilesLimit() - otherFiles;
  if (wanted <= most) return wanted;
  context.note(`${wanted.toLocaleString('en')} links need a limit of open files above that; here it is ${openFilesLimit().toLocaleString('en')}, so ${most.toLocaleString('en')} were `
    + 'measured. As root: `ulimit -n 200000` in the shell before, or LimitNOFILE of a service.');
  return most;
}
