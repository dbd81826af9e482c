// The controller of a real phone. Four questions, one after the other:
// 1. What was seen?  Silences that the flow survived, silences that it did not: src/core/heartbeat/timeout-estimate.
// 2. How long may the flow be silent?  The silence of least expected cost: next-silence. Never longer than presence asks for.
// 3. Is now a better moment?  When the radio is on anyway, a beat costs little; it is worth what it saves later.
// 4. When may the phone wake at all?  In Doze as its alarms may: alarm-windows. A flow that dies before is opened anew then.

import type { Advice, NetworkKind } from '../frames.js';
import { limits } from '../limits.js';
import { alarmInstantMs, type AlarmChoice, type AlarmWindow } from './alarm-windows.js';
import type { HeartbeatController, HeartbeatEvent, HeartbeatPlan } from './controller.js';
import { EventRate } from './event-rate.js';
import { fleetPrior, knownTimeoutSeconds } from './fleet.js';
import { boundedLogOdds, NetworkMemory, type RememberedNetwork } from './network-memory.js';
import { nextSilenceSeconds, silenceCostBeats, type SilenceCosts } from './next-silence.js';
import { priorFor } from './priors.js';
import { expiryChance, mixture, TimeoutEstimate } from './timeout-estimate.js';

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
  /** The same on a network that draws a new timeout at each connect: about one stay. */
  readonly stayHorizonSeconds?: number;
}

/** What is believed of the present network. */
export interface LearnedNetwork {
  readonly network: string;
  /** How long the link will be silent before the next heartbeat, unless something else speaks. */
  readonly silenceSeconds: number;
  /** How long the network keeps an idle flow, once that is known. */
  readonly flowSeconds?: number;
  readonly connects: number;
}

/** What the controller believes where its options say nothing. */
export const adaptiveDefaults = {
  cellular: { joinBeats: 0.05, deadLinkBeats: 6 },
  wifi: { joinBeats: 0.1, deadLinkBeats: 20 },
  lateBeats: 1_100,
  horizonSeconds: 3 * 86_400,
  stayHorizonSeconds: 20 * 3_600,
} as const;

/** Shorter silences say nothing of a middlebox: every one keeps a flow longer. */
const leastEvidenceSeconds = 50;
/** A good reconnect within this time makes a dead link evidence of an expiry; later it may have been an outage. */
const evidenceWindowMs = 60_000;
/** How far a fleet is believed against what is known of the network's kind. */
const fleetShare = 0.9;
/** A network can be replaced for good: this share of belief returns to the prior at each connect. */
const replacedShare = 0.002;
/** A flow that is forgotten with at least this chance is not asked any more. */
const surelyDead = 0.8;
/** A stay never weighs less than this among the stays of its network: the latest tell most. */
const leastStayShare = 0.08;

export class AdaptiveController implements HeartbeatController {
  readonly #options: Required<Omit<AdaptiveOptions, 'memory'>>;
  readonly #memory: NetworkMemory;
  #network: RememberedNetwork | undefined;
  /** If the network draws a new timeout at each connect: what this stay taught. */
  #stay: TimeoutEstimate | undefined;
  #stayTaught = false;
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
  #windows: readonly AlarmWindow[] = [];
  readonly #freeRate = new EventRate(1 / 3_600);
  readonly #notificationRate = new EventRate(1 / 3_600);

