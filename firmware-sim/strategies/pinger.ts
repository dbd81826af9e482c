// What the rivals have in common: they ping on their own clock whatever else the link carries, and most adapt one
// interval to success and failure. A rival is this class with its own rule.

import type {
  HeartbeatController,
  HeartbeatEvent,
  HeartbeatPlan,
} from '../../src/core/heartbeat/controller.js';
import type { NetworkKind } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';

export interface PingRule {
  /** The interval on this network now, milliseconds. */
  intervalMs(network: NetworkKind, networkKey: string): number;
  /** A ping of that gap was answered. */
  onSuccess?(nowMs: number, gapMs: number, network: NetworkKind, networkKey: string): void;
  /** The link was found dead after that gap, by silence or a reset. */
  onFailure?(nowMs: number, gapMs: number, network: NetworkKind, networkKey: string): void;
  onForeground?(foreground: boolean): void;
}

export class Pinger implements HeartbeatController {
  readonly #rule: PingRule;
  #network: NetworkKind = 'unknown';
  #networkKey = '';
  #connected = false;
  #lastPingMs = 0;
  #pingSentMs: number | undefined;
  #gapMs = 0;
  /** A rival does not plan by the quota of its alarms; but its server must not end the link for what Doze does. */
  #spacingMs = 0;

  constructor(rule: PingRule) {
    this.#rule = rule;
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    switch (event.type) {
      case 'connected':
        this.#connected = true;
        this.#network = event.network;
        this.#networkKey = event.networkKey;
        this.#lastPingMs = nowMs;
        this.#pingSentMs = undefined;
        break;
      case 'disconnected':
        if (event.end === 'reset' || event.end === 'answer-timeout') {
          const gapMs = this.#pingSentMs === undefined ? nowMs - this.#lastPingMs : this.#gapMs;
          this.#rule.onFailure?.(nowMs, gapMs, this.#network, this.#networkKey);
        }
        this.#connected = false;
        this.#pingSentMs = undefined;
        break;
      case 'heartbeat-sent':
        if (!event.dedicated) break;
        this.#gapMs = nowMs - this.#lastPingMs;
        this.#lastPingMs = nowMs;
        this.#pingSentMs = nowMs;
        break;
      case 'answered':
        if (this.#pingSentMs === undefined || event.sentAtMs < this.#pingSentMs) break;
        this.#pingSentMs = undefined;
        this.#rule.onSuccess?.(nowMs, this.#gapMs, this.#network, this.#networkKey);
        break;
      case 'alarm-windows':
        this.#spacingMs = event.windows[0]?.spacingMs ?? 0;
        break;
      case 'foreground':
        this.#rule.onForeground?.(event.foreground);
        break;
      default:
        break;
    }
  }

  plan(): HeartbeatPlan {
    const intervalMs = this.#rule.intervalMs(this.#network, this.#networkKey);
    const promiseSeconds = Math.ceil(Math.max(intervalMs, this.#spacingMs) / 1000);
    return {
      beatAtMs: this.#connected ? this.#lastPingMs + intervalMs : Infinity,
      promiseSeconds: Math.min(limits.promiseSeconds, Math.max(limits.shortestPromiseSeconds, promiseSeconds)),
    };
  }

  memory(): unknown {
    return undefined;
  }
}

/** A rule that never changes. */
export function fixedRule(seconds: number): PingRule {
  return { intervalMs: () => seconds * 1000 };
}
