// One phone on one trace: the real device agent and link session, a virtual clock between them, a radio that pays.
// The run is exact between events; nothing is stepped, and nothing here decides what the protocol does.

import { DeviceAgent } from '../../src/core/device-agent/device-agent.js';
import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import type { HeartbeatController } from '../../src/core/heartbeat/controller.js';
import { downFrameBytes, upFrameBytes } from '../../src/core/frame-size.js';
import { LinkSession } from '../../src/core/link-session/link-session.js';
import type { WaitingNotification } from '../../src/core/link-session/actions.js';
import { createPrng } from '../../src/core/prng.js';
import { Radio, type RadioModel } from '../radio/radio.js';
import type { Attachment, Burst, Trace } from '../world/trace.js';
import type { World } from '../world/world.js';
import * as constants from './constants.js';
import { EventQueue, type Timed } from './event-queue.js';


export interface PhoneRunOptions {
  readonly world: World;
  readonly trace: Trace;
  readonly cellular: RadioModel;
  readonly wifi: RadioModel;
  readonly heartbeat: HeartbeatController;
  readonly answerWaitMs?: number;
  /** One wake-up of the processor; `constants.cpuWakeMj` if absent. */
  readonly cpuWakeMj?: number;
  /** Called for what the pictures show; costs time. */
  readonly onEvent?: (nowMs: number, event: string, detail: string) => void;
}

export interface PhoneRunResult {
  /** What both radios and the processor took because of the link and everything else, millijoules. */
  readonly energyMj: number;
  /** Sends whose only reason was the heartbeat. */
  readonly beats: number;
  readonly connects: number;
  /** Links that were found dead: an answer that did not come, or a reset. */
  readonly deadLinks: number;
  readonly arrivals: number;
  /** Seconds from acceptance to the app for each notification, without the time in dead zones, ascending. */
  readonly latenessSeconds: readonly number[];
  /** Instants at which the flow was refreshed for free, for the optimum: connects and notifications. */
  readonly freeMs: readonly number[];
}

/** A connection: its flow through the middlebox and the gateway's end of it. */
interface Connection {
  readonly attachment: Attachment;
  readonly session: LinkSession;
  /** The middlebox saw a refreshing packet last at this instant. */
  refreshedMs: number;
  /** The phone still uses it. */
  open: boolean;
  gatewayOpen: boolean;
  unanswered: number;
}

type NetworkEvent = Timed &
  (
    | { readonly type: 'connected'; readonly attempt: number; readonly attachment: Attachment }
    | { readonly type: 'connect-failed'; readonly attempt: number }
    | { readonly type: 'at-gateway'; readonly connection: Connection; readonly frame: UpFrame; readonly token: number }
    | { readonly type: 'answered'; readonly connection: Connection; readonly token: number }
    | { readonly type: 'page'; readonly connection: Connection; readonly frame: DownFrame; readonly bytes: number }
    | { readonly type: 'down'; readonly connection: Connection; readonly frame: DownFrame; readonly bytes: number }
    | { readonly type: 'reset'; readonly connection: Connection }
    | { readonly type: 'retransmit'; readonly connection: Connection; readonly bytes: number; readonly waitMs: number }
    | { readonly type: 'burst-noticed' }
    | { readonly type: 'burst-ends' }
  );

const longAgoMs = -1;
const farMs = Number.MAX_SAFE_INTEGER;
const payload = new Uint8Array(0);

