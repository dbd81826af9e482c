import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { strategiesOf } from '../strategies/load.js';
import {
  phoneJobs,
  runPhone,
  toRows,
  type CompareOptions,
  type CompareRow,
  type PhoneOutcome,
} from './compare.js';

export interface RunJobsOptions {
  readonly compare: CompareOptions;
  /** Ids of strategies; the optimum is always there. */
  readonly strategies: readonly string[];
  /** Threads; 0 or 1 runs in this one. */
  readonly workers: number;
  readonly onProgress?: (done: number, all: number) => void;
}

/** Runs a comparison. The rows depend on the options only, not on the number of workers. */
export async function runComparison(options: RunJobsOptions): Promise<CompareRow[]> {
  const jobs = phoneJobs(options.compare);
  const outcomes: (readonly PhoneOutcome[])[] = [];
  if (options.workers <= 1) {
    const strategies = await strategiesOf(options.strategies);
    for (const [index, job] of jobs.entries()) {
      outcomes[index] = runPhone(options.compare, strategies, job);
      options.onProgress?.(index + 1, jobs.length);
    }
  } else {
    // A wrong name is told here, once, and not by each thread.
    await strategiesOf(options.strategies);
    await runThreads(options, outcomes);
  }
  return toRows(options.compare, outcomes.flat());
}

async function runThreads(options: RunJobsOptions, outcomes: (readonly PhoneOutcome[])[]): Promise<void> {
  const jobs = phoneJobs(options.compare);
  let next = 0;
  let done = 0;
  const threads = Array.from({ length: Math.min(options.workers, jobs.length) }, async () => {
    const worker = new Worker(join(import.meta.dirname, 'worker.js'), {
      workerData: { options: options.compare, ids: options.strategies },
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const give = (): void => {
          const index = next;
          next += 1;
          const job = jobs[index];
          if (job) worker.postMessage({ index, job });
          else resolve();
        };
        worker.on('error', reject);
        worker.on('message', ({ index, outcomes: made }: { index: number; outcomes: PhoneOutcome[] }) => {
          outcomes[index] = made;
          done += 1;
          options.onProgress?.(done, jobs.length);
          give();
        });
        give();
      });
    } finally {
      await worker.terminate();
    }
  });
  await Promise.all(threads);
}
