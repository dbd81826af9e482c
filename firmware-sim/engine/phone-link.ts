// One link of a phone: the real device agent, its connection through the middlebox, the gateway at the other end. It decides
// nothing of what the protocol does; it carries, counts, and lets the radio pay.

import type { DeviceAgentAction } from '../../src/core/device-agent/actions.js';
import { DeviceAgent } from '../../src/core/device-agent/device-agent.js';
import { downFrameBytes, publishBytes, upFrameBytes } from '../../src/core/frame-size.js';
import type { DownFrame } from '../../src/core/frames.js';
import type { AlarmWindow } from '../../src/core/heartbeat/alarm-windows.js';
import type { HeartbeatController } from '../../src/core/heartbeat/controller.js';
import { createPrng } from '../../src/core/prng.js';
import type { Radio } from '../radio/radio.js';
import type { Attachment } from '../world/trace.js';
import type { Connection } from './connection.js';
import * as constants from './constants.js';
import { GatewaySide } from './gateway-side.js';
import type { Handset } from './handset.js';
import type { LinkEvent } from './link-event.js';

export interface LinkOptions {
  readonly heartbeat: HeartbeatController;
  /** Wait for an answer before the link counts as dead; the protocol's own if absent. */
  readonly answerWaitMs?: number;
  /** What the gateway's other devices learned of a network, as it is told to a phone that knows nothing of it. */
  readonly fleet?: (networkKey: string) => Uint8Array | undefined;
  /** False: the gateway leaves frames up to TCP's acknowledgement, like a server that never writes; to look at middleboxes. */
  readonly gatewayAnswers?: boolean;
}

export interface PhoneLinkOptions extends LinkOptions {
  readonly handset: Handset;
  /** Tells the random numbers of the phone's links apart. */
  readonly index: number;
}

export class PhoneLink {
  readonly #handset: Handset;
  readonly #agent: DeviceAgent;
  readonly #gateway: GatewaySide;
  readonly #gatewayAnswers: boolean;
  readonly #acceptedMs = new Map<number, number>();
  #connection: Connection | undefined;
  #attempt = 0;
  #nextId = 1;
  #waking = false;
  /** When the agent wants to be woken; asked once after each input. */
  wakeAtMs = Infinity;
  /** When the gateway's session is due. */
  sessionAtMs = Infinity;
  lastAlarmMs = -Infinity;
  readonly latenessMs: number[] = [];
  /** Instants at which the flow was refreshed whatever the strategy does: connects and notifications. */
  readonly freeMs: number[] = [];
  beats = 0;
  connects = 0;
  deadLinks = 0;

