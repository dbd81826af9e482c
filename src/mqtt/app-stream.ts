import { Duplex } from 'node:stream';

import type { IncomingPublish } from './broker-client.js';
import { packetTypes, readFixedHeader } from './fixed-header.js';
import type { FixedHeader } from './fixed-header.js';
import { encodePubacks } from './packets.js';

/** A PUBLISH above the bound: what its head says; its payload is read and dropped. */
export interface OversizedPublish {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  /** 0 with QoS 0. */
  readonly packetId: number;
  readonly duplicate: boolean;
  readonly packetBytes: number;
}

export interface AppStreamOptions {
  readonly transport: Duplex;
  readonly maximumPacketBytes: number;
  /** Publishes that were read and are not settled. */
  readonly maximumPublishes: number;
  /** One with QoS 0 or 1. */
  readonly onPublish: (publish: IncomingPublish) => void;
  readonly onOversized: (publish: OversizedPublish) => void;
  /** The bytes are no MQTT that is worth reading on. */
  readonly onViolation: (message: string) => void;
  readonly onGone: () => void;
}

const nothing = Buffer.alloc(0);

/** What became of the packet at the front. */
type Step =
  | 'taken'
  /** Some of it is still to come. */
  | 'incomplete'
  /** It waits for something else than bytes. */
  | 'waiting';

/**
 * The connection of an app server: its publishes with QoS 0 and 1 are read here, and all else goes to the broker, as a stream of its own.
 * A broker does for each publish what only one that passes it on needs (decisions/0013-publishes-are-read-by-the-front.md). Its parser
 * has no largest packet and takes whatever a read gives, so packets are cut out here: at most `maximumPublishes` unsettled ones are
 * read, and none that is larger than `maximumPacketBytes`. Nothing but the CONNECT passes before `start`, and the transport stays paused.
 */
export class AppStream extends Duplex {
  readonly #options: AppStreamOptions;
  readonly #transport: Duplex;
  #pending: Buffer;
  /** Bytes of the broker's present packet that still pass, whatever they are. */
  #passing = 0;
  /** Bytes of an oversized packet that are still to be dropped. */
  #dropping = 0;
  #unsettled = 0;
  /** Publishes that the broker has and did not hand on yet: what comes behind them begins later. */
  #handedOver = 0;
  #wanted = false;
  #started = false;
  /** The transport was paused before it came here. */
  #reading = false;
  #transportEnded = false;
  #endPassed = false;

