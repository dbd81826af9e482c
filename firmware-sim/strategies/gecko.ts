import { Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

const startMs = 180_000;
const capMs = 1_740_000;
/** Growth stops when the next step would gain less. */
const leastGapMs = 60_000;

interface Learned {
  intervalMs: number;
  lastGoodMs: number;
  failures: number;
  settled: boolean;
}

/** ×1.5 on success, ÷2 after the second failure, remembered by operator or "Wi-Fi". */
export const strategy: Strategy = {
  id: 'gecko',
  title: 'Firefox OS adaptive ping',
  source: 'Gecko PushService, adaptive ping',
  create: () => {
    const learned = new Map<string, Learned>();
    const of = (network: string, key: string): Learned => {
      const name = network === 'wifi' ? 'wifi' : key;
      const known = learned.get(name) ?? { intervalMs: startMs, lastGoodMs: 0, failures: 0, settled: false };
      learned.set(name, known);
      return known;
    };
    return new Pinger({
      intervalMs: (network, key) => of(network, key).intervalMs,
      onSuccess: (_nowMs, gapMs, network, key) => {
        const known = of(network, key);
        known.failures = 0;
        known.lastGoodMs = Math.max(known.lastGoodMs, Math.min(gapMs, known.intervalMs));
        if (known.settled || gapMs < known.intervalMs) return;
        known.intervalMs = Math.min(capMs, known.intervalMs * 1.5);
      },
      onFailure: (_nowMs, _gapMs, network, key) => {
        const known = of(network, key);
        known.failures += 1;
        if (known.failures < 2) return;
        known.failures = 0;
        const next = Math.max(known.intervalMs / 2, known.lastGoodMs, startMs / 2);
        known.settled = known.intervalMs - next < leastGapMs || next === known.lastGoodMs;
        known.intervalMs = next;
      },
    });
  },
};
