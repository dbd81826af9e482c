import { Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

const levels = [2, 4, 8, 16, 32, 64].map((minutes) => minutes * 60_000);

/** 2, 4, … 64 minutes: one level up on success, back to the first on failure. */
export const strategy: Strategy = {
  id: 'iotivity',
  title: 'IoTivity keep-alive, 2 to 64 min',
  source: 'IoTivity resource directory keep-alive',
  answerWaitMs: 60_000,
  create: () => {
    let level = 0;
    return new Pinger({
      intervalMs: () => levels[level] ?? 64 * 60_000,
      onSuccess: (_nowMs, gapMs) => {
        if (gapMs >= (levels[level] ?? 0)) level = Math.min(level + 1, levels.length - 1);
      },
      onFailure: () => {
        level = 0;
      },
    });
  },
};
