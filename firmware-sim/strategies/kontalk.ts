import { Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

const leastMs = 5 * 60_000;
const mostMs = 30 * 60_000;

/** Starts at half an hour, ×1.5 on success, ÷2 on failure. */
export const strategy: Strategy = {
  id: 'kontalk',
  title: 'Kontalk, 5 to 30 min',
  source: 'Kontalk AndroidAdaptiveServerPingManager',
  create: () => {
    const learned = new Map<string, number>();
    const of = (network: string): number => learned.get(network) ?? mostMs;
    return new Pinger({
      intervalMs: (network) => of(network),
      onSuccess: (_nowMs, _gapMs, network) => learned.set(network, Math.min(mostMs, of(network) * 1.5)),
      onFailure: (_nowMs, _gapMs, network) => learned.set(network, Math.max(leastMs, of(network) / 2)),
    });
  },
};
