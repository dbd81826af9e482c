// Gives memory back to the system when the gateway has become quiet: measures, asks `QuietCollection`, collects.

import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { limits } from '../core/limits.js';
import { QuietCollection } from '../core/quiet-collection.js';
import { everyInterval } from '../gateway/ticker.js';
import type { Every } from '../gateway/ticker.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';

export interface SpareMemoryOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Real time if absent. */
  readonly every?: Every;
  /** Of the time since it was last asked, what the process was at work, 0 to 1; measured at the event loop if absent. */
  readonly busyShare?: () => number;
}

/** From now on until the returned function is called. */
export function returnSpareMemory({ clock, log, every = everyInterval, busyShare = shareOfEventLoop() }: SpareMemoryOptions): () => void {
  const decision = new QuietCollection();
  return every(limits.heapSampleMs, () => {
    const atMs = clock.nowMs();
    const heapBytes = heapTaken();
    if (!decision.isDue({ atMs, busyShare: busyShare(), heapBytes })) return;
    collector()?.();
    const leftBytes = heapTaken();
    decision.collected(atMs, leftBytes);
    log.debug({ heapBytes, leftBytes, tookMs: clock.nowMs() - atMs }, 'quiet: collected what is not needed any more');
  });
}

function heapTaken(): number {
  return getHeapStatistics().total_heap_size;
}

function shareOfEventLoop(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

/** V8's own, which it gives to contexts that are made after it was asked for it; undefined if it does not. */
function collector(): (() => void) | undefined {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as (() => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
