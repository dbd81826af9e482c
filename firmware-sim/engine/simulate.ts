// One phone on one trace: the real device agent and link session, a virtual clock between them, a radio that pays.
// The run is exact between events; nothing is stepped, and nothing here decides what the protocol does.

import { createPrng, type Prng } from '../../src/core/prng.js';
import { Radio, type RadioModel } from '../radio/radio.js';
import { idleStretches, type IdleStretch } from '../world/deep-idle.js';
import type { Attachment, Burst, Trace } from '../world/trace.js';
import type { World } from '../world/world.js';
import * as constants from './constants.js';
import { quotaWindows, ringsMs } from './doze.js';
import { Handset, type HandsetOptions } from './handset.js';
import { PhoneLink, type LinkOptions } from './phone-link.js';

export type { LinkOptions } from './phone-link.js';

interface Surroundings extends HandsetOptions {
  readonly world: World;
  /** How long after a burst began apps can see it; `constants.burstNoticeMs` if absent. */
  readonly burstNoticeMs?: number;
}

/** A phone with one shared link. */
export interface PhoneRunOptions extends Surroundings, LinkOptions {}

/** A phone with several links over the same radios; the notifications are spread over them evenly, at random. */
export interface SocketsRunOptions extends Surroundings {
  readonly links: readonly LinkOptions[];
}

export interface PhoneRunResult {
  /** What both radios and the processor took because of the links and everything else, millijoules. */
  readonly energyMj: number;
  /** Sends whose only reason was the heartbeat. */
  readonly beats: number;
  readonly connects: number;
  /** Links that were found dead: an answer that did not come, or a reset. */
  readonly deadLinks: number;
  readonly arrivals: number;
  /** Seconds from acceptance to the app for each notification, without the time in dead zones, ascending. */
  readonly latenessSeconds: readonly number[];
  /** Instants at which a flow was refreshed for free, for the optimum: connects and notifications. */
  readonly freeMs: readonly number[];
}

/** Runs the phone to the end of its trace. */
export function simulatePhone(options: PhoneRunOptions): PhoneRunResult {
  const { heartbeat, answerWaitMs, fleet, gatewayAnswers } = options;
  const link = {
    heartbeat,
    ...(answerWaitMs === undefined ? {} : { answerWaitMs }),
    ...(fleet === undefined ? {} : { fleet }),
    ...(gatewayAnswers === undefined ? {} : { gatewayAnswers }),
  };
  return simulateSockets({ ...options, links: [link] });
}

/** The same phone with a connection for each of `links`. */
export function simulateSockets(options: SocketsRunOptions): PhoneRunResult {
  return new PhoneRun(options).run();
}

/** Energy of the same phone without any link: bursts alone, millijoules. */
export function baselineEnergyMj(trace: Trace, cellular: RadioModel, wifi: RadioModel): number {
  const radios = { cellular: new Radio(cellular, 0), wifi: new Radio(wifi, 0) };
  let at = 0;
  for (const burst of trace.bursts) {
    while ((trace.attachments[at + 1]?.startMs ?? Infinity) <= burst.startMs) at += 1;
    const link = trace.attachments[at]?.link ?? 'none';
    if (link !== 'none') radios[link].occupy(burst.startMs, burst.durationMs);
  }
  return radios.cellular.energyMj(trace.endMs) + radios.wifi.energyMj(trace.endMs);
}

class PhoneRun {
  readonly #world: World;
  readonly #burstNoticeMs: number;
  readonly #trace: Trace;
  readonly #handset: Handset;
  readonly #links: readonly PhoneLink[];
  readonly #first: PhoneLink;
  /** Which app a notification is for. */
  readonly #apps: Prng;
  #nextAttachment = 0;
  #nextBurst = 0;
  #nextArrival = 0;
  #nextTraceMs = 0;
  #dueMs = Infinity;
  readonly #idleStretches: readonly IdleStretch[];
  /** Of `#idleStretches`: the one that the phone is in, or comes to next. */
  #nextIdle = 0;
  #idle: IdleStretch | undefined;

  constructor(options: SocketsRunOptions) {
    this.#world = options.world;
    this.#burstNoticeMs = options.burstNoticeMs ?? constants.burstNoticeMs;
    this.#trace = options.trace;
    this.#idleStretches = idleStretches(options.world, options.trace);
    this.#handset = new Handset(options);
    this.#apps = createPrng(options.trace.seed * 31 + 11);
    this.#links = options.links.map((link, index) => new PhoneLink({ ...link, handset: this.#handset, index }));
    const [first] = this.#links;
    if (!first) throw new RangeError('a phone needs at least one link');
    this.#first = first;
  }

