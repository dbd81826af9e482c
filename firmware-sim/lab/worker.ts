// One thread of a comparison: takes jobs, gives back outcomes.

import { parentPort, workerData } from 'node:worker_threads';
import { strategiesOf } from '../strategies/load.js';
import type { CompareOptions, PhoneJob } from './compare.js';
import { runPhone } from './compare.js';

const { options, ids } = workerData as { readonly options: CompareOptions; readonly ids: readonly string[] };
const strategies = await strategiesOf(ids);

parentPort?.on('message', ({ index, job }: { readonly index: number; readonly job: PhoneJob }) => {
  parentPort?.postMessage({ index, outcomes: runPhone(options, strategies, job) });
});
