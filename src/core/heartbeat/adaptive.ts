// The controller of a real phone. Four questions, one after the other:
// 1. What was seen?  Silences that the flow survived, silences that it did not: src/core/heartbeat/timeout-estimate.
// 2. How long may the flow be silent?  The silence of least expected cost: next-silence. Never longer than presence asks for.
// 3. Is now a better moment?  When the radio is on anyway, a beat costs little; it is worth what it saves later.
// 4. When may the phone wake at all?  In Doze at its slots only; a flow that dies before the next one is opened anew there.

import type { NetworkKind } from '../frames.js';
import { limits } from '../limits.js';
import type { HeartbeatController, HeartbeatEvent, HeartbeatPlan } from './controller.js';
import { NetworkMemory, type RememberedNetwork } from './network-memory.js';
import { nextSilenceSeconds } from './next-silence.js';
import { priorFor } from './priors.js';

/** What things cost, in dedicated beats of the same network; a phone that knows its radio better may say so. */
export interface BeatCosts {
  /** A beat while the radio is on anyway: the tail it extends. */
  readonly joinBeats: number;
  /** A dead link: the beat in vain, its retransmissions, the reconnect. Nicholas: 4.3 beats on 3G, 18 on Wi-Fi for the connect. */
  readonly deadLinkBeats: number;
}

export interface AdaptiveOptions {
  /** What `memory()` returned before; anything unreadable counts as nothing. */
  readonly memory?: unknown;
  readonly cellular?: BeatCosts;
  readonly wifi?: BeatCosts;
  /** What one late notification is worth, in beats. */
  readonly lateBeats?: number;
  /** For how many seconds of silence to come on a known network a lesson pays. */
  readonly horizonSeconds?: number;
}

const defaults = {
  cellular: { joinBeats: 0.05, deadLinkBeats: 6 },
  wifi: { joinBeats: 0.1, deadLinkBeats: 20 },
  lateBeats: 400,
  horizonSeconds: 3 * 86_400,
} as const;

/** Shorter silences say nothing of a middlebox: every one keeps a flow longer. */
const leastEvidenceSeconds = 50;
/** A good reconnect within this time makes a dead link evidence of an expiry; later it may have been an outage. */
const evidenceWindowMs = 60_000;
/** How fast the rates of free refreshes and of notifications follow the day. */
const rateWindowMs = 4 * 3_600_000;
/** Networks are replaced or redrawn: at least this share of belief returns to the prior at each connect. */
const leastRedraw = 0.002;

export class AdaptiveController implements HeartbeatController {
  readonly #options: Required<Omit<AdaptiveOptions, 'memory'>>;
  readonly #memory: NetworkMemory;
  #network: RememberedNetwork | undefined;
  #networkKey = '';
  #kind: NetworkKind = 'unknown';
  #connected = false;
  /** The flow was refreshed at this instant, known by an answer or by traffic down. */
  #aliveMs = 0;
  #lastUpMs = 0;
  #promisedSeconds = 0;
  /** The oldest frame without an answer, and the silence before it. */
  #outstandingMs: number | undefined;
  #outstandingSeconds = 0;
  #expiry: { readonly seconds: number; readonly key: string; readonly atMs: number } | undefined;
  #silenceSeconds: number | undefined;
  #freshnessSeconds = 0;
  #charging = false;
  #joinAtMs: number | undefined;
  #slotsMs: readonly number[] = [];
  readonly #freeRate = new Rate(1 / 3_600);
  readonly #notificationRate = new Rate(1 / 3_600);

  constructor(options: AdaptiveOptions = {}) {
    this.#options = {
      cellular: options.cellular ?? defaults.cellular,
      wifi: options.wifi ?? defaults.wifi,
      lateBeats: options.lateBeats ?? defaults.lateBeats,
      horizonSeconds: options.horizonSeconds ?? defaults.horizonSeconds,
    };
    this.#memory = new NetworkMemory(options.memory);
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    switch (event.type) {
      case 'connected':
        this.#onConnected(nowMs, event.networkKey, event.network);
        break;
      case 'disconnected':
        this.#onDisconnected(nowMs, event);
        break;
      case 'connect-failed':
        // An outage, then: what looked like an expiry was none.
        this.#expiry = undefined;
        break;
      case 'heartbeat-sent':
        this.#promisedSeconds = this.plan(nowMs).promiseSeconds;
        this.#joinAtMs = undefined;
        break;
      case 'answered':
        this.#onAnswered(event.sentAtMs);
        break;
      case 'traffic':
        if (event.direction === 'up') this.#onTrafficUp(nowMs);
        else this.#onTrafficDown(nowMs, event.bytes);
        break;
      case 'radio-on':
        if (this.#worthJoining(nowMs)) this.#joinAtMs = nowMs;
        break;
      case 'power':
        this.#charging = event.power === 'charging';
        this.#silenceSeconds = undefined;
        break;
      case 'advice':
        this.#freshnessSeconds = event.advice.freshnessSeconds;
        this.#silenceSeconds = undefined;
        break;
      case 'alarm-slots':
        this.#slotsMs = event.slotsMs;
        break;
      case 'presence':
      case 'foreground':
        break;
    }
  }