/** Runs the phone to the end of its trace. */
export function simulatePhone(options: PhoneRunOptions): PhoneRunResult {
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
  readonly #options: PhoneRunOptions;
  readonly #trace: Trace;
  readonly #agent: DeviceAgent;
  readonly #cpuWakeMj: number;
  readonly #radios: { readonly cellular: Radio; readonly wifi: Radio };
  readonly #events = new EventQueue<NetworkEvent>();
  readonly #waiting: WaitingNotification[] = [];
  readonly #latenessMs: number[] = [];
  readonly #freeMs: number[] = [];
  readonly #delivered = new Set<number>();
  #nowMs = 0;
  #attachment: Attachment;
  #connection: Connection | undefined;
  #attempt = 0;
  #nextAttachment = 0;
  #nextBurst = 0;
  #nextArrival = 0;
  #nextId = 1;
  #foreground = false;
  #stillSinceMs = 0;
  #awakeUntilMs = 0;
  #lastAlarmMs = longAgoMs;
  #cpuMj = 0;
  #beats = 0;
  #connects = 0;
  #deadLinks = 0;
  #waking = false;

  constructor(options: PhoneRunOptions) {
    this.#options = options;
    this.#trace = options.trace;
    const first = options.trace.attachments[0];
    if (!first) throw new Error('the trace has no attachment');
    this.#attachment = first;
    const random = createPrng(options.trace.seed * 31 + 5);
    const radio = (model: RadioModel): Radio => new Radio(model, 0, random.next() * model.pagingEveryMs);
    this.#radios = { cellular: radio(options.cellular), wifi: radio(options.wifi) };
    this.#cpuWakeMj = options.cpuWakeMj ?? constants.cpuWakeMj;
    this.#agent = new DeviceAgent({
      nowMs: 0,
      random: createPrng(options.trace.seed * 31 + 7),
      heartbeat: options.heartbeat,
      ...(options.answerWaitMs === undefined ? {} : { answerWaitMs: options.answerWaitMs }),
      state: {
        version: 1,
        apps: [{ app: 'app', alias: 1, subscription: 'sub_0' }],
        handled: [],
        removals: [],
        nextMessageId: 1,
        messages: [],
      },
    });
  }

  run(): PhoneRunResult {
    this.#agent.register(0, 'app');
    this.#agent.start(0);
    this.#drainAgent();
    const { endMs } = this.#trace;
    for (;;) {
      const traceMs = this.#nextTraceMs();
      const alarmMs = this.#allowedAlarmMs(this.#agent.nextTimeoutMs());
      const session = this.#connection?.session;
      const sessionMs = session && !session.over ? session.nextTimeoutMs() : Infinity;
      const nextMs = Math.min(traceMs, this.#events.nextMs, alarmMs, sessionMs);
      if (nextMs >= endMs) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      if (traceMs === nextMs) this.#traceEvent();
      else if (this.#events.nextMs === nextMs) this.#networkEvent();
      else if (alarmMs === nextMs) this.#alarm();
      else this.#sessionTimeout();
    }
    return this.#result();
  }

  // --- the trace -----------------------------------------------------------------------------------

  #nextTraceMs(): number {
    const { attachments, bursts, arrivals } = this.#trace;
    return Math.min(
      attachments[this.#nextAttachment]?.startMs ?? Infinity,
      bursts[this.#nextBurst]?.startMs ?? Infinity,
      arrivals[this.#nextArrival]?.atMs ?? Infinity,
    );
  }

  #traceEvent(): void {
    const { attachments, bursts, arrivals } = this.#trace;
    const attachment = attachments[this.#nextAttachment];
    const burst = bursts[this.#nextBurst];
    const arrival = arrivals[this.#nextArrival];
    const atMs = this.#nextTraceMs();
    if (attachment?.startMs === atMs) {
      this.#nextAttachment += 1;
      this.#attach(attachment);
    } else if (burst?.startMs === atMs) {
      this.#nextBurst += 1;
      this.#burst(burst);
    } else if (arrival) {
      this.#nextArrival += 1;
      this.#accept(arrival.bytes);
    }
  }

  #attach(attachment: Attachment): void {
    const moved = attachment.networkKey !== this.#attachment.networkKey;
    this.#attachment = attachment;
    const connection = this.#connection;
    if (!moved && connection?.open && connection.attachment !== attachment) {
      // The same network gave the phone a new address: the system ends the sockets of the old one.
      connection.open = false;
      this.#agent.onDisconnected(this.#nowMs, 'left');
      this.#drainAgent();
    }
    if (moved) this.#stillSinceMs = this.#nowMs;
    this.#options.onEvent?.(this.#nowMs, 'attach', attachment.networkKey || 'none');
    this.#agent.onNetworkChanged(this.#nowMs, {
      key: attachment.networkKey,
      kind: attachment.link === 'none' ? 'unknown' : attachment.link,
      reachable: attachment.link !== 'none',
    });
    this.#drainAgent();
  }

  #burst(burst: Burst): void {
    const radio = this.#radio();
    if (radio) {
      radio.occupy(this.#nowMs, burst.durationMs);
      this.#options.onEvent?.(this.#nowMs, 'burst', burst.visible ? 'visible' : 'hidden');
    }
    if (burst.foreground) {
      this.#foreground = true;
      this.#stillSinceMs = this.#nowMs + burst.durationMs;
      this.#agent.setForeground(this.#nowMs, true);
      this.#events.push({ type: 'burst-ends', atMs: this.#nowMs + burst.durationMs });
    }
    this.#awakeUntilMs = Math.max(this.#awakeUntilMs, this.#nowMs + burst.durationMs);
    if (burst.visible && radio) {
      this.#events.push({ type: 'burst-noticed', atMs: this.#nowMs + constants.burstNoticeMs });
    }
    this.#drainAgent();
  }

  #accept(bytes: number): void {
    const notification: WaitingNotification = {
      id: this.#nextId++,
      alias: 1,
      urgency: 'normal',
      acceptedAtMs: this.#nowMs,
      expiresAtMs: farMs,
      // The bytes are counted, not carried.
      data: payloadOf(bytes),
      missed: 0,
    };
    this.#waiting.push(notification);
    const connection = this.#connection;
    if (connection?.gatewayOpen && connection.session.linked) {
      connection.session.onStored(this.#nowMs, notification);
      this.#drainSession(connection);
    }
  }

  // --- time -------------------------------------------------------------------------------------------

  /** When the system lets an alarm for `wantedMs` fire: at once, or in Doze at the next allowed slot. */
  #allowedAlarmMs(wantedMs: number): number {
    const { doze } = this.#options.world;
    if (!doze.enabled || this.#foreground || wantedMs === Infinity) return wantedMs;
    if (this.#attachment.link === 'cellular') return wantedMs;
    const dozesFromMs = this.#stillSinceMs + constants.dozeAfterMs;
    if (wantedMs < dozesFromMs) return wantedMs;
    return Math.max(wantedMs, this.#lastAlarmMs + doze.alarmSpacingSeconds * 1000);
  }

  #alarm(): void {
    this.#lastAlarmMs = this.#nowMs;
    this.#waking = true;
    this.#agent.onTimeout(this.#nowMs);
    this.#drainAgent();
    this.#waking = false;
  }

  #sessionTimeout(): void {
    const connection = this.#connection;
    if (!connection) return;
    connection.session.onTimeout(this.#nowMs);
    this.#drainSession(connection);
  }

  // --- the network ----------------------------------------------------------------------------------------

  #radio(): Radio | undefined {
    const { link } = this.#attachment;
    return link === 'none' ? undefined : this.#radios[link];
  }

  /** Whether packets of this connection still pass the middlebox at this instant. */
  #passes(connection: Connection, atMs: number): boolean {
    const { attachment, refreshedMs } = connection;
    if (attachment !== this.#attachment) return false;
    if (atMs - refreshedMs > attachment.timeoutMs) return false;
    return !attachment.rebootsMs.some((rebootMs) => rebootMs > refreshedMs && rebootMs <= atMs);
  }

  #connect(): void {
    this.#attempt += 1;
    const radio = this.#radio();
    if (!radio) {
      this.#events.push({ type: 'connect-failed', atMs: this.#nowMs + 1000, attempt: this.#attempt });
      return;
    }
    this.#connects += 1;
    const sentMs = radio.transfer(this.#nowMs, 'up', constants.connectUpBytes);
    const doneMs = radio.transfer(
      sentMs + constants.connectRoundTrips * radio.model.roundTripMs,
      'down',
      constants.connectDownBytes,
    );
    this.#events.push({ type: 'connected', atMs: doneMs, attempt: this.#attempt, attachment: this.#attachment });
  }

  #send(frame: UpFrame, token: number): void {
    const connection = this.#connection;
    if (!connection?.open) return;
    const bytes = upFrameBytes(frame) + constants.mqttUpBytes + constants.tlsRecordBytes + constants.tcpIpBytes;
    if (frame.heartbeat && this.#waking) {
      this.#beats += 1;
      if (this.#nowMs >= this.#awakeUntilMs) this.#cpuMj += this.#cpuWakeMj;
      this.#options.onEvent?.(this.#nowMs, 'beat', String(frame.heartbeat.promiseSeconds));
    }
    connection.unanswered += 1;
    this.#transmit(connection, bytes, constants.retransmitFirstMs, frame, token);
  }

  #transmit(connection: Connection, bytes: number, waitMs: number, frame: UpFrame, token: number): void {
    const radio = this.#radio();
    const sentMs = radio ? radio.transfer(this.#nowMs, 'up', bytes) : this.#nowMs;
    if (radio && this.#passes(connection, sentMs)) {
      connection.refreshedMs = sentMs;
      const atMs = sentMs + radio.model.roundTripMs / 2;
      this.#events.push({ type: 'at-gateway', atMs, connection, frame, token });
    } else if (radio && connection.attachment === this.#attachment && connection.attachment.resets) {
      this.#events.push({ type: 'reset', atMs: sentMs + radio.model.roundTripMs / 2, connection });
    } else {
      this.#events.push({ type: 'retransmit', atMs: sentMs + waitMs, connection, bytes, waitMs });
    }
  }

  #networkEvent(): void {
    const event = this.#events.pop();
    if (!event) return;
    switch (event.type) {
      case 'connected':
        this.#connected(event.attempt, event.attachment);
        break;
      case 'connect-failed':
        if (event.attempt === this.#attempt) this.#agent.onConnectFailed(this.#nowMs, 'failed');
        this.#drainAgent();
        break;
      case 'at-gateway':
        this.#atGateway(event.connection, event.frame, event.token);
        break;
      case 'answered':
        this.#answered(event.connection, event.token);
        break;
      case 'page':
        this.#page(event.connection, event.frame, event.bytes);
        break;
      case 'down':
        this.#atPhone(event.connection, event.frame, event.bytes);
        break;
      case 'reset':
        this.#lost(event.connection, 'reset');
        break;
      case 'retransmit': {
        const { connection, bytes, waitMs } = event;
        if (!connection.open) return;
        // A forgotten flow stays forgotten: the packet is paid for and nothing comes of it.
        this.#radio()?.transfer(this.#nowMs, 'up', bytes);
        const nextWaitMs = Math.min(constants.retransmitMostMs, waitMs * 2);
        this.#events.push({ type: 'retransmit', atMs: this.#nowMs + nextWaitMs, connection, bytes, waitMs: nextWaitMs });
        return;
      }
      case 'burst-noticed':
        if (this.#attachment.link !== 'none') this.#agent.onRadioOn(this.#nowMs);
        this.#drainAgent();
        break;
      case 'burst-ends':
        this.#foreground = false;
        this.#agent.setForeground(this.#nowMs, false);
        this.#drainAgent();
        break;
    }
  }

  #connected(attempt: number, attachment: Attachment): void {
    if (attempt !== this.#attempt) return;
    if (attachment !== this.#attachment) {
      this.#agent.onConnectFailed(this.#nowMs, 'failed');
      this.#drainAgent();
      return;
    }
    const old = this.#connection;
    if (old?.gatewayOpen) {
      old.session.onClose(this.#nowMs, 'taken-over', 0);
      while (old.session.poll()) { /* what a taken-over session still says reaches nobody */ }
    }
    const session = new LinkSession({ nowMs: this.#nowMs, minimumUrgency: 'very-low' });
    const connection: Connection = {
      attachment, session, refreshedMs: this.#nowMs, open: true, gatewayOpen: true, unanswered: 0,
    };
    this.#connection = connection;
    this.#freeMs.push(this.#nowMs);
    this.#options.onEvent?.(this.#nowMs, 'connected', attachment.networkKey);
    this.#agent.onConnected(this.#nowMs);
    this.#drainAgent();
    this.#drainSession(connection);
  }

  #atGateway(connection: Connection, frame: UpFrame, token: number): void {
    if (!connection.gatewayOpen) {
      const roundTripMs = this.#radio()?.model.roundTripMs ?? 0;
      this.#events.push({ type: 'reset', atMs: this.#nowMs + roundTripMs / 2, connection });
      return;
    }
    const roundTripMs = this.#radio()?.model.roundTripMs ?? 0;
    if (this.#passes(connection, this.#nowMs) && connection.attachment.refreshedBy === 'both') {
      connection.refreshedMs = this.#nowMs;
    }
    this.#events.push({ type: 'answered', atMs: this.#nowMs + roundTripMs / 2, connection, token });
    connection.session.onFrame(this.#nowMs, frame);
    this.#drainSession(connection);
  }

  #answered(connection: Connection, token: number): void {
    const radio = this.#radio();
    if (!radio || connection.attachment !== this.#attachment || !connection.open) return;
    const bytes = constants.pubackBytes + constants.tlsRecordBytes + constants.tcpIpBytes;
    radio.transfer(this.#nowMs, 'down', bytes);
    this.#acknowledgeTcp(connection, radio);
    connection.unanswered -= 1;
    this.#agent.onAnswered(this.#nowMs, token, constants.pubackBytes);
    this.#drainAgent();
  }

  /** The phone hears that there is something for it, and fetches it. */
  #page(connection: Connection, frame: DownFrame, bytes: number): void {
    const radio = this.#radio();
    if (!radio || connection.attachment !== this.#attachment) return;
    const atMs = radio.transfer(this.#nowMs, 'down', bytes);
    this.#events.push({ type: 'down', atMs, connection, frame, bytes });
  }

  #atPhone(connection: Connection, frame: DownFrame, bytes: number): void {
    const radio = this.#radio();
    if (!radio || connection.attachment !== this.#attachment || !connection.open) return;
    this.#acknowledgeTcp(connection, radio);
    if (frame.notifications) {
      this.#freeMs.push(this.#nowMs);
      if (this.#nowMs >= this.#awakeUntilMs) this.#cpuMj += this.#cpuWakeMj;
    }
    this.#agent.onFrame(this.#nowMs, frame, bytes);
    this.#drainAgent();
  }

  #acknowledgeTcp(connection: Connection, radio: Radio): void {
    const sentMs = radio.transfer(this.#nowMs, 'up', constants.tcpIpBytes);
    if (this.#passes(connection, this.#nowMs)) connection.refreshedMs = sentMs;
  }

  #lost(connection: Connection, end: 'reset' | 'closed-by-gateway'): void {
    if (connection !== this.#connection || !connection.open) return;
    connection.open = false;
    if (end === 'reset') this.#deadLinks += 1;
    this.#options.onEvent?.(this.#nowMs, 'dead', end);
    this.#agent.onDisconnected(this.#nowMs, end);
    this.#drainAgent();
  }

  // --- the agent's and the session's wishes -----------------------------------------------------------------

  #drainAgent(): void {
    for (let action = this.#agent.poll(); action; action = this.#agent.poll()) {
      switch (action.type) {
        case 'connect':
          this.#connect();
          break;
        case 'disconnect':
          this.#leave(action.goodbye);
          break;
        case 'send':
          this.#send(action.frame, action.token);
          break;
        case 'deliver':
          this.#deliver(action.id);
          this.#agent.onHandled(this.#nowMs, action.id, true);
          break;
        case 'persist':
          this.#agent.onPersisted(this.#nowMs);
          break;
        default:
          break;
      }
    }
  }

  #leave(goodbye: boolean): void {
    const connection = this.#connection;
    if (!connection?.open) {
      this.#attempt += 1;
      return;
    }
    connection.open = false;
    if (goodbye && connection.gatewayOpen) connection.session.onDisconnected(this.#nowMs, 'goodbye');
    if (connection.unanswered > 0 && connection.attachment === this.#attachment) {
      this.#deadLinks += 1;
      this.#options.onEvent?.(this.#nowMs, 'dead', 'silence');
    }
  }

  #deliver(id: number): void {
    if (this.#delivered.has(id)) return;
    this.#delivered.add(id);
    const acceptedMs = this.#trace.arrivals[id - 1]?.atMs ?? this.#nowMs;
    this.#options.onEvent?.(this.#nowMs, 'delivered', String(acceptedMs));
    this.#latenessMs.push(this.#nowMs - acceptedMs - this.#withoutCoverageMs(acceptedMs, this.#nowMs));
  }

  #withoutCoverageMs(fromMs: number, toMs: number): number {
    let sum = 0;
    for (let at = this.#nextAttachment - 1; at >= 0; at -= 1) {
      const stay = this.#trace.attachments[at];
      if (!stay || stay.endMs <= fromMs) break;
      if (stay.link === 'none') sum += Math.max(0, Math.min(toMs, stay.endMs) - Math.max(fromMs, stay.startMs));
    }
    return sum;
  }

  #drainSession(connection: Connection): void {
    const { session } = connection;
    for (let action = session.poll(); action; action = session.poll()) {
      switch (action.type) {
        case 'send':
          this.#sendDown(connection, action.frame);
          break;
        case 'load': {
          const { afterId, limit } = action;
          const found = this.#waiting.filter(({ id }) => id > afterId).slice(0, limit);
          session.onLoaded(this.#nowMs, found, found.length < limit);
          break;
        }
        case 'acknowledge':
          for (const id of action.ids) {
            const at = this.#waiting.findIndex((notification) => notification.id === id);
            if (at >= 0) this.#waiting.splice(at, 1);
          }
          break;
        case 'register': {
          const { request } = action.registration;
          session.onRegistered(this.#nowMs, { request, alias: 1, subscription: 'sub_0' });
          break;
        }
        case 'close':
          connection.gatewayOpen = false;
          session.onDisconnected(this.#nowMs, 'lost');
          break;
        default:
          break;
      }
    }
  }

  #sendDown(connection: Connection, frame: DownFrame): void {
    if (!connection.gatewayOpen || !this.#passes(connection, this.#nowMs)) return;
    const radio = this.#radio();
    if (!radio) return;
    if (connection.attachment.refreshedBy === 'both') connection.refreshedMs = this.#nowMs;
    const bytes = downFrameBytes(frame) + constants.mqttDownBytes + constants.tlsRecordBytes + constants.tcpIpBytes;
    const arrivesMs = this.#nowMs + radio.model.roundTripMs / 2;
    this.#events.push({ type: 'page', atMs: arrivesMs + radio.pagingWaitMs(arrivesMs), connection, frame, bytes });
  }

  #result(): PhoneRunResult {
    const { endMs, arrivals } = this.#trace;
    for (const { id } of this.#waiting) if (!this.#delivered.has(id)) this.#nowMs = endMs;
    const undelivered = arrivals.flatMap(({ atMs }, index) =>
      this.#delivered.has(index + 1) ? [] : [endMs - atMs - this.#withoutCoverageMs(atMs, endMs)],
    );
    const latenessSeconds = [...this.#latenessMs, ...undelivered].map((ms) => ms / 1000).sort((a, b) => a - b);
    return {
      energyMj: this.#radios.cellular.energyMj(endMs) + this.#radios.wifi.energyMj(endMs) + this.#cpuMj,
      beats: this.#beats,
      connects: this.#connects,
      deadLinks: this.#deadLinks,
      arrivals: arrivals.length,
      latenessSeconds,
      freeMs: this.#freeMs,
    };
  }
}

const payloads = new Map<number, Uint8Array>();

/** A payload of that size; one array serves all, since only its length is looked at. */
function payloadOf(bytes: number): Uint8Array {
  const size = Math.min(bytes, 4096);
  const known = payloads.get(size) ?? (size === 0 ? payload : new Uint8Array(size));
  payloads.set(size, known);
  return known;
}
