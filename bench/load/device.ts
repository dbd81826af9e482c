// One device of a load process. A device of Lowbeat speaks frames; one of another broker subscribes to its topic and
// speaks plain MQTT.

import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import { Reconnect } from '../../src/core/device-agent/reconnect.js';
import type { Prng } from '../../src/core/prng.js';
import { packetTypes } from '../../src/mqtt/fixed-header.js';
import { encodePuback, encodePublish, encodeTopic } from '../../src/mqtt/packets.js';
import { decodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { Latencies, nowMicros } from '../harness/latencies.js';
import type { DeviceCredential } from '../subjects/subject.js';
import { connectPacket, MqttSocket, readPublish, subscribePacket } from './mqtt-socket.js';
import type { Target } from './mqtt-socket.js';

/** What all devices of this process saw. */
export class Sights {
  notifications = 0;
  acknowledged = 0;
  closed = 0;
  /** When the last acknowledgement was sent, by the shared clock. */
  lastMicros = 0;
  latencies = new Latencies();
  answers = 0;
  answerLatencies = new Latencies();
  /** Where in a payload the time stands from which its latency counts. */
  timeAt = 0;
  readonly back = { attempts: 0, refused: 0, timedOut: 0, lastMicros: 0, latencies: new Latencies() };

  begin(timeAt: number): void {
    this.notifications = 0;
    this.acknowledged = 0;
    this.closed = 0;
    this.lastMicros = 0;
    this.latencies = new Latencies();
    this.timeAt = timeAt;
  }

  beginAnswers(): void {
    this.answers = 0;
    this.answerLatencies = new Latencies();
  }

  take(payload: Uint8Array): void {
    this.notifications += 1;
    if (payload.length < this.timeAt + 8) return;
    const sinceMicros = Buffer.from(payload.buffer, payload.byteOffset, payload.length).readDoubleBE(this.timeAt);
    const micros = nowMicros() - sinceMicros;
    // What was stored beforehand carries no time.
    if (micros > 0 && micros < longestMicros) this.latencies.record(micros);
  }
}

export interface DeviceOptions {
  readonly credential: DeviceCredential;
  readonly target: Target;
  readonly sights: Sights;
}

const longestMicros = 600_000_000;
const upTopic = encodeTopic('u');
const pingreq = Buffer.of(packetTypes.pingreq << 4, 0);

export class Device {
  readonly #credential: DeviceCredential;
  readonly #login: Uint8Array;
  readonly #target: Target;
  readonly #sights: Sights;
  #socket: MqttSocket | undefined;
  #lastPacketId = 0;
  /** Frames and pings without an answer, oldest first: when they were due. */
  readonly #unanswered: number[] = [];
  #subscribed: (() => void) | undefined;
  #confirmed: ((endpoint: string) => void) | undefined;
  /** There once it shall come back by itself. */
  #reconnect: Reconnect | undefined;
  #linkedAtMs = 0;
  #notBeforeSeconds: number | undefined;

  constructor({ credential, target, sights }: DeviceOptions) {
    this.#credential = credential;
    this.#login = connectPacket({ clientId: credential.id, username: credential.id, password: credential.token });
    this.#target = target;
    this.#sights = sights;
  }

  get isLinked(): boolean {
    return this.#socket?.isOpen === true;
  }

  get isSubscriber(): boolean {
    return this.#credential.filter !== undefined;
  }

  async connect(): Promise<void> {
    const socket = new MqttSocket(this.#target);
    this.#socket = socket;
    this.#unanswered.length = 0;
    socket.onPacket = (type, flags, body) => this.#onPacket(type, flags, body);
    await socket.open();
  }

  /** CONNECT to CONNACK. */
  async link(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) throw new Error('not connected');
    await socket.link(this.#login);
    this.#linkedAtMs = Date.now();
    // The end of an attempt is told by its promise; from here on it is the end of a link.
    socket.onClose = () => this.#onClose();
  }

  /** What a device does once it is linked: a heartbeat, or its subscription. */
  async settle(promiseSeconds: number): Promise<void> {
    const { filter } = this.#credential;
    if (filter === undefined) {
      this.beat(nowMicros(), promiseSeconds);
      return;
    }
    await new Promise<void>((resolve) => {
      this.#subscribed = resolve;
      this.#socket?.send(subscribePacket(filter, 1));
    });
  }

  /** A heartbeat of Lowbeat, a PINGREQ elsewhere. */
  beat(sinceMicros: number, promiseSeconds: number, presence: 'online' | 'away' = 'online'): void {
    if (this.isSubscriber) {
      this.#unanswered.push(sinceMicros);
      this.#socket?.send(pingreq);
      return;
    }
    this.#sendFrame({ heartbeat: { presence, power: 'battery', network: 'cellular', promiseSeconds } }, sinceMicros);
  }

  /** Registers an app with an application server key; its endpoint. */
  register(app: string, applicationServerKey: Uint8Array): Promise<string> {
    return new Promise((resolve) => {
      this.#confirmed = resolve;
      this.#sendFrame({ registrations: [{ request: 1, app, applicationServerKey }] }, nowMicros());
    });
  }

  /** From now on it comes back as the phone client does: by the same decisions of core. */
  comeBack(random: Prng): void {
    this.#reconnect = new Reconnect({ random, backoff: { baseMs: limits.reconnectBaseMs, capMs: limits.reconnectCapMs } });
  }

  destroy(): void {
    this.#reconnect = undefined;
    this.#socket?.destroy();
  }

  #onClose(): void {
    this.#sights.closed += 1;
    if (this.#reconnect === undefined) return;
    const nowMs = Date.now();
    const atMs = this.#notBeforeSeconds === undefined
      ? this.#reconnect.afterLossAt(nowMs, this.#linkedAtMs, false)
      : this.#reconnect.afterCloseAt(nowMs, this.#notBeforeSeconds);
    this.#notBeforeSeconds = undefined;
    setTimeout(() => void this.#attempt(), atMs - nowMs);
  }

  async #attempt(): Promise<void> {
    const reconnect = this.#reconnect;
    if (reconnect === undefined) return;
    const { back } = this.#sights;
    back.attempts += 1;
    reconnect.onAttempt(Date.now());
    const begin = nowMicros();
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          back.timedOut += 1;
          reject(new Error('timed out'));
        }, limits.connectAttemptMs);
      });
      await Promise.race([this.connect().then(() => this.link()), late]);
      reconnect.onLinked();
      back.latencies.record(nowMicros() - begin);
      back.lastMicros = nowMicros();
    } catch {
      back.refused += 1;
      this.#socket?.destroy();
      const nowMs = Date.now();
      setTimeout(() => void this.#attempt(), reconnect.afterFailureAt(nowMs) - nowMs);
    } finally {
      clearTimeout(timer);
    }
  }

  #onPacket(type: number, flags: number, body: Buffer): void {
    switch (type) {
      case packetTypes.publish:
        if (this.isSubscriber) this.#onMessage(flags, body);
        else this.#onFrame(body);
        return;
      case packetTypes.puback:
      case packetTypes.pingresp:
        this.#answered();
        return;
      case packetTypes.suback:
        this.#subscribed?.();
        return;
      default:
        throw new Error(`a packet of type ${type} for a device`);
    }
  }

  #answered(): void {
    const first = this.#unanswered.shift();
    if (first === undefined) return;
    this.#sights.answers += 1;
    this.#sights.answerLatencies.record(nowMicros() - first);
  }

  #onFrame(body: Buffer): void {
    const decoded = decodeDownFrame(body.subarray(2 + body.readUInt16BE(0)));
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { notifications, confirmations, rejections, close }: DownFrame = decoded.frame;
    if (close !== undefined) this.#notBeforeSeconds = close.notBeforeSeconds;
    for (const { request, endpoint } of confirmations ?? []) if (request === 1) this.#confirmed?.(endpoint ?? '');
    if (rejections !== undefined) throw new Error(`the gateway rejected: ${rejections.map(({ code }) => code).join(', ')}`);
    if (notifications === undefined) return;
    for (const { data } of notifications) this.#sights.take(data);
    // At once, as the client does: the radio is on.
    // And with QoS 0, as it does: what only acknowledges needs no answer.
    this.#socket?.send(encodePublish(upTopic, encodeUpFrame({ acks: notifications.map(({ id }) => id) }), 0));
    this.#sights.acknowledged += notifications.length;
    this.#sights.lastMicros = nowMicros();
  }

  #onMessage(flags: number, body: Buffer): void {
    const { packetId, payload } = readPublish(flags, body);
    this.#sights.take(payload);
    if (packetId > 0) this.#socket?.send(encodePuback(packetId));
    this.#sights.acknowledged += 1;
    this.#sights.lastMicros = nowMicros();
  }

  #sendFrame(frame: UpFrame, sinceMicros: number): void {
    this.#unanswered.push(sinceMicros);
    this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    this.#socket?.send(encodePublish(upTopic, encodeUpFrame(frame), this.#lastPacketId));
  }
}