  constructor(options: AdaptiveOptions = {}) {
    this.#options = {
      cellular: options.cellular ?? adaptiveDefaults.cellular,
      wifi: options.wifi ?? adaptiveDefaults.wifi,
      lateBeats: options.lateBeats ?? adaptiveDefaults.lateBeats,
      horizonSeconds: options.horizonSeconds ?? adaptiveDefaults.horizonSeconds,
      stayHorizonSeconds: options.stayHorizonSeconds ?? adaptiveDefaults.stayHorizonSeconds,
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
        if (event.direction === 'up') this.#onTrafficUp(nowMs, event.answered);
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
        this.#onAdvice(event.advice);
        break;
      case 'alarm-windows':
        this.#onAlarmWindows(nowMs, event.windows);
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
    // Where the phone may not wake in time, the promise reaches to when it may.
    const reachMs = this.#reachMs(nowMs, nowMs + silenceSeconds * 1000) - nowMs;
    const promiseSeconds = Math.min(
      limits.promiseSeconds,
      Math.max(limits.shortestPromiseSeconds, Math.ceil(silenceSeconds * room), Math.ceil(reachMs / 1000)),
    );
    if (!this.#connected) return { beatAtMs: Infinity, promiseSeconds };
    const beatAtMs = this.#joins(nowMs) ?? this.#alarmMs(nowMs);
    return { beatAtMs, promiseSeconds, ...(this.#dyingBy(beatAtMs) && { reconnect: true }) };
  }

  memory(): unknown {
    return this.#memory.toJson();
  }

  flowSeconds(): number | undefined {
    const network = this.#network;
    if (!network || network.redrawLogOdds > 0) return undefined;
    return knownTimeoutSeconds(network.estimate.mass);
  }

  /** What it believes of the present network, for people. */
  get learned(): LearnedNetwork | undefined {
    if (!this.#network) return undefined;
    const silenceSeconds = Math.round(this.#silence());
    const flowSeconds = this.flowSeconds();
    const { connects } = this.#network;
    return { network: this.#networkKey, silenceSeconds, connects, ...(flowSeconds !== undefined && { flowSeconds }) };
  }

  #onAdvice({ freshnessSeconds, fleet }: Advice): void {
    if (freshnessSeconds !== undefined) this.#freshnessSeconds = freshnessSeconds;
    // What others learned counts where this device knows nothing of its own yet.
    if (fleet && this.#network && !this.#network.taught) {
      const prior = fleetPrior(fleet, priorFor(this.#kind));
      this.#network.estimate.mix(prior, fleetShare);
      this.#network.drawn.mix(prior, fleetShare);
      this.#stay?.mix(this.#network.drawn.mass, fleetShare);
      this.#memory.touched();
    }
    this.#silenceSeconds = undefined;
  }

  // --- what was seen -----------------------------------------------------------------------------

  #onConnected(nowMs: number, key: string, kind: NetworkKind): void {
    const expiry = this.#expiry;
    this.#expiry = undefined;
    const sameStay = expiry?.key === key && nowMs - expiry.atMs <= evidenceWindowMs;
    if (sameStay && this.#network) this.#learnExpiry(this.#network, expiry.seconds);
    else this.#endStay();
    const network = this.#memory.visit(nowMs, key, kind);
    this.#network = network;
    this.#networkKey = key;
    this.#kind = kind;
    network.connects += 1;
    if (!sameStay) {
      network.estimate.mix(priorFor(kind), replacedShare);
      this.#stay = new TimeoutEstimate(network.drawn.mass);
    }
    this.#connected = true;
    this.#aliveMs = nowMs;
    this.#lastUpMs = nowMs;
    this.#outstandingMs = undefined;
    this.#joinAtMs = undefined;
    this.#silenceSeconds = undefined;
    this.#promisedSeconds = this.plan(nowMs).promiseSeconds;
  }

  /** What the stay taught joins what stays of this network have in common. */
  #endStay(): void {
    const network = this.#network;
    if (!network || !this.#stay || !this.#stayTaught) return;
    network.stays += 1;
    network.drawn.mix(this.#stay.mass, Math.max(leastStayShare, 1 / (network.stays + 3)));
    this.#stayTaught = false;
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

  #onTrafficUp(nowMs: number, answered: boolean): void {
    this.#lastUpMs = nowMs;
    if (!answered || this.#outstandingMs !== undefined) return;
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
    this.#weigh(this.#network, seconds, 'survived');
    const moved = this.#stay?.survived(seconds) ?? false;
    this.#stayTaught ||= moved;
    if (!this.#network.estimate.survived(seconds) && !moved) return;
    this.#network.taught = true;
    this.#memory.touched();
    this.#silenceSeconds = undefined;
  }

  #learnExpiry(network: RememberedNetwork, seconds: number): void {
    this.#weigh(network, seconds, 'expired');
    network.taught = true;
    network.estimate.expired(seconds);
    this.#stay?.expired(seconds);
    this.#stayTaught = true;
    this.#memory.touched();
    this.#silenceSeconds = undefined;
  }

  /** Moves the odds between "one timeout for all visits" and "a new one each time" by how well each foresaw this. */
  #weigh(network: RememberedNetwork, seconds: number, outcome: 'survived' | 'expired'): void {
    if (!this.#stay) return;
    const ratio = this.#stay.likelihood(seconds, outcome) / network.estimate.likelihood(seconds, outcome);
    network.redrawLogOdds = boundedLogOdds(network.redrawLogOdds + Math.log(ratio));
  }

  // --- how long to be silent --------------------------------------------------------------------------

  #costs(): BeatCosts {
    return this.#kind === 'wifi' || this.#kind === 'wired' ? this.#options.wifi : this.#options.cellular;
  }

  #silence(): number {
    if (this.#silenceSeconds !== undefined) return this.#silenceSeconds;
    const most = this.#freshnessSeconds > 0 ? Math.min(limits.promiseSeconds, this.#freshnessSeconds) : limits.promiseSeconds;
    const belief = this.#belief();
    if (!belief) return Math.min(most, 300);
    const redraw = this.#redrawChance();
    const { horizonSeconds, stayHorizonSeconds } = this.#options;
    this.#silenceSeconds = nextSilenceSeconds(belief, most, {
      ...this.#silenceCosts(),
      horizonSeconds: (1 - redraw) * horizonSeconds + redraw * stayHorizonSeconds,
    });
    return this.#silenceSeconds;
  }

  /** Chance that the present network draws a new timeout at each connect. */
  #redrawChance(): number {
    return 1 / (1 + Math.exp(-(this.#network?.redrawLogOdds ?? 0)));
  }

  /** What is believed of the timeout of this flow. */
  #belief(): Float64Array | undefined {
    const network = this.#network;
    if (!network) return undefined;
    return mixture(network.estimate.mass, this.#stay?.mass ?? network.estimate.mass, this.#redrawChance());
  }

  #silenceCosts(): Pick<SilenceCosts, 'deadLinkBeats' | 'deadSecondBeats'> {
    // While the battery fills, lessons are cheap.
    const share = this.#charging ? 0.3 : 1;
    return {
      deadLinkBeats: this.#costs().deadLinkBeats * share,
      deadSecondBeats: this.#options.lateBeats * this.#notificationRate.perSecond,
    };
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
    if (worth <= this.#costs().joinBeats && !this.#worthSaving(nowMs, this.#costs().joinBeats)) return false;
    this.#freeRate.happened(nowMs);
    return true;
  }

  /** The next alarm rings after the beat is due: a beat now for `beats`, and the silence after it, against one long silence. */
  #worthSaving(nowMs: number, beats: number): boolean {
    if (this.#windows.length === 0) return false;
    const nextMs = this.#alarmMs(nowMs);
    if (nextMs <= this.#dueMs()) return false;
    const { costOf } = this.#choice(nowMs, this.#aliveMs, nextMs);
    const seconds = (fromMs: number, toMs: number): number => (toMs - fromMs) / 1000;
    const joined = costOf(seconds(this.#aliveMs, nowMs)) - 1 + beats + costOf(seconds(nowMs, nextMs));
    return joined < costOf(seconds(this.#aliveMs, nextMs));
  }

  /** Whoever is told is awake: when the next alarm moves away too far, a beat goes before the phone sleeps. */
  #onAlarmWindows(nowMs: number, windows: readonly AlarmWindow[]): void {
    const plannedMs = this.#alarmMs(nowMs);
    this.#windows = windows;
    const nextMs = this.#alarmMs(nowMs);
    if (!this.#connected || this.#outstandingMs !== undefined || nextMs <= plannedMs) return;
    const breaksPromise = nextMs > this.#lastUpMs + this.#promisedSeconds * 1000;
    if (breaksPromise || this.#worthSaving(nowMs, 1)) this.#joinAtMs = nowMs;
  }

  /** A beat that was found worth joining. */
  #joins(nowMs: number): number | undefined {
    return this.#joinAtMs !== undefined && this.#joinAtMs <= nowMs ? this.#joinAtMs : undefined;
  }

  // --- when the phone may wake ------------------------------------------------------------------------------

  /** When the beat is due, if alarms could ring at any time. */
  #dueMs(): number {
    const refreshedMs = this.#outstandingMs === undefined ? this.#aliveMs : this.#lastUpMs;
    return Math.min(refreshedMs + this.#silence() * 1000, this.#lastUpMs + this.#promisedSeconds * 1000);
  }

  /** The instant for the next beat that needs an alarm. */
  #alarmMs(nowMs: number): number {
    const dueMs = this.#dueMs();
    if (this.#windows.length === 0) return dueMs;
    const promisedMs = this.#lastUpMs + this.#promisedSeconds * 1000;
    return alarmInstantMs({ ...this.#choice(nowMs, this.#aliveMs, dueMs), promisedMs });
  }

  /** The latest instant for the beat that follows one at `nowMs`, whether an alarm of the quota is spent on that one or not. */
  #reachMs(nowMs: number, dueMs: number): number {
    if (this.#windows.length === 0) return dueMs;
    const choice = this.#choice(nowMs, nowMs, dueMs);
    return Math.max(alarmInstantMs(choice), alarmInstantMs({ ...choice, rangMs: nowMs }));
  }

  #choice(nowMs: number, refreshedMs: number, dueMs: number): AlarmChoice {
    const belief = this.#belief();
    const costs = this.#silenceCosts();
    return {
      windows: this.#windows, nowMs, refreshedMs, dueMs,
      costOf: (seconds) => (belief ? silenceCostBeats(belief, seconds, costs) : 1),
    };
  }

  /** Alarms are limited, and the flow will most likely be forgotten by then. */
  #dyingBy(atMs: number): boolean {
    if (this.#windows.length === 0) return false;
    const belief = this.#belief();
    return belief !== undefined && expiryChance(belief, (atMs - this.#aliveMs) / 1000) > surelyDead;
  }
}
