// A process of devices: it opens their links, beats, takes notifications and acknowledges them. A device of Lowbeat speaks frames; one
// of another broker subscribes to its topic and speaks plain MQTT.

import { readFileSync } from 'node:fs';

import type { DownFrame } from '../../src/core/frames.js';
import { packetTypes } from '../../src/mqtt/fixed-header.js';
import { encodePuback, encodePublish, encodeTopic } from '../../src/mqtt/packets.js';
import { decodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { Latencies, nowMicros } from '../harness/latencies.js';
import type { PackedLatencies } from '../harness/latencies.js';
import { answerCalls, until } from '../harness/processes.js';
import type { DeviceCredential, Population } from '../subjects/subject.js';
import { connectPacket, MqttSocket, readPublish, resumption, subscribePacket } from './mqtt-socket.js';
import { inParallel, pace } from './pace.js';

export interface UseOptions {
  readonly populationFile: string;
  readonly port: number;
  readonly tls: boolean;
  /** Half-open range of the population that this process is. */
  readonly from: number;
  readonly to: number;
}

export interface OpenOptions {
  /** Attempts at a time; 'all': connections are opened first, and all send CONNECT in one moment. */
  readonly atATime: number | 'all';
  /** Only devices from here on; all if absent. */
  readonly from?: number;
  readonly to?: number;
}

export interface Opened {
  readonly links: number;
  readonly failed: number;
  /** The first failure. */
  readonly failure?: string;
  readonly seconds: number;
  /** Each from the connection's first step to CONNACK; with 'all' from CONNECT. */
  readonly latencies: PackedLatencies;
  readonly resumed: number;
}

export interface Received {
  readonly notifications: number;
  readonly acknowledged: number;
  readonly latencies: PackedLatencies;
  readonly closed: number;
  /** When the last acknowledgement was answered (or sent, where nothing answers it), by the shared clock. */
  readonly lastMicros: number;
}

const upTopic = encodeTopic('u');
const pingreq = Buffer.of(packetTypes.pingreq << 4, 0);
/** Promised where nothing else is asked: no lease ends during a run. */
const longPromiseSeconds = 3_600;
const openTimeoutMs = 60_000;

let devices: Device[] = [];
const received = { notifications: 0, acknowledged: 0, closed: 0, lastMicros: 0, latencies: new Latencies() };
const answers = { count: 0, latencies: new Latencies() };
/** Bodies of Web Push carry their time elsewhere. */
let timeAt = 0;

class Device {
  readonly #credential: DeviceCredential;
  readonly #use: UseOptions;
  readonly #localAddress: string;
  #socket: MqttSocket | undefined;
  #lastPacketId = 0;
  /** Frames and pings without an answer, oldest first: when they were due, and whether they were acknowledgements. */
  readonly #unanswered: { readonly sinceMicros: number; readonly acks: number }[] = [];
  #subscribed: (() => void) | undefined;

  constructor(credential: DeviceCredential, use: UseOptions, localAddress: string) {
    this.#credential = credential;
    this.#use = use;
    this.#localAddress = localAddress;
  }

  get isLinked(): boolean {
    return this.#socket?.isOpen === true;
  }

  get isSubscriber(): boolean {
    return this.#credential.filter !== undefined;
  }

  async connect(): Promise<void> {
    const { port, tls } = this.#use;
    const socket = new MqttSocket({ port, tls, localAddress: this.#localAddress });
    this.#socket = socket;
    socket.onPacket = (type, flags, body) => this.#onPacket(type, flags, body);
    socket.onClose = () => void (received.closed += 1);
    await socket.open();
  }

  /** CONNECT to CONNACK. */
  async link(): Promise<void> {
    const { id, token } = this.#credential;
    await this.#socket?.link(connectPacket({ clientId: id, username: id, password: token }));
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
  beat(sinceMicros: number, promiseSeconds: number): void {
    this.#unanswered.push({ sinceMicros, acks: 0 });
    if (this.#credential.filter !== undefined) {
      this.#socket?.send(pingreq);
      return;
    }
    this.#sendFrame({ heartbeat: { presence: 'online', power: 'battery', network: 'cellular', promiseSeconds } });
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  #onPacket(type: number, flags: number, body: Buffer): void {
    switch (type) {
      case packetTypes.publish:
        if (this.#credential.filter === undefined) this.#onFrame(body);
        else this.#onMessage(flags, body);
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
    if (first.acks > 0) {
      received.acknowledged += first.acks;
      received.lastMicros = nowMicros();
    } else {
      answers.count += 1;
      answers.latencies.record(nowMicros() - first.sinceMicros);
    }
  }

  #onFrame(body: Buffer): void {
    const decoded = decodeDownFrame(body.subarray(2 + body.readUInt16BE(0)));
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { notifications }: DownFrame = decoded.frame;
    if (notifications === undefined) return;
    for (const { data } of notifications) take(data);
    // In this turn's one frame, as the client does: the radio is on.
    this.#unanswered.push({ sinceMicros: nowMicros(), acks: notifications.length });
    this.#sendFrame({ acks: notifications.map(({ id }) => id) });
  }

  #onMessage(flags: number, body: Buffer): void {
    const { packetId, payload } = readPublish(flags, body);
    take(payload);
    if (packetId > 0) this.#socket?.send(encodePuback(packetId));
    received.acknowledged += 1;
    received.lastMicros = nowMicros();
  }

  #sendFrame(frame: Parameters<typeof encodeUpFrame>[0]): void {
    this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    this.#socket?.send(encodePublish(upTopic, encodeUpFrame(frame), this.#lastPacketId));
  }
}

function take(payload: Uint8Array): void {
  received.notifications += 1;
  if (payload.length < timeAt + 8) return;
  const sinceMicros = Buffer.from(payload.buffer, payload.byteOffset, payload.length).readDoubleBE(timeAt);
  const micros = nowMicros() - sinceMicros;
  // What was stored beforehand carries no time.
  if (micros > 0 && micros < 600_000_000) received.latencies.record(micros);
}

answerCalls({
  use: (options: UseOptions) => {
    const population = JSON.parse(readFileSync(options.populationFile, 'utf8')) as Population;
    devices = population.devices.slice(options.from, options.to).map((credential, index) => {
      // 127.0.0.2 and up, 20,000 connections each: well below the ports that one address has.
      const address = `127.0.0.${2 + Math.floor((options.from + index) / 20_000)}`;
      return new Device(credential, options, address);
    });
    return devices.length;
  },

  open: async ({ atATime, from = 0, to = devices.length }: OpenOptions): Promise<Opened> => {
    const latencies = new Latencies();
    const opening = devices.slice(from, to);
    const failures: string[] = [];
    resumption.resumed = 0;
    const failed = (error: unknown): void => void failures.push(error instanceof Error ? error.message : String(error));
    const timed = async (begin: number, run: () => Promise<void>): Promise<void> => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => (timer = setTimeout(() => reject(new Error('timed out')), openTimeoutMs)));
      try {
        await Promise.race([run(), late]);
        latencies.record(nowMicros() - begin);
      } catch (error) {
        failed(error);
      } finally {
        clearTimeout(timer);
      }
    };
    if (atATime === 'all') await inParallel(opening.length, 128, (index) => opening[index]?.connect().catch(failed) ?? Promise.resolve());
    const startedAt = nowMicros();
    if (atATime === 'all') {
      await Promise.all(opening.filter(({ isLinked }) => isLinked).map((device) => timed(startedAt, () => device.link())));
    } else {
      await inParallel(opening.length, atATime, (index) => timed(nowMicros(), async () => {
        await opening[index]?.connect();
        await opening[index]?.link();
      }));
    }
    return {
      links: opening.filter(({ isLinked }) => isLinked).length,
      failed: failures.length,
      ...(failures[0] !== undefined && { failure: failures[0] }),
      seconds: (nowMicros() - startedAt) / 1_000_000,
      latencies: latencies.packed(),
      resumed: resumption.resumed,
    };
  },

  /** Heartbeats or subscriptions of all that are linked, answered. */
  settle: async ({ promiseSeconds = longPromiseSeconds }: { readonly promiseSeconds?: number }) => {
    answers.count = 0;
    const linked = devices.filter(({ isLinked }) => isLinked);
    await inParallel(linked.length, 256, (index) => linked[index]?.settle(promiseSeconds) ?? Promise.resolve());
    const withAnswer = linked.length - linked.filter((device) => device.isSubscriber).length;
    await until('all are settled', () => answers.count >= withAnswer, openTimeoutMs);
  },

  beats: async ({ rate, count }: { readonly rate: number; readonly count: number }) => {
    answers.count = 0;
    answers.latencies = new Latencies();
    await pace({
      rate, count,
      // Promises differ, so that each lease moves to another slot of the wheel.
      send: (index, sinceMicros) => devices[index % devices.length]?.beat(sinceMicros, 300 + (index % 1_200)),
    });
    await until('all are answered', () => answers.count >= count, openTimeoutMs, 1);
    return { latencies: answers.latencies.packed(), count: answers.count };
  },

  begin: ({ at = 0 }: { readonly at?: number }) => {
    timeAt = at;
    Object.assign(received, { notifications: 0, acknowledged: 0, closed: 0, lastMicros: 0, latencies: new Latencies() });
  },

  received: (): Received => ({ ...received, latencies: received.latencies.packed() }),

  close: async () => {
    for (const device of devices) device.destroy();
    await until('all are closed', () => devices.every(({ isLinked }) => !isLinked), openTimeoutMs);
  },
});
