// The clairvoyant strategy: it knows every timeout, notification and visible burst beforehand, and beats at the cheapest
// instants that never let a flow die. Its schedule is computed here and then run through the same simulator.

import type {
  HeartbeatController,
  HeartbeatEvent,
  HeartbeatPlan,
} from '../../src/core/heartbeat/controller.js';
import { limits } from '../../src/core/limits.js';
import { burstNoticeMs, cpuWakeMj } from '../engine/constants.js';
import { Radio, type RadioModel } from '../radio/radio.js';
import type { Burst, Trace } from '../world/trace.js';
import type { World } from '../world/world.js';
import { optimalSends, type Candidate } from './optimum.js';

/** Between alarm and middlebox: promotion and half a round trip differ from beat to beat by no more. */
const marginMs = 2_500;
/** A connection stands so long after its attachment began. */
const connectMs = 2_000;
const beatBytes = 86;
const answerBytes = 78;
/** A send beside another's transfer costs nearly nothing; of two plans alike the one with fewer sends is taken. */
const leastCostMj = 1;
/** Candidates between bursts: this share of the longest gap apart. */
const gridShare = 1 / 60;

export interface ClairvoyantOptions {
  readonly world: World;
  readonly trace: Trace;
  readonly cellular: RadioModel;
  readonly wifi: RadioModel;
}

/** The instants of its dedicated sends, ascending, over the whole trace. */
export function clairvoyantSends(options: ClairvoyantOptions): readonly number[] {
  const { trace, world } = options;
  const freshnessMs = (world.freshnessSeconds > 0 ? world.freshnessSeconds : limits.promiseSeconds) * 1000;
  const sends: number[] = [];
  for (const attachment of trace.attachments) {
    if (attachment.link === 'none') continue;
    const model = attachment.link === 'wifi' ? options.wifi : options.cellular;
    const longestGapMs = Math.min(attachment.timeoutMs, freshnessMs) - marginMs;
    // A box that restarts has forgotten the flow: even who knows it must find out by a send, at once.
    const starts = [attachment.startMs, ...attachment.rebootsMs.map((atMs) => atMs + 1_000)];
    for (const [index, startMs] of starts.entries()) {
      const endMs = starts[index + 1] ?? attachment.endMs;
      if (index > 0) sends.push(startMs);
      sends.push(...stretchSends(trace, { startMs, endMs }, model, longestGapMs));
    }
  }
  return sends;
}

function stretchSends(trace: Trace, stretch: Activity, model: RadioModel, longestGapMs: number): readonly number[] {
  const startMs = stretch.startMs + connectMs;
  const { endMs } = stretch;
  if (endMs - startMs <= longestGapMs) return [];
  const inside = ({ startMs: at }: Burst): boolean => at >= stretch.startMs && at < endMs;
  const bursts = trace.bursts.filter(inside);
  const freeMs = trace.arrivals.map(({ atMs }) => atMs).filter((at) => at > startMs && at < endMs);
  const candidates = drawCandidates({ startMs, endMs, longestGapMs, freeMs, bursts, model });
  return optimalSends({ startMs, endMs, longestGapMs, freeMs, candidates })?.sendsMs ?? [];
}

interface CandidateProblem {
  readonly startMs: number;
  readonly endMs: number;
  readonly longestGapMs: number;
  readonly freeMs: readonly number[];
  readonly bursts: readonly Burst[];
  readonly model: RadioModel;
}

interface Activity {
  readonly startMs: number;
  readonly endMs: number;
}

function drawCandidates(problem: CandidateProblem): Candidate[] {
  const { startMs, endMs, longestGapMs, freeMs, bursts, model } = problem;
  const times = new Set<number>();
  const step = Math.min(30_000, Math.max(2_000, longestGapMs * gridShare));
  for (let at = startMs; at < endMs; at += step) times.add(Math.round(at));
  // Chains from each free point make the count exact where every send costs the same.
  for (const [index, from] of [startMs, ...freeMs].entries()) {
    const until = freeMs[index] ?? endMs;
    for (let at = from + longestGapMs; at < until; at += longestGapMs) times.add(at);
  }
  const visible = bursts.filter((burst) => burst.visible);
  for (const { startMs: at } of visible) times.add(at + burstNoticeMs);
  const activities = mergeActivities([
    ...visible.map((burst) => ({ startMs: burst.startMs, endMs: burst.startMs + burst.durationMs })),
    ...freeMs.map((at) => ({ startMs: at, endMs: at + 300 })),
  ]);
  const isolatedMj = marginalMj(model, undefined, 0, undefined);
  let next = 0;
  return [...times].sort((a, b) => a - b).map((atMs) => {
    while ((activities[next]?.startMs ?? Infinity) <= atMs) next += 1;
    const before = activities[next - 1];
    const after = activities[next];
    const near =
      (before !== undefined && atMs < before.endMs + model.tailMs) ||
      (after !== undefined && after.startMs < atMs + model.tailMs + model.roundTripMs + 1_000);
    return { atMs, costMj: near ? marginalMj(model, before, atMs, after) : isolatedMj };
  });
}

/** The difference of two runs of the radio, with and without one beat at `atMs`, and the processor's wake-up. */
function marginalMj(model: RadioModel, before: Activity | undefined, atMs: number, after: Activity | undefined): number {
  const originMs = Math.min(atMs, before?.startMs ?? atMs);
  const untilMs = Math.max(atMs, after?.endMs ?? atMs) + 4 * model.tailMs + 10_000;
  const energy = (withBeat: boolean): number => {
    const radio = new Radio(model, originMs);
    if (before) radio.occupy(before.startMs, before.endMs - before.startMs);
    if (withBeat) {
      const sentMs = radio.transfer(atMs, 'up', beatBytes);
      radio.transfer(sentMs + model.roundTripMs, 'down', answerBytes);
    }
    if (after) radio.occupy(after.startMs, after.endMs - after.startMs);
    return radio.energyMj(untilMs);
  };
  const awake = before !== undefined && atMs < before.endMs;
  return energy(true) - energy(false) + leastCostMj + (awake ? 0 : cpuWakeMj);
}

function mergeActivities(activities: Activity[]): Activity[] {
  const merged: Activity[] = [];
  for (const activity of activities.sort((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last && activity.startMs <= last.endMs) {
      merged[merged.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, activity.endMs) };
    } else {
      merged.push(activity);
    }
  }
  return merged;
}

/** Beats at given instants and never else. */
export class ScheduledController implements HeartbeatController {
  readonly #sendsMs: readonly number[];
  readonly #promiseSeconds: number;
  #next = 0;
  #connected = false;

  constructor(sendsMs: readonly number[], promiseSeconds: number = limits.promiseSeconds) {
    this.#sendsMs = sendsMs;
    this.#promiseSeconds = promiseSeconds;
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    if (event.type === 'connected') this.#connected = true;
    else if (event.type === 'disconnected') this.#connected = false;
    if (event.type === 'connected' || event.type === 'heartbeat-sent') this.#skip(nowMs);
  }

  plan(): HeartbeatPlan {
    const beatAtMs = this.#connected ? (this.#sendsMs[this.#next] ?? Infinity) : Infinity;
    return { beatAtMs, promiseSeconds: this.#promiseSeconds };
  }

  memory(): unknown {
    return undefined;
  }

  #skip(nowMs: number): void {
    while ((this.#sendsMs[this.#next] ?? Infinity) <= nowMs) this.#next += 1;
  }
}
