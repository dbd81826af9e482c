// The clairvoyant strategy: it knows every timeout, notification, visible burst and stretch of Doze beforehand, and beats at
// the cheapest instants that never let a flow die. Its schedule is computed here and then run through the same simulator.
// Where the quota of Doze lets no schedule keep a flow alive, it takes of those under which the flow is dead for the least time
// the cheapest one, and opens the flow anew where it died: the end of the front where least is lost.

import type {
  HeartbeatController,
  HeartbeatEvent,
  HeartbeatPlan,
} from '../../src/core/heartbeat/controller.js';
import { limits } from '../../src/core/limits.js';
import { burstNoticeMs, connectDownBytes, connectRoundTrips, connectUpBytes, cpuWakeMj } from '../engine/constants.js';
import { Radio, type RadioModel } from '../radio/radio.js';
import { idleStretches, type IdleStretch } from '../world/deep-idle.js';
import type { Attachment, Burst, Trace } from '../world/trace.js';
import type { World } from '../world/world.js';
import { optimalSends, type Candidate } from './optimum.js';
import { optimalRationedSends, type ScheduledSend } from './rationed-optimum.js';

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

/** Its dedicated sends, ascending, over the whole trace. */
export function clairvoyantSends(options: ClairvoyantOptions): readonly ScheduledSend[] {
  const { trace, world } = options;
  const freshnessMs = (world.freshnessSeconds > 0 ? world.freshnessSeconds : limits.promiseSeconds) * 1000;
  const idle = idleStretches(world, trace);
  const sends: ScheduledSend[] = [];
  for (const attachment of trace.attachments) {
    if (attachment.link === 'none') continue;
    const model = attachment.link === 'wifi' ? options.wifi : options.cellular;
    const longestGapMs = Math.min(attachment.timeoutMs, freshnessMs) - marginMs;
    const dozes = idle.filter(({ fromMs, toMs }) => fromMs < attachment.endMs && toMs > attachment.startMs);
    if (dozes.length > 0) {
      const { alarmSpacingSeconds } = world.doze;
      sends.push(...dozingSends({ trace, attachment, model, longestGapMs, idle: dozes, spacingMs: alarmSpacingSeconds * 1000, sends }));
      continue;
    }
    // A box that restarts has forgotten the flow: even who knows it must find out by a send, at once.
    const starts = [attachment.startMs, ...attachment.rebootsMs.map((atMs) => atMs + 1_000)];
    for (const [index, startMs] of starts.entries()) {
      const endMs = starts[index + 1] ?? attachment.endMs;
      if (index > 0) sends.push({ atMs: startMs });
      sends.push(...stretchSends(trace, { startMs, endMs }, model, longestGapMs).map((atMs) => ({ atMs })));
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

interface DozingStay {
  readonly trace: Trace;
  readonly attachment: Attachment;
  readonly model: RadioModel;
  readonly longestGapMs: number;
  readonly idle: readonly IdleStretch[];
  readonly spacingMs: number;
  /** What was scheduled before. */
  readonly sends: readonly ScheduledSend[];
}

/** Above the energy of a whole connection for each tenth of a second: what is lost counts before what it costs. */
const deadMj = 1_000;

/** One stay through which the phone dozes, its box's restarts included: the flow dies there and is opened anew. */
function dozingSends(stay: DozingStay): readonly ScheduledSend[] {
  const { trace, attachment, model, longestGapMs, idle, spacingMs } = stay;
  const startMs = attachment.startMs + connectMs;
  const { endMs, rebootsMs } = attachment;
  const bursts = trace.bursts.filter(({ startMs: at }) => at >= attachment.startMs && at < endMs);
  const freeMs = trace.arrivals.map(({ atMs }) => atMs).filter((at) => at > startMs && at < endMs);
  // The system wakes an app to tell it that deep idle begins or ends; the radio that is on for another does so, too.
  const told = idle.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const awake = new Set([...told, ...bursts.filter(({ visible }) => visible).map(({ startMs: at }) => at + burstNoticeMs)]);
  const quotas = idle.flatMap(({ fromMs, toMs }) => every(fromMs, toMs, spacingMs));
  const extraMs = [...told, ...quotas, ...rebootsMs.map((atMs) => atMs + 1_000)];
  const candidates = drawCandidates({ startMs, endMs, longestGapMs, freeMs, bursts, model, spacingMs, extraMs });
  const alarmAt = (atMs: number): 'none' | 'free' | 'rationed' =>
    awake.has(atMs) ? 'none' : idle.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs) ? 'rationed' : 'free';
  return optimalRationedSends({
    startMs, endMs, longestGapMs, freeMs, spacingMs,
    forgottenMs: rebootsMs,
    // Joined sends count as alarms here: too strict by one alarm, where a new address comes in the middle of Doze.
    lastAlarmMs: stay.sends.at(-1)?.atMs ?? -Infinity,
    candidates: candidates.map((candidate) => ({ ...candidate, alarm: alarmAt(candidate.atMs) })),
    reconnectMj: connectMj(model),
    deadMj,
  }).sends;
}

function every(fromMs: number, toMs: number, spacingMs: number): number[] {
  const times: number[] = [];
  for (let at = fromMs; spacingMs > 0 && at < toMs; at += spacingMs) times.push(at);
  return times;
}

/** What an isolated connection and its first beat take beyond an isolated beat. */
function connectMj(model: RadioModel): number {
  const energy = (connects: boolean): number => {
    const radio = new Radio(model, 0);
    let atMs = 0;
    if (connects) {
      atMs = radio.transfer(atMs, 'up', connectUpBytes) + connectRoundTrips * model.roundTripMs;
      atMs = radio.transfer(atMs, 'down', connectDownBytes);
    }
    radio.transfer(radio.transfer(atMs, 'up', beatBytes) + model.roundTripMs, 'down', answerBytes);
    return radio.energyMj(4 * model.tailMs + 20_000);
  };
  return energy(true) - energy(false);
}

interface CandidateProblem {
  readonly startMs: number;
  readonly endMs: number;
  readonly longestGapMs: number;
  readonly freeMs: readonly number[];
  readonly bursts: readonly Burst[];
  readonly model: RadioModel;
  /** The grid divides it, so that alarms at that distance lie on it. */
  readonly spacingMs?: number;
  readonly extraMs?: readonly number[];
}

interface Activity {
  readonly startMs: number;
  readonly endMs: number;
}

function drawCandidates(problem: CandidateProblem): Candidate[] {
  const { startMs, endMs, longestGapMs, freeMs, bursts, model, spacingMs, extraMs = [] } = problem;
  const times = new Set<number>(extraMs);
  const finest = Math.min(30_000, Math.max(2_000, longestGapMs * gridShare));
  const step = spacingMs ? Math.ceil(spacingMs / Math.ceil(spacingMs / finest)) : finest;
  for (let at = spacingMs ? Math.round(startMs) : startMs; at < endMs; at += step) times.add(Math.round(at));
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

const never: ScheduledSend = { atMs: Infinity };

/** Beats at given instants, on a new connection where the flow is forgotten, and never else. */
export class ScheduledController implements HeartbeatController {
  readonly #sends: readonly ScheduledSend[];
  readonly #promiseSeconds: number;
  #next = 0;
  #connected = false;

  constructor(sends: readonly ScheduledSend[], promiseSeconds: number = limits.promiseSeconds) {
    this.#sends = sends;
    this.#promiseSeconds = promiseSeconds;
  }

  observe(nowMs: number, event: HeartbeatEvent): void {
    if (event.type === 'connected') this.#connected = true;
    else if (event.type === 'disconnected') this.#connected = false;
    if (event.type === 'connected' || event.type === 'heartbeat-sent') this.#skip(nowMs);
  }

  plan(): HeartbeatPlan {
    const { atMs: beatAtMs, reconnect = false } = (this.#connected ? this.#sends[this.#next] : undefined) ?? never;
    return { beatAtMs, promiseSeconds: this.#promiseSeconds, ...(reconnect && { reconnect }) };
  }

  memory(): unknown {
    return undefined;
  }

  #skip(nowMs: number): void {
    while ((this.#sends[this.#next] ?? never).atMs <= nowMs) this.#next += 1;
  }
}
