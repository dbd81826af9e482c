import { Pinger } from './pinger.js';
import type { Strategy } from './strategy.js';

const leastMs = 210_000;
const mostMs = 580_000;
const shortBeats = 3;
const successesPerStep = 5;
const firstStepMs = 60_000;
const stepMs = 20_000;
const backMs = 80_000;
const reprobeMs = 7 * 86_400_000;
const networksKept = 20;

interface Learned {
  intervalMs: number;
  beats: number;
  successes: number;
  failures: number;
  stableSinceMs: number | undefined;
}

/** Tencent Mars' smart heartbeat: 210 s upward in steps to 580 s, back 80 s and stable after two failures. */
export const strategy: Strategy = {
  id: 'mars',
  title: 'Tencent Mars smart heartbeat',
  source: 'Tencent Mars, stn smart_heartbeat',
  create: () => {
    const learned = new Map<string, Learned>();
    let foreground = false;
    const of = (key: string): Learned => {
      const known = learned.get(key) ?? { intervalMs: leastMs, beats: 0, successes: 0, failures: 0, stableSinceMs: undefined };
      learned.delete(key);
      learned.set(key, known);
      const oldest = learned.keys().next().value;
      if (learned.size > networksKept && oldest !== undefined) learned.delete(oldest);
      return known;
    };
    return new Pinger({
      intervalMs: (_network, key) => {
        const known = of(key);
        return foreground || known.beats < shortBeats ? leastMs : known.intervalMs;
      },
      onForeground: (value) => {
        foreground = value;
      },
      onSuccess: (nowMs, gapMs, _network, key) => {
        const known = of(key);
        known.beats += 1;
        known.failures = 0;
        if (gapMs < known.intervalMs) return;
        if (known.stableSinceMs !== undefined) {
          if (nowMs - known.stableSinceMs < reprobeMs) return;
          known.stableSinceMs = undefined;
        }
        known.successes += 1;
        if (known.successes < successesPerStep) return;
        known.successes = 0;
        known.intervalMs = Math.min(mostMs, known.intervalMs + (known.intervalMs < leastMs + firstStepMs ? firstStepMs : stepMs));
      },
      onFailure: (nowMs, _gapMs, _network, key) => {
        const known = of(key);
        known.failures += 1;
        known.successes = 0;
        if (known.failures < 2) return;
        known.failures = 0;
        if (known.stableSinceMs !== undefined) {
          known.intervalMs = leastMs;
          known.stableSinceMs = undefined;
        } else {
          known.intervalMs = Math.max(leastMs, known.intervalMs - backMs);
          known.stableSinceMs = nowMs;
        }
      },
    });
  },
};