  run(): PhoneRunResult {
    const { events } = this.#handset;
    const { endMs } = this.#trace;
    for (const link of this.#links) link.start();
    this.#planTrace();
    for (;;) {
      const link = this.#nextLink();
      const nextMs = Math.min(this.#nextTraceMs, events.nextMs, this.#dueMs);
      if (nextMs >= endMs) break;
      if (nextMs > this.#handset.nowMs) this.#handset.nowMs = nextMs;
      if (this.#nextTraceMs === nextMs) this.#traceEvent();
      else if (events.nextMs === nextMs) this.#networkEvent();
      else if (this.#alarmMs(link) === nextMs) this.#alarm(link);
      else link.onSessionTimeout();
    }
    return this.#result();
  }

  // --- the trace ------------------------------------------------------------------------------------

  #planTrace(): void {
    const { attachments, bursts, arrivals } = this.#trace;
    this.#nextTraceMs = Math.min(
      attachments[this.#nextAttachment]?.startMs ?? Infinity,
      bursts[this.#nextBurst]?.startMs ?? Infinity,
      arrivals[this.#nextArrival]?.atMs ?? Infinity,
      this.#idle?.toMs ?? this.#idleStretches[this.#nextIdle]?.fromMs ?? Infinity,
    );
  }

  #traceEvent(): void {
    const { attachments, bursts, arrivals } = this.#trace;
    const attachment = attachments[this.#nextAttachment];
    const burst = bursts[this.#nextBurst];
    const arrival = arrivals[this.#nextArrival];
    const atMs = this.#nextTraceMs;
    if (attachment?.startMs === atMs) {
      this.#handset.stay = this.#nextAttachment;
      this.#nextAttachment += 1;
      this.#attach(attachment);
    } else if (burst?.startMs === atMs) {
      this.#nextBurst += 1;
      this.#burst(burst);
    } else if (arrival?.atMs === atMs) {
      this.#nextArrival += 1;
      this.#appLink().accept(arrival.bytes);
    } else {
      this.#doze();
    }
    this.#planTrace();
  }

  #appLink(): PhoneLink {
    return this.#links[Math.floor(this.#apps.next() * this.#links.length)] ?? this.#first;
  }

  #attach(attachment: Attachment): void {
    const moved = attachment.networkKey !== this.#handset.attachment.networkKey;
    this.#handset.attach(attachment);
    this.#handset.note('attach', attachment.networkKey || 'none');
    for (const link of this.#links) link.onAttached(attachment, moved);
  }

  #burst(burst: Burst): void {
    const { radio, nowMs, events } = this.#handset;
    if (radio) {
      radio.occupy(nowMs, burst.durationMs);
      this.#handset.note('burst', burst.visible ? 'visible' : 'hidden');
    }
    if (burst.foreground) {
      events.push({ type: 'burst-ends', atMs: nowMs + burst.durationMs });
    }
    this.#handset.keepAwake(nowMs + burst.durationMs);
    if (burst.visible && radio) events.push({ type: 'burst-noticed', atMs: nowMs + this.#burstNoticeMs });
    if (burst.foreground) for (const link of this.#links) link.setForeground(true);
  }

  #networkEvent(): void {
    const event = this.#handset.events.pop();
    if (!event) return;
    if ('link' in event) {
      event.link.onEvent(event);
    } else if (event.type === 'burst-noticed') {
      if (this.#handset.radio) for (const link of this.#links) link.onRadioOn();
    } else {
      for (const link of this.#links) link.setForeground(false);
    }
  }

  // --- time -----------------------------------------------------------------------------------------

  /** The link that is due first, at `#dueMs`, by an alarm of the phone or a timer of the gateway. */
  #nextLink(): PhoneLink {
    let best = this.#first;
    this.#dueMs = Infinity;
    for (const link of this.#links) {
      const dueMs = Math.min(this.#alarmMs(link), link.sessionAtMs);
      if (dueMs >= this.#dueMs) continue;
      this.#dueMs = dueMs;
      best = link;
    }
    return best;
  }

  /** When the link's alarm rings, whatever was asked for. */
  #alarmMs(link: PhoneLink): number {
    const { wakeAtMs: wantedMs, lastAlarmMs: lastMs } = link;
    if (this.#idle === undefined || link.holdsProcessor) return wantedMs;
    return ringsMs(this.#world, { wantedMs, lastMs, idle: this.#idle });
  }

  #alarm(link: PhoneLink): void {
    link.onAlarm();
    if (this.#idle && link.lastAlarmMs === this.#handset.nowMs) this.#tellQuota(link);
  }

  /** The phone falls into deep idle, or leaves it. */
  #doze(): void {
    if (this.#idle) {
      this.#idle = undefined;
      this.#nextIdle += 1;
      for (const link of this.#links) link.onAlarmWindows([]);
    } else {
      this.#idle = this.#idleStretches[this.#nextIdle];
      for (const link of this.#links) this.#tellQuota(link);
    }
    this.#handset.note('doze', this.#idle ? 'idle' : 'awake');
  }

  #tellQuota(link: PhoneLink): void {
    link.onAlarmWindows(quotaWindows(this.#world, this.#handset.nowMs, link.lastAlarmMs));
  }

  #result(): PhoneRunResult {
    const { endMs, arrivals } = this.#trace;
    const sum = (of: (link: PhoneLink) => number): number => this.#links.reduce((total, link) => total + of(link), 0);
    const lateness = this.#links.flatMap((link) => [...link.latenessMs, ...link.undeliveredMs()]);
    return {
      energyMj: this.#handset.energyMj(endMs),
      beats: sum(({ beats }) => beats),
      connects: sum(({ connects }) => connects),
      deadLinks: sum(({ deadLinks }) => deadLinks),
      arrivals: arrivals.length,
      latenessSeconds: [...Float64Array.from(lateness, (ms) => ms / 1000).sort()],
      freeMs: this.#links.flatMap(({ freeMs }) => freeMs).sort((a, b) => a - b),
    };
  }
}
