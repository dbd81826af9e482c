// Memory that a busy process took and a quiet one does not need, in V8 itself; the time is virtual.

import { getHeapStatistics } from 'node:v8';

import t from 'tap';

import { returnSpareMemory } from '../../src/cli/spare-memory.js';
import { limits } from '../../src/core/limits.js';

await t.test('what was used in a busy time is given back in the quiet one after it, and nothing is touched before', (t) => {
  let nowMs = 0;
  let busyShare = 1;
  const collections: { heapBytes: number; leftBytes: number }[] = [];
  let tick = (): void => undefined;
  let isStopped = false;
  const nothing = (): void => undefined;
  const stop = returnSpareMemory({
    clock: { nowMs: () => nowMs },
    log: { info: nothing, warn: nothing, error: nothing, debug: (fields) => void collections.push(fields as typeof collections[number]) },
    every: (everyMs, run) => {
      t.equal(everyMs, limits.heapSampleMs);
      tick = run;
      return () => void (isStopped = true);
    },
    busyShare: () => busyShare,
  });
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += limits.heapSampleMs;
      tick();
    }
  };

  let kept: number[][] | undefined = Array.from({ length: 400 }, (_, index) => new Array<number>(32_768).fill(index + 0.5));
  const fullBytes = getHeapStatistics().total_heap_size;
  t.equal(kept.length, 400);
  kept = undefined;
  pass(60_000);
  t.same(collections, [], 'a busy process is left alone');
  busyShare = 0;
  pass(limits.collectionQuietMs);
  t.equal(collections.length, 1);
  pass(60_000);
  t.equal(collections.length, 2, 'once more, and then no more');
  const [first] = collections;
  t.ok(first !== undefined && first.heapBytes - first.leftBytes > 50_000_000, `${first?.heapBytes} became ${first?.leftBytes}`);
  t.ok(fullBytes - getHeapStatistics().total_heap_size > 50_000_000);
  t.equal(typeof Reflect.get(globalThis, 'gc'), 'undefined', 'others do not get at the collector by it');
  stop();
  t.ok(isStopped);
  t.end();
});
