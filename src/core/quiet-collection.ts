// When a process that has become quiet collects its garbage, so that memory which only a busy one needs goes back to the system.

import { limits } from './limits.js';

/** What a process was like since the sample before. */
export interface HeapSample {
  readonly atMs: number;
  /** Of the time since the sample before, what it was at work; 0 to 1. */
  readonly busyShare: number;
  /** What its heap has taken from the system. */
  readonly heapBytes: number;
}

/**
 * A collector has no reason to run in a process in which hardly anything is made any more, so what the last busy time took stays: of a
 * young generation that had grown all of it. A collection is due once a process has been quiet for `limits.collectionQuietMs` and its
 * heap is larger by `limits.collectionGrowthBytes`, and by a tenth, than it was left; and a second one, after
 * `limits.secondCollectionQuietMs`. V8 makes the young generation smaller when little was made before a collection, of which the first
 * still sees the busy time; and what the first finds to be finalized only the second frees.
 */
export class QuietCollection {
  #sampledAtMs: number | undefined;
  #quietSinceMs: number | undefined;
  #leftBytes = 0;
  #wantsSecond = false;

  /** Whether to collect now; then tell `collected`. Samples come about every `limits.heapSampleMs`, in the order of their times. */
  isDue({ atMs, busyShare, heapBytes }: HeapSample): boolean {
    const quiet = busyShare <= limits.quietShare;
    this.#quietSinceMs = quiet ? (this.#quietSinceMs ?? this.#sampledAtMs ?? atMs) : undefined;
    this.#sampledAtMs = atMs;
    // Memory that was given back since is growth when it is taken again.
    this.#leftBytes = Math.min(this.#leftBytes, heapBytes);
    if (this.#quietSinceMs === undefined) return false;
    const quietMs = atMs - this.#quietSinceMs;
    if (this.#wantsSecond) return quietMs >= limits.secondCollectionQuietMs;
    return quietMs >= limits.collectionQuietMs && heapBytes - this.#leftBytes >= Math.max(limits.collectionGrowthBytes, this.#leftBytes / 10);
  }

  /** After a collection at `atMs`, `heapBytes` are left. */
  collected(atMs: number, heapBytes: number): void {
    this.#leftBytes = heapBytes;
    this.#quietSinceMs = atMs;
    this.#wantsSecond = !this.#wantsSecond;
  }
}
