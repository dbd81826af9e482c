// Load at a rate that does not follow the subject: what is due is sent, whether answers came or not.

import { nowMicros } from '../harness/latencies.js';

/** A timer of Node is up to so late by itself; this much is not held against the subject, and not more. */
const timerMicros = 1_500;
/** Sent in one turn; then answers are read. */
const mostAtOnce = 256;

export interface PaceOptions {
  /** A second. */
  readonly rate: number;
  readonly count: number;
  /** `sinceMicros`: from when its latency counts. */
  readonly send: (index: number, sinceMicros: number) => void;
}

/** Resolves when the last one is sent, with the seconds that it took. */
export function pace({ rate, count, send }: PaceOptions): Promise<number> {
  const startedAt = nowMicros();
  const gap = 1_000_000 / rate;
  let next = 0;
  return new Promise((resolve) => {
    const tick = (): void => {
      for (let sent = 0; next < count && sent < mostAtOnce; sent += 1, next += 1) {
        const dueAt = startedAt + next * gap;
        const now = nowMicros();
        if (dueAt > now) break;
        send(next, Math.min(now, dueAt + timerMicros));
      }
      if (next === count) resolve((nowMicros() - startedAt) / 1_000_000);
      else if (startedAt + next * gap <= nowMicros()) setImmediate(tick);
      else setTimeout(tick, 1);
    };
    tick();
  });
}

/** Runs `work` for each number below `count`, so many at a time. */
export async function inParallel(count: number, atATime: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await work(next - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, worker));
}
