import { Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

const leastMs = 300_000;
const mostMs = 900_000;

/** One interval for each type of network: ×1.02 when the gap was over three quarters, ×0.95 on failure. */
export const strategy: Strategy = {
  id: 'microg',
  title: 'microG, per network type',
  source: 'microG GmsCore, GcmPrefs',
  answerWaitMs: 90_000,
  create: () => {
    const learned = new Map<string, number>();
    const of = (network: string): number => learned.get(network) ?? leastMs;
    return new Pinger({
      intervalMs: (network) => of(network),
      onSuccess: (_nowMs, gapMs, network) => {
        if (gapMs > (of(network) / 4) * 3) learned.set(network, Math.min(mostMs, of(network) * 1.02));
      },
      onFailure: (_nowMs, _gapMs, network) => learned.set(network, Math.max(leastMs, of(network) * 0.95)),
    });
  },
};