  constructor(options: PhoneLinkOptions) {
    const { handset, index, heartbeat, answerWaitMs } = options;
    this.#handset = handset;
    this.#gatewayAnswers = options.gatewayAnswers ?? true;
    this.#gateway = new GatewaySide({
      sendDown: (connection, frame) => this.#sendDown(connection, frame),
      ...(options.fleet === undefined ? {} : { fleet: options.fleet }),
    });
    this.#agent = new DeviceAgent({
      nowMs: 0,
      random: createPrng(handset.trace.seed * 31 + 7 + index * 1_009),
      heartbeat,
      ...(answerWaitMs === undefined ? {} : { answerWaitMs }),
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

  /** The phone knows its network before it connects. */
  start(): void {
    const { nowMs, attachment } = this.#handset;
    this.#tellNetwork(attachment);
    this.#agent.register(nowMs, 'app');
    this.#agent.start(nowMs);
    this.#drain();
  }

  onAttached(attachment: Attachment, moved: boolean): void {
    const { nowMs } = this.#handset;
    const connection = this.#connection;
    if (!moved && connection?.open && connection.attachment !== attachment) {
      // The same network gave the phone a new address: the system ends the sockets of the old one.
      connection.open = false;
      this.#agent.onDisconnected(nowMs, 'left');
      this.#drain();
    }
    this.#tellNetwork(attachment);
    this.#drain();
  }

  #tellNetwork(attachment: Attachment): void {
    this.#agent.onNetworkChanged(this.#handset.nowMs, {
      key: attachment.networkKey,
      kind: attachment.link === 'none' ? 'unknown' : attachment.link,
      reachable: attachment.link !== 'none',
    });
  }

  setForeground(foreground: boolean): void {
    this.#agent.setForeground(this.#handset.nowMs, foreground);
    this.#drain();
  }

  onRadioOn(): void {
    this.#agent.onRadioOn(this.#handset.nowMs);
    this.#drain();
  }

  /** The gateway has accepted a notification for this link. */
  accept(bytes: number): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#acceptedMs.set(id, this.#handset.nowMs);
    this.#gateway.accept(this.#handset.nowMs, id, bytes);
    this.#plan();
  }

  /** It rings, or, while the link holds the processor, the time is up without one. */
  onAlarm(): void {
    if (!this.holdsProcessor) this.lastAlarmMs = this.#handset.nowMs;
    this.#waking = true;
    this.#agent.onTimeout(this.#handset.nowMs);
    this.#drain();
    this.#waking = false;
  }

  /** The system says when alarms may ring. Whoever is told so is awake: what is overdue may go at once. */
  onAlarmWindows(windows: readonly AlarmWindow[]): void {
    this.#waking = true;
    this.#agent.onAlarmWindows(this.#handset.nowMs, windows);
    this.#drain();
    this.#waking = false;
  }

  /**
   * From a frame to its answer, and while it connects, a shell keeps the processor awake instead of asking for an alarm: Doze
   * lets an app do that whose user has exempted it from battery optimization, as a push client needs to be for its network, too.
   */
  get holdsProcessor(): boolean {
    const connection = this.#connection;
    return (connection?.open === true && connection.unanswered > 0) || this.#agent.status().state === 'connecting';
  }

  onSessionTimeout(): void {
    this.#gateway.onTimeout(this.#handset.nowMs);
    this.#plan();
  }

  onEvent(event: LinkEvent): void {
    const { nowMs } = this.#handset;
    switch (event.type) {
      case 'connecting':
        this.#connecting(event.attempt, event.attachment);
        break;
      case 'connected':
        this.#connected(event.attempt, event.attachment);
        break;
      case 'connect-failed':
        if (event.attempt !== this.#attempt) return;
        this.#agent.onConnectFailed(nowMs, 'failed');
        this.#drain();
        break;
      case 'at-gateway':
        this.#atGateway(event);
        break;
      case 'answered':
        this.#answered(event.connection, event.token);
        break;
      case 'page':
        this.#page(event.connection, event.frame, event.bytes);
        break;
      case 'down':
        event.connection.framesDown -= 1;
        this.#atPhone(event.connection, event.frame, event.bytes);
        if (event.connection.framesDown > 0) break;
        for (const token of event.connection.answersBehind.splice(0)) this.#answered(event.connection, token);
        break;
      case 'reset':
        this.#reset(event.connection);
        break;
      case 'retransmit':
        this.#retransmit(event.connection, event.bytes, event.waitMs);
        break;
    }
  }

  /** What was accepted and never came, milliseconds until the end. */
  undeliveredMs(): number[] {
    const { endMs } = this.#handset.trace;
    return [...this.#acceptedMs.values()].map((atMs) => endMs - atMs - this.#handset.withoutCoverageMs(atMs, endMs));
  }

  // --- connecting -----------------------------------------------------------------------------------

  #connect(): void {
    const { nowMs, radio, attachment, events } = this.#handset;
    this.#attempt += 1;
    const attempt = this.#attempt;
    if (!radio) {
      events.push({ type: 'connect-failed', atMs: nowMs + 1000, link: this, attempt });
      return;
    }
    this.connects += 1;
    const sentMs = radio.transfer(nowMs, 'up', constants.connectUpBytes);
    const atMs = sentMs + constants.connectRoundTrips * radio.model.roundTripMs;
    events.push({ type: 'connecting', atMs, link: this, attempt, attachment });
  }

  /** The gateway's last bytes of the handshake reach the phone. */
  #connecting(attempt: number, attachment: Attachment): void {
    const { nowMs, radio, events } = this.#handset;
    if (attempt !== this.#attempt) return;
    if (!radio || attachment !== this.#handset.attachment) {
      this.#agent.onConnectFailed(nowMs, 'failed');
      this.#drain();
      return;
    }
    const atMs = radio.transfer(nowMs, 'down', constants.connectDownBytes);
    events.push({ type: 'connected', atMs, link: this, attempt, attachment });
  }

  #connected(attempt: number, attachment: Attachment): void {
    const { nowMs } = this.#handset;
    if (attempt !== this.#attempt) return;
    if (attachment !== this.#handset.attachment) {
      this.#agent.onConnectFailed(nowMs, 'failed');
      this.#drain();
      return;
    }
    const connection = this.#gateway.connect(nowMs, attachment);
    this.#connection = connection;
    this.freeMs.push(nowMs);
    this.#handset.note('connected', attachment.networkKey);
    this.#agent.onConnected(nowMs);
    this.#drain();
    this.#gateway.begin(nowMs, connection);
    this.#plan();
  }

  // --- up -------------------------------------------------------------------------------------------

  #send({ frame, token, answered }: Extract<DeviceAgentAction, { readonly type: 'send' }>): void {
    const connection = this.#connection;
    if (!connection?.open) return;
    if (frame.heartbeat && this.#waking) {
      this.beats += 1;
      this.#handset.wake();
      this.#handset.note('beat', String(frame.heartbeat.promiseSeconds));
    }
    if (answered) connection.unanswered += 1;
    const { nowMs, radio, attachment, events } = this.#handset;
    const bytes = publishBytes(upFrameBytes(frame), answered ? 1 : 0) + constants.tlsRecordBytes + constants.tcpIpBytes;
    const sentMs = radio ? radio.transfer(nowMs, 'up', bytes) : nowMs;
    if (radio && connection.passes(sentMs, attachment)) {
      connection.refreshUp(sentMs);
      events.push({ type: 'at-gateway', atMs: sentMs + radio.model.roundTripMs / 2, link: this, connection, frame, token, answered });
    } else if (radio && connection.attachment === attachment && attachment.resets) {
      events.push({ type: 'reset', atMs: sentMs + radio.model.roundTripMs / 2, link: this, connection });
    } else {
      const waitMs = constants.retransmitFirstMs;
      events.push({ type: 'retransmit', atMs: sentMs + waitMs, link: this, connection, bytes, waitMs });
    }
  }

  /** A forgotten flow stays forgotten: the packet is paid for and nothing comes of it. */
  #retransmit(connection: Connection, bytes: number, waitMs: number): void {
    if (!connection.open) return;
    const { nowMs, radio, events } = this.#handset;
    radio?.transfer(nowMs, 'up', bytes);
    const nextMs = Math.min(constants.retransmitMostMs, waitMs * 2);
    events.push({ type: 'retransmit', atMs: nowMs + nextMs, link: this, connection, bytes, waitMs: nextMs });
  }

  #atGateway({ connection, frame, token, answered }: Extract<LinkEvent, { readonly type: 'at-gateway' }>): void {
    const { nowMs, radio, attachment, events } = this.#handset;
    const atMs = nowMs + (radio?.model.roundTripMs ?? 0) / 2;
    if (!connection.gatewayOpen) {
      events.push({ type: 'reset', atMs, link: this, connection });
      return;
    }
    const answers = answered && this.#gatewayAnswers;
    const packet = answers ? 'data' : 'acknowledgement';
    if (connection.passes(nowMs, attachment)) connection.refreshDown(nowMs, packet);
    // The gateway writes what it has for the phone before the answer, and TCP keeps that order.
    this.#gateway.onFrame(nowMs, connection, frame);
    if (answers) events.push({ type: 'answered', atMs, link: this, connection, token });
    this.#plan();
  }

  #answered(connection: Connection, token: number): void {
    const { nowMs, radio, attachment } = this.#handset;
    if (!radio || connection.attachment !== attachment || !connection.open) return;
    if (connection.framesDown > 0) {
      connection.answersBehind.push(token);
      return;
    }
    radio.transfer(nowMs, 'down', constants.pubackBytes + constants.tlsRecordBytes + constants.tcpIpBytes);
    this.#acknowledgeTcp(connection, radio);
    connection.unanswered -= 1;
    this.#agent.onAnswered(nowMs, token, constants.pubackBytes);
    this.#drain();
  }

  // --- down -----------------------------------------------------------------------------------------

  #sendDown(connection: Connection, frame: DownFrame): void {
    const { nowMs, radio, attachment, events } = this.#handset;
    if (!radio || !connection.gatewayOpen || !connection.passes(nowMs, attachment)) return;
    connection.refreshDown(nowMs, 'data');
    const bytes = publishBytes(downFrameBytes(frame), 0) + constants.tlsRecordBytes + constants.tcpIpBytes;
    const arrivesMs = nowMs + radio.model.roundTripMs / 2;
    const atMs = arrivesMs + radio.pagingWaitMs(arrivesMs);
    events.push({ type: 'page', atMs, link: this, connection, frame, bytes });
  }

  /** The phone hears that there is something for it, and fetches it. */
  #page(connection: Connection, frame: DownFrame, bytes: number): void {
    const { nowMs, radio, attachment, events } = this.#handset;
    if (!radio || connection.attachment !== attachment) return;
    const atMs = radio.transfer(nowMs, 'down', bytes);
    connection.framesDown += 1;
    events.push({ type: 'down', atMs, link: this, connection, frame, bytes });
  }

  #atPhone(connection: Connection, frame: DownFrame, bytes: number): void {
    const { nowMs, radio, attachment } = this.#handset;
    if (!radio || connection.attachment !== attachment || !connection.open) return;
    this.#acknowledgeTcp(connection, radio);
    if (frame.notifications) {
      this.freeMs.push(nowMs);
      this.#handset.wake();
    }
    this.#agent.onFrame(nowMs, frame, bytes);
    this.#drain();
  }

  #acknowledgeTcp(connection: Connection, radio: Radio): void {
    const { nowMs, attachment } = this.#handset;
    const sentMs = radio.transfer(nowMs, 'up', constants.tcpIpBytes);
    if (connection.passes(nowMs, attachment)) connection.refreshUp(sentMs);
  }

  #reset(connection: Connection): void {
    if (connection !== this.#connection || !connection.open) return;
    connection.open = false;
    this.deadLinks += 1;
    this.#handset.note('dead', 'reset');
    this.#agent.onDisconnected(this.#handset.nowMs, 'reset');
    this.#drain();
  }

  // --- the agent's wishes ---------------------------------------------------------------------------

  #drain(): void {
    const { nowMs } = this.#handset;
    for (let action = this.#agent.poll(); action; action = this.#agent.poll()) {
      switch (action.type) {
        case 'connect':
          this.#connect();
          break;
        case 'disconnect':
          this.#leave(action.goodbye);
          break;
        case 'send':
          this.#send(action);
          break;
        case 'deliver':
          this.#deliver(action.id);
          this.#agent.onHandled(nowMs, action.id, true);
          break;
        case 'persist':
          this.#agent.onPersisted(nowMs);
          break;
        default:
          break;
      }
    }
    this.#plan();
  }

  #plan(): void {
    this.wakeAtMs = this.#agent.nextTimeoutMs();
    this.sessionAtMs = this.#gateway.nextTimeoutMs();
  }

  #leave(goodbye: boolean): void {
    const connection = this.#connection;
    if (!connection?.open) {
      this.#attempt += 1;
      return;
    }
    connection.open = false;
    if (goodbye) this.#gateway.onGoodbye(this.#handset.nowMs, connection);
    if (connection.unanswered > 0 && connection.attachment === this.#handset.attachment) {
      this.deadLinks += 1;
      this.#handset.note('dead', 'silence');
    }
  }

  #deliver(id: number): void {
    const { nowMs } = this.#handset;
    const acceptedMs = this.#acceptedMs.get(id);
    if (acceptedMs === undefined) return;
    this.#acceptedMs.delete(id);
    this.#handset.note('delivered', String(acceptedMs));
    this.latenessMs.push(nowMs - acceptedMs - this.#handset.withoutCoverageMs(acceptedMs, nowMs));
  }
}
