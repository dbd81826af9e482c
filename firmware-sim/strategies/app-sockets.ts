// What the shared link replaces: every app keeps a connection of its own and beats on it at its own fixed interval, blind to the
// others and to the radio.

import type {
  HeartbeatController,
  HeartbeatEvent,
  HeartbeatPlan,
} from '../../src/core/heartbeat/controller.js';
import { limits } from '../../src/core/limits.js';
import { createPrng } from '../../src/core/prng.js';
import type { Strategy } from './strategy.js';

/**
 * What apps that keep a connection were seen to use (facts: rivals table and field reports): ntfy 45 s, NextPush 50 s,
 * Telegram 180 s, ntfy over WebSocket 180 s, Conversations 270 s, Sunup 300 s, microG's first 300 s, Mars' longest 580 s, GCM
 * on Wi-Fi 900 s, Kontalk's longest 1800 s.
 */
export const socketIntervalsSeconds = [45, 50, 180, 180, 270, 300, 300, 580, 900, 1_800] as const;

export const mostSockets = 64;

/** The patient variant: every app at the interval of Sunup and autopush. */
export const patientSeconds = 300;

/**
 * `count` apps with a connection each, at intervals of the list (which app comes at which place is drawn for each phone), or
 * all of them at `patientSeconds`.
 */
export function appSockets(count: number, intervals: 'seen' | 'patient' = 'seen'): Strategy {
  const apps = count === 1 ? 'One app with its own socket' : `One socket per app, ${count} apps`;
  return {
    id: intervals === 'seen' ? `sockets-${count}` : `patient-sockets-${count}`,
    title: intervals === 'seen' ? apps : `${apps}, each at ${patientSeconds} s`,
    source: 'rivals table and field reports: the intervals of ten apps',
    connections: count,
    create: ({ index, seed }) => {
      const random = createPrng(seed * 31 + 13 + index * 2_003);
      const seconds = intervals === 'seen' ? intervalSeconds(index, seed) : patientSeconds;
      return new AppSocket({ intervalMs: 1000 * seconds, phase: random.next() });
    },
  };
}

/** Beats every `intervalMs` from a phase of its own after each connect. */
export class AppSocket implements HeartbeatController {
  readonly #intervalMs: number;
  readonly #phase: number;
  #nextMs = Infinity;
  #spacingMs = 0;

  /** `phase`: the first beat comes after this share of the interval. */
  constructor(options: { readonly intervalMs: number; readonly phase: number }) {
    this.#intervalMs = options.intervalMs;
    this.#phase = options.phase;
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    if (event.type === 'connected') this.#nextMs = nowMs + this.#phase * this.#intervalMs;
    else if (event.type === 'disconnected') this.#nextMs = Infinity;
    else if (event.type === 'alarm-windows') this.#spacingMs = event.windows[0]?.spacingMs ?? 0;
    else if (event.type === 'heartbeat-sent' && event.dedicated) this.#nextMs = nowMs + this.#intervalMs;
  }

  plan(): HeartbeatPlan {
    return {
      beatAtMs: this.#nextMs,
      promiseSeconds: Math.max(limits.shortestPromiseSeconds, Math.ceil(Math.max(this.#intervalMs, this.#spacingMs) / 1000)),
    };
  }

  memory(): unknown {
    return undefined;
  }
}

function intervalSeconds(index: number, seed: number): number {
  const left: number[] = [...socketIntervalsSeconds];
  const random = createPrng(seed * 31 + 17);
  const order: number[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random.next() * left.length), 1));
  return order[index % order.length] ?? socketIntervalsSeconds[0];
}
