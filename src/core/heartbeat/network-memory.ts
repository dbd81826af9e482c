// What a device remembers of the networks it revisits: bounded, the least lately used goes first, and JSON for its storage.

import type { NetworkKind } from '../frames.js';
import { limits } from '../limits.js';
import { priorFor } from './priors.js';
import { binCount, TimeoutEstimate, type TimeoutPrior } from './timeout-estimate.js';

export interface RememberedNetwork {
  readonly kind: NetworkKind;
  readonly estimate: TimeoutEstimate;
  /** When the estimate last learned or faded. */
  touchedMs: number;
  /** Connections made, and observations that what was believed spoke against. */
  connects: number;
  contradictions: number;
}

/** Evidence counts half after this long without more of it. */
const halfLifeMs = 30 * 86_400_000;

export class NetworkMemory {
  readonly #networks = new Map<string, RememberedNetwork>();
  /** An agent asks for it at each state it keeps, far more often than it changes. */
  #json: unknown;

  constructor(kept?: unknown) {
    for (const entry of readMemory(kept)) this.#networks.set(entry.key, entry.network);
  }

  /** The network of that key, made from `prior` (or what is believed of its kind) when it is new. Becomes the latest used. */
  visit(nowMs: number, key: string, kind: NetworkKind, prior?: TimeoutPrior): RememberedNetwork {
    this.touched();
    const known = this.#networks.get(key);
    const network = known ?? {
      kind,
      estimate: new TimeoutEstimate(prior ?? priorFor(kind)),
      touchedMs: nowMs,
      connects: 0,
      contradictions: 0,
    };
    if (known) {
      const weight = 0.5 ** (Math.max(0, nowMs - known.touchedMs) / halfLifeMs);
      if (weight < 0.999) {
        known.estimate.fade(priorFor(kind), weight);
        known.touchedMs = nowMs;
      }
    }
    this.#networks.delete(key);
    this.#networks.set(key, network);
    const oldest = this.#networks.keys().next().value;
    if (this.#networks.size > limits.rememberedNetworks && oldest !== undefined) this.#networks.delete(oldest);
    return network;
  }

  get size(): number {
    return this.#networks.size;
  }

  /** For `HeartbeatController.memory()`: masses in millionths. The same object until something was learned or visited. */
  toJson(): unknown {
    this.#json ??= this.#makeJson();
    return this.#json;
  }

  /** An estimate of a network was changed. */
  touched(): void {
    this.#json = undefined;
  }

  #makeJson(): unknown {
    return {
      version: 1,
      bins: binCount,
      networks: [...this.#networks].map(([key, network]) => ({
        key,
        kind: network.kind,
        touchedMs: network.touchedMs,
        connects: network.connects,
        contradictions: network.contradictions,
        mass: Array.from(network.estimate.mass, (mass) => Math.round(mass * 1e6)),
      })),
    };
  }
}

const kinds: readonly string[] = ['unknown', 'wifi', 'cellular', 'wired', 'other'] satisfies NetworkKind[];

/** Entries that are whole; what is damaged or of another version is left out, since it can be learned again. */
function readMemory(kept: unknown): { key: string; network: RememberedNetwork }[] {
  if (!isRecord(kept) || kept['version'] !== 1 || kept['bins'] !== binCount) return [];
  const networks = kept['networks'];
  if (!Array.isArray(networks)) return [];
  return networks.slice(-limits.rememberedNetworks).flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const { key, kind, touchedMs, connects, contradictions, mass } = entry;
    if (typeof key !== 'string' || typeof kind !== 'string' || !kinds.includes(kind)) return [];
    if (!isCount(touchedMs) || !isCount(connects) || !isCount(contradictions)) return [];
    if (!Array.isArray(mass) || mass.length !== binCount || !mass.every(isCount)) return [];
    const estimate = new TimeoutEstimate(mass.map((millionths) => millionths + 0.1));
    return [{ key, network: { kind: kind as NetworkKind, estimate, touchedMs, connects, contradictions } }];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