  plan(nowMs: number): HeartbeatPlan {
    const silenceSeconds = this.#silence();
    // Without a watcher the promise leaves room, so that a longer silence can be tried without a beat that announces it.
    const room = this.#freshnessSeconds > 0 ? 1 : 1.25;
    const promiseSeconds = Math.min(
      limits.promiseSeconds,
      Math.max(limits.shortestPromiseSeconds, Math.ceil(silenceSeconds * room)),
    );
    if (!this.#connected) return { beatAtMs: Infinity, promiseSeconds };
    if (this.#joinAtMs !== undefined && this.#joinAtMs <= nowMs) return { beatAtMs: this.#joinAtMs, promiseSeconds };
    const refreshedMs = this.#outstandingMs === undefined ? this.#aliveMs : this.#lastUpMs;
    const dueMs = Math.min(refreshedMs + silenceSeconds * 1000, this.#lastUpMs + this.#promisedSeconds * 1000);
    return this.#atSlot(nowMs, dueMs, promiseSeconds);
  }

  memory(): unknown {
    return this.#memory.toJson();
  }

  /** What it believes of the present network, for people. */
  get learned(): { readonly networkKey: string; readonly silenceSeconds: number; readonly connects: number } | undefined {
    if (!this.#network) return undefined;
    return { networkKey: this.#networkKey, silenceSeconds: this.#silence(), connects: this.#network.connects };
  }

  // --- what was seen -----------------------------------------------------------------------------

  #onConnected(nowMs: number, key: string, kind: NetworkKind): void {
    const network = this.#memory.visit(nowMs, key, kind);
    this.#network = network;
    this.#networkKey = key;
    this.#kind = kind;
    const expiry = this.#expiry;
    this.#expiry = undefined;
    if (expiry?.key === key && nowMs - expiry.atMs <= evidenceWindowMs) this.#learnExpiry(network, expiry.seconds);
    network.connects += 1;
    const redraw = leastRedraw + network.contradictions / (network.connects + 8);
    network.estimate.mix(priorFor(kind), Math.min(0.9, redraw));
    this.#connected = true;
    this.#aliveMs = nowMs;
    this.#lastUpMs = nowMs;
    this.#outstandingMs = undefined;
    this.#joinAtMs = undefined;
    this.#silenceSeconds = undefined;
    this.#promisedSeconds = this.plan(nowMs).promiseSeconds;
  }

  #onDisconnected(nowMs: number, event: Extract<HeartbeatEvent, { type: 'disconnected' }>): void {
    const blamesNetwork = event.end === 'reset' || event.end === 'answer-timeout';
    this.#expiry =
      this.#connected && blamesNetwork && this.#outstandingMs !== undefined && this.#outstandingSeconds >= leastEvidenceSeconds
        ? { seconds: this.#outstandingSeconds, key: this.#networkKey, atMs: nowMs }
        : undefined;
    this.#connected = false;
    this.#outstandingMs = undefined;
  }

  #onTrafficUp(nowMs: number): void {
    this.#lastUpMs = nowMs;
    if (this.#outstandingMs !== undefined) return;
    this.#outstandingMs = nowMs;
    this.#outstandingSeconds = (nowMs - this.#aliveMs) / 1000;
  }

  #onAnswered(sentAtMs: number): void {
    if (this.#outstandingMs !== undefined && sentAtMs >= this.#outstandingMs) {
      this.#learnSurvival(this.#outstandingSeconds);
      this.#outstandingMs = undefined;
    }
    this.#aliveMs = Math.max(this.#aliveMs, sentAtMs);
  }

  #onTrafficDown(nowMs: number, bytes: number): void {
    const silenceSeconds = (nowMs - this.#aliveMs) / 1000;
    this.#learnSurvival(this.#outstandingMs === undefined ? silenceSeconds : this.#outstandingSeconds);
    if (this.#outstandingMs === undefined && bytes > limits.answerBytes) {
      this.#notificationRate.happened(nowMs);
      this.#freeRate.happened(nowMs);
    }
    this.#outstandingMs = undefined;
    this.#aliveMs = nowMs;
  }

  #learnSurvival(seconds: number): void {
    if (seconds < leastEvidenceSeconds || !this.#network) return;
    if (this.#network.estimate.expiryChance(seconds) > 0.95) this.#network.contradictions += 1;
    if (!this.#network.estimate.survived(seconds)) return;
    this.#memory.touched();
    this.#silenceSeconds = undefined;
  }

  #learnExpiry(network: RememberedNetwork, seconds: number): void {
    if (network.estimate.expiryChance(seconds) < 0.03) network.contradictions += 1;
    network.estimate.expired(seconds);
    this.#memory.touched();
    this.#silenceSeconds = undefined;
  }

  // --- how long to be silent --------------------------------------------------------------------------

  #costs(): BeatCosts {
    return this.#kind === 'wifi' || this.#kind === 'wired' ? this.#options.wifi : this.#options.cellular;
  }

  #silence(): number {
    if (this.#silenceSeconds !== undefined) return this.#silenceSeconds;
    const most = this.#freshnessSeconds > 0 ? Math.min(limits.promiseSeconds, this.#freshnessSeconds) : limits.promiseSeconds;
    const mass = this.#network?.estimate.mass;
    if (!mass) return Math.min(most, 300);
    // While the battery fills, lessons are cheap.
    const share = this.#charging ? 0.3 : 1;
    this.#silenceSeconds = nextSilenceSeconds(mass, most, {
      deadLinkBeats: this.#costs().deadLinkBeats * share,
      deadSecondBeats: this.#options.lateBeats * this.#notificationRate.perSecond,
      horizonSeconds: this.#options.horizonSeconds,
    });
    return this.#silenceSeconds;
  }

  // --- a better moment -----------------------------------------------------------------------------------

  /**
   * Free refreshes come at rate r. With e seconds of silence behind us and G allowed, a refresh now is worth
   * (exp(r·e) − 1) / (exp(r·G) − 1) beats: the solution of h' = γ + r·h, h(0) = 0, h(G) = 1, the relative value of
   * a renewal process that pays one beat whenever it reaches G. For r → 0 it is e / G.
   */
  #worthJoining(nowMs: number): boolean {
    if (!this.#connected || this.#outstandingMs !== undefined) return false;
    const elapsed = (nowMs - this.#aliveMs) / 1000;
    const silence = this.#silence();
    this.#freeRate.advance(nowMs);
    const rate = this.#freeRate.perSecond;
    const worth = rate * silence < 1e-6 ? elapsed / silence : Math.expm1(rate * elapsed) / Math.expm1(rate * silence);
    if (worth <= this.#costs().joinBeats) return false;
    this.#freeRate.happened(nowMs);
    return true;
  }

  // --- when the phone may wake ------------------------------------------------------------------------------

  #atSlot(nowMs: number, dueMs: number, promiseSeconds: number): HeartbeatPlan {
    const slots = this.#slotsMs.filter((slotMs) => slotMs > nowMs);
    const next = slots[0];
    if (next === undefined) return { beatAtMs: dueMs, promiseSeconds };
    const before = slots.filter((slotMs) => slotMs <= dueMs).at(-1);
    if (before !== undefined) return { beatAtMs: before, promiseSeconds };
    const silenceSeconds = (next - this.#aliveMs) / 1000;
    const dead = this.#network !== undefined && this.#network.estimate.expiryChance(silenceSeconds) > 0.8;
    return { beatAtMs: next, promiseSeconds, ...(dead ? { reconnect: true } : {}) };
  }
}

/** Events a second, with a memory of `rateWindowMs`; starts at a guess that weighs one event. */
class Rate {
  #events: number;
  #seconds: number;
  #lastMs: number | undefined;

  constructor(guessPerSecond: number) {
    this.#events = 1;
    this.#seconds = 1 / guessPerSecond;
  }

  get perSecond(): number {
    return this.#events / this.#seconds;
  }

  advance(nowMs: number): void {
    const elapsedMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    if (elapsedMs <= 0) return;
    const keep = Math.exp(-elapsedMs / rateWindowMs);
    this.#events *= keep;
    this.#seconds = this.#seconds * keep + (rateWindowMs / 1000) * (1 - keep);
    // A quiet night is not a dead phone: never below one event in two windows.
    this.#events = Math.max(this.#events, this.#seconds / ((2 * rateWindowMs) / 1000));
  }

  happened(nowMs: number): void {
    this.advance(nowMs);
    this.#events += 1;
  }
}
