// One thread of a comparison: takes jobs, gives back outcomes.

import { parentPort, workerData } from 'node:worker_threads';
import { loadStrategies } from '../strategies/load.js';
import type { CompareOptions, PhoneJob } from './compare.js';
import { runPhone } from './compare.js';

const { options, ids } = workerData as { readonly options: CompareOptions; readonly ids: readonly string[] };
const all = await loadStrategies();
const strategies = ids.map((id) => {
  const strategy = all.get(id);
  if (!strategy) throw new Error(`no strategy "${id}": there are ${[...all.keys()].join(', ')}`);
  return strategy;
});

parentPort?.on('message', ({ index, job }: { readonly index: number; readonly job: PhoneJob }) => {
  parentPort?.postMessage({ index, outcomes: runPhone(options, strategies, job) });
});