  /** Of publishes whose PUBACK leaves with the turn of the event loop: as one write, since hundreds are ready together, and a stream's is no cheap one. */
  #acknowledged: number[] = [];
  readonly #writeAcknowledged = (): void => {
    const packetIds = this.#acknowledged;
    this.#acknowledged = [];
    if (packetIds.length > 0 && this.writable) this.write(encodePubacks(packetIds));
  };

  constructor(options: AppStreamOptions, unread: Buffer) {
    super({ allowHalfOpen: false });
    this.#options = options;
    this.#transport = options.transport;
    this.#pending = unread;
  }

  /** Hands `connect` to the broker; what follows it waits for `start`, since the broker queues little before its CONNACK. */
  introduce(connect: Buffer): void {
    this.push(connect);
  }

  start(): void {
    this.#started = true;
    this.#pump();
  }

  /** The broker handed on a publish. */
  handedOn(): void {
    this.#handedOver -= 1;
    this.#pump();
  }

  /** One publish was settled: there is room for another. */
  settled(): void {
    this.#unsettled -= 1;
    this.#pump();
  }

  /** PUBACK. */
  acknowledge(packetId: number): void {
    if (this.#acknowledged.push(packetId) === 1) process.nextTick(this.#writeAcknowledged);
  }

  feed(chunk: Buffer): void {
    if (!this.#started) return;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pump();
  }

  /** Nothing more is read, and what waits is dropped; what is written still leaves. */
  halt(): void {
    this.#started = false;
    this.#pending = nothing;
    this.#writeAcknowledged();
  }

  /** The transport has ended: what it brought is still read. */
  finish(): void {
    this.#transportEnded = true;
    this.#pump();
  }

  override _read(): void {
    this.#wanted = true;
    this.#pump();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#transportEnded) done();
    else this.#transport.write(chunk, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#pending = nothing;
    this.#options.onGone();
    // The broker destroys what it does not like with an error: it was logged there, and nobody else listens.
    done(null);
  }

  #pump(): void {
    let step: Step = 'taken';
    while (step === 'taken' && this.#started && !this.destroyed) step = this.#step();
    if (this.destroyed || !this.#started) return;
    if (!this.#transportEnded) this.#pauseOrResume(step);
    else if (step === 'incomplete') this.#passEnd();
  }

  #passEnd(): void {
    if (this.#endPassed) return;
    this.#endPassed = true;
    this.push(null);
  }

  /** The transport is read as long as what it brought does not wait here. */
  #pauseOrResume(step: Step): void {
    const reading = step === 'incomplete';
    if (reading === this.#reading) return;
    this.#reading = reading;
    if (reading) this.#transport.resume();
    else this.#transport.pause();
  }

  #step(): Step {
    this.#drop();
    if (this.#pending.length === 0) return 'incomplete';
    if (this.#passing > 0) return this.#pass();
    const header = readFixedHeader(this.#pending, 0);
    if (header === 'incomplete') return 'incomplete';
    if (header === 'malformed') return this.#violated('a remaining length has at most four bytes (§2.2.3)');
    if (header.end > this.#options.maximumPacketBytes) {
      // Nothing unsettled before it: its PUBACK must not overtake others [MQTT-4.6.0-2].
      return this.#unsettled > 0 ? 'waiting' : this.#oversized(header);
    }
    return isOwn(header) ? this.#take(header) : this.#pass();
  }

  #violated(message: string): Step {
    this.#options.onViolation(message);
    return 'waiting';
  }

  #drop(): void {
    const dropped = Math.min(this.#dropping, this.#pending.length);
    if (dropped === 0) return;
    this.#dropping -= dropped;
    this.#pending = this.#pending.subarray(dropped);
  }

  /** The PUBLISH at the front. */
  #take(header: FixedHeader): Step {
    if (this.#unsettled >= this.#options.maximumPublishes || this.#handedOver > 0) return 'waiting';
    const bytes = this.#pending;
    const { end } = header;
    if (bytes.length < end) return 'incomplete';
    const head = readPublishHead(bytes, header, end);
    if (typeof head === 'string') return this.#violated('a PUBLISH that ends before its payload');
    const { topic, qos, packetId, duplicate, payloadStart } = head;
    if (topic === '' || forbidden.test(topic)) return this.#violated('no topic that a PUBLISH may have [MQTT-3.3.2-2]');
    if (qos === 1 && packetId === 0) return this.#violated('a packet identifier of 0 [MQTT-2.3.1-1]');
    this.#pending = bytes.subarray(end);
    this.#unsettled += 1;
    this.#options.onPublish({ topic, payload: bytes.subarray(payloadStart, end), packetId, duplicate });
    return 'taken';
  }

  /** Gives the broker what comes first and is its own. */
  #pass(): Step {
    if (!this.#wanted) return 'waiting';
    const end = this.#metered();
    if (end === 0) return 'waiting';
    const slice = this.#pending.subarray(0, end);
    this.#pending = this.#pending.subarray(end);
    this.#wanted = false;
    // May ask for more at once, through _read.
    this.push(slice);
    return 'taken';
  }

  /** How many of the pending bytes may pass to the broker now. */
  #metered(): number {
    let at = Math.min(this.#passing, this.#pending.length);
    this.#passing -= at;
    while (at < this.#pending.length && this.#passing === 0) {
      const header = readFixedHeader(this.#pending, at);
      if (header === 'incomplete' || header === 'malformed') break;
      if (header.end - at > this.#options.maximumPacketBytes || isOwn(header)) break;
      if (header.type === packetTypes.publish) {
        if (this.#unsettled >= this.#options.maximumPublishes) break;
        this.#unsettled += 1;
        this.#handedOver += 1;
      }
      const passed = Math.min(header.end, this.#pending.length);
      this.#passing = header.end - passed;
      at = passed;
    }
    return at;
  }

  /** Reads the head of an oversized PUBLISH at the front. */
  #oversized(header: FixedHeader): Step {
    const { maximumPacketBytes, onOversized } = this.#options;
    const { type, end } = header;
    if (type !== packetTypes.publish) return this.#violated(`a packet of ${end} bytes: at most ${maximumPacketBytes} are read`);
    const head = readPublishHead(this.#pending, header, maximumPacketBytes);
    if (head === 'incomplete') return 'incomplete';
    if (head === 'malformed' || head.qos === 3) return this.#violated(`a PUBLISH of ${end} bytes: at most ${maximumPacketBytes} are read`);
    const { topic, qos, packetId, duplicate } = head;
    this.#dropping = end;
    this.#unsettled += 1;
    onOversized({ topic, qos, packetId, duplicate, packetBytes: end });
    return 'taken';
  }
}

/** What stands in front of the payload of a PUBLISH (§3.3). */
interface PublishHead {
  readonly topic: string;
  readonly qos: 0 | 1 | 2 | 3;
  /** 0 with QoS 0. */
  readonly packetId: number;
  readonly duplicate: boolean;
  readonly payloadStart: number;
}

/** 'malformed' when it would end behind `end`. */
function readPublishHead(bytes: Buffer, { flags, bodyStart }: FixedHeader, end: number): PublishHead | 'incomplete' | 'malformed' {
  const topicStart = bodyStart + 2;
  if (topicStart > end) return 'malformed';
  if (bytes.length < topicStart) return 'incomplete';
  const qos = qosOf(flags);
  const topicEnd = topicStart + bytes.readUInt16BE(bodyStart);
  const payloadStart = qos > 0 ? topicEnd + 2 : topicEnd;
  if (payloadStart > end) return 'malformed';
  if (bytes.length < payloadStart) return 'incomplete';
  return {
    topic: bytes.toString('utf8', topicStart, topicEnd),
    qos,
    packetId: qos > 0 ? bytes.readUInt16BE(topicEnd) : 0,
    duplicate: (flags & 8) !== 0,
    payloadStart,
  };
}

// [MQTT-3.3.2-2], and what no UTF-8 string of MQTT has [MQTT-1.5.3-2].
const forbidden = /[+#\0]/;

/** Whether it is a publish that is read here: the broker keeps the handshake of QoS 2, and judges what has QoS 3. */
function isOwn({ type, flags }: FixedHeader): boolean {
  return type === packetTypes.publish && qosOf(flags) < 2;
}

/** Of a PUBLISH (§3.3.1). */
function qosOf(flags: number): 0 | 1 | 2 | 3 {
  return ((flags >>> 1) & 3) as 0 | 1 | 2 | 3;
}
