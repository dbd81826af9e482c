// What a device remembers of the networks it revisits: bounded, the least lately used goes first, and JSON for its storage.

import type { NetworkKind } from '../frames.js';
import { limits } from '../limits.js';
import { priorFor } from './priors.js';
import { binCount, TimeoutEstimate, type TimeoutPrior } from './timeout-estimate.js';

export interface RememberedNetwork {
  readonly kind: NetworkKind;
  /** If the network keeps its timeout: what all visits taught. */
  readonly estimate: TimeoutEstimate;
  /** If it draws a new one at each connect: what the stays had in common. A stay begins with it. */
  readonly drawn: TimeoutEstimate;
  /** This device itself observed something there. */
  taught: boolean;
  /** Stays that taught something. */
  stays: number;
  /** When the estimates last faded. */
  touchedMs: number;
  connects: number;
  /** Logarithm of the odds that it draws a new timeout at each connect: a carrier of many boxes, a name of many networks. */
  redrawLogOdds: number;
}

/** Before anything was seen: one network in thirty contradicts itself. */
export const priorRedrawLogOdds = Math.log(1 / 29);
/** The odds stay within this distance of even, so that they can turn again. */
const mostLogOdds = 5;

export function boundedLogOdds(logOdds: number): number {
  return Math.min(mostLogOdds, Math.max(-mostLogOdds, logOdds));
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
      drawn: new TimeoutEstimate(prior ?? priorFor(kind)),
      taught: false,
      stays: 0,
      touchedMs: nowMs,
      connects: 0,
      redrawLogOdds: priorRedrawLogOdds,
    };
    if (known) {
      const weight = 0.5 ** (Math.max(0, nowMs - known.touchedMs) / halfLifeMs);
      if (weight < 0.999) {
        known.estimate.fade(priorFor(kind), weight);
        known.drawn.mix(priorFor(kind), 1 - weight);
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

  /** For `HeartbeatController.memory()`: small, since a device keeps it with each acknowledgement. The same object until something was learned or visited. */
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
        redrawLogOdds: Math.round(network.redrawLogOdds * 100) / 100,
        taught: network.taught,
        stays: network.stays,
        estimate: writeMass(network.estimate.mass),
        drawn: writeMass(network.drawn.mass),
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
    const { key, kind, touchedMs, connects, stays, redrawLogOdds } = entry;
    if (typeof key !== 'string' || typeof kind !== 'string' || !kinds.includes(kind)) return [];
    if (!isCount(touchedMs) || !isCount(connects) || !isCount(stays) || !isFinite(redrawLogOdds)) return [];
    const estimate = readMass(entry['estimate']);
    const drawn = readMass(entry['drawn']);
    if (!estimate || !drawn) return [];
    const taught = entry['taught'] === true;
    const network = { kind: kind as NetworkKind, estimate, drawn, taught, stays, touchedMs, connects };
    return [{ key, network: { ...network, redrawLogOdds: boundedLogOdds(redrawLogOdds) } }];
  });
}

/** A digit of base 36 for each bin: 0 is certainty, each step less by this factor; the last is below what any bin holds. */
const stepFactor = 1.6;

function writeMass(mass: Readonly<Float64Array>): string {
  let text = '';
  for (const share of mass) text += Math.min(35, Math.round(-Math.log(share) / Math.log(stepFactor))).toString(36);
  return text;
}

function readMass(text: unknown): TimeoutEstimate | undefined {
  if (typeof text !== 'string' || text.length !== binCount || !/^[0-9a-z]+$/.test(text)) return undefined;
  return new TimeoutEstimate(Array.from(text, (digit) => stepFactor ** -parseInt(digit, 36)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return isFinite(value) && value >= 0;
}
