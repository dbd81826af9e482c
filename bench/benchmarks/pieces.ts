import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Row } from '../harness/benchmark.js';
import { Worker } from '../harness/processes.js';
import type { Piece } from '../subjects/pieces.js';

export const pieces: Benchmark = {
  name: 'pieces',
  title: 'Pieces: what one step costs',
  about: 'Codec, controller, visibility, timer wheel and window edge, each by itself with the package benchmark, in a fresh process for each round.',
  counts: '',
  measure: async (context) => {
    const rows: Row[] = [];
    for (let round = 0; round < context.rounds; round += 1) {
      const worker = new Worker('subjects/pieces');
      try {
        for (const { name, nanoseconds, marginPercent } of await worker.call<Piece[]>('run', { seconds: context.full ? 5 : 0.2 })) {
          rows.push(...rowsOf({ name: 'pieces', subject: `lowbeat: ${name}`, n: 1 }, { mean: [nanoseconds, 'ns'], margin: [marginPercent, '%'] }));
        }
      } finally {
        await worker.end();
      }
    }
    return rows;
  },
};
