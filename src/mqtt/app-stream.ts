import { Duplex } from 'node:stream';

import { packetTypes, readFixedHeader } from './fixed-header.js';
import type { FixedHeader } from './fixed-header.js';

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
  /** Publishes handed to the broker and not settled. */
  readonly maximumPublishes: number;
  readonly onOversized: (publish: OversizedPublish) => void;
  /** The bytes are no MQTT that is worth reading on. */
  readonly onViolation: (message: string) => void;
  readonly onGone: () => void;
}

const nothing = Buffer.alloc(0);

/**
 * The connection of an app server as the broker gets it: the transport's bytes, metered. The broker's parser has no largest packet
 * and takes whatever a read gives, so packets are cut out here: at most `maximumPublishes` unsettled ones go in, and what is
 * larger than `maximumPacketBytes` never does. Nothing but the CONNECT passes before `start`, and the transport stays paused.
 */
export class AppStream extends Duplex {
  readonly #options: AppStreamOptions;
  readonly #transport: Duplex;
  #pending: Buffer;
  /** Bytes of the present packet that still pass, whatever they are. */
  #passing = 0;
  /** Bytes of an oversized packet that are still to be dropped. */
  #dropping = 0;
  #unsettled = 0;
  #wanted = false;
  #started = false;
  /** The transport was paused before it came here. */
  #reading = false;
  #transportEnded = false;
  #endPassed = false;

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

  /** One publish was settled: there is room for another. */
  settled(): void {
    this.#unsettled -= 1;
    this.#pump();
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
    while (this.#started && this.#wanted && !this.destroyed) {
      this.#drop();
      const end = this.#metered();
      if (end === 0) break;
      const slice = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end);
      this.#wanted = false;
      // May ask for more at once, through _read.
      this.push(slice);
    }
    if (this.destroyed || !this.#started) return;
    if (this.#transportEnded) this.#passEnd();
    else this.#pauseOrResume();
  }

  #passEnd(): void {
    const nothingLeft = this.#pending.length === 0 || (this.#wanted && !this.#isBlocked());
    if (this.#endPassed || !nothingLeft) return;
    this.#endPassed = true;
    this.push(null);
  }

  /** The transport is read while the broker asks for more and nothing it could have waits here. */
  #pauseOrResume(): void {
    const reading = this.#wanted && !this.#isBlocked();
    if (reading === this.#reading) return;
    this.#reading = reading;
    if (reading) this.#transport.resume();
    else this.#transport.pause();
  }

  /** Whole packets wait in `#pending` for publishes to be settled. */
  #isBlocked(): boolean {
    return this.#unsettled > 0 && this.#pending.length > 0;
  }

  #drop(): void {
    const dropped = Math.min(this.#dropping, this.#pending.length);
    this.#dropping -= dropped;
    this.#pending = this.#pending.subarray(dropped);
  }

  /** How many of the pending bytes may pass now. */
  #metered(): number {
    const { maximumPacketBytes, maximumPublishes, onViolation } = this.#options;
    let at = Math.min(this.#passing, this.#pending.length);
    this.#passing -= at;
    while (at < this.#pending.length && this.#passing === 0) {
      const header = readFixedHeader(this.#pending, at);
      if (header === 'incomplete') break;
      if (header === 'malformed') {
        onViolation('a remaining length has at most four bytes (§2.2.3)');
        return 0;
      }
      if (header.end - at > maximumPacketBytes) {
        // Alone at the front, and nothing unsettled before it: its PUBACK must not overtake others [MQTT-4.6.0-2].
        if (at === 0 && this.#unsettled === 0) this.#oversized(header);
        if (at > 0 || this.#dropping === 0) break;
        this.#drop();
        continue;
      }
      if (header.type === packetTypes.publish) {
        if (this.#unsettled >= maximumPublishes) break;
        this.#unsettled += 1;
      }
      const passed = Math.min(header.end, this.#pending.length);
      this.#passing = header.end - passed;
      at = passed;
    }
    return at;
  }

  /** Reads the head of an oversized PUBLISH; does nothing until it is there. */
  #oversized(header: FixedHeader): void {
    const { maximumPacketBytes, onOversized, onViolation } = this.#options;
    if (header.type !== packetTypes.publish) {
      onViolation(`a packet of ${header.end} bytes: at most ${maximumPacketBytes} are read`);
      return;
    }
    if (this.#pending.length < header.bodyStart + 2) return;
    const qos = (header.flags >>> 1) & 3;
    const topicEnd = header.bodyStart + 2 + this.#pending.readUInt16BE(header.bodyStart);
    const headEnd = topicEnd + (qos > 0 ? 2 : 0);
    if (qos === 3 || headEnd > Math.min(header.end, maximumPacketBytes)) {
      onViolation(`a PUBLISH of ${header.end} bytes: at most ${maximumPacketBytes} are read`);
      return;
    }
    if (this.#pending.length < headEnd) return;
    const publish: OversizedPublish = {
      topic: this.#pending.toString('utf8', header.bodyStart + 2, topicEnd),
      qos: qos as 0 | 1 | 2,
      packetId: qos > 0 ? this.#pending.readUInt16BE(topicEnd) : 0,
      duplicate: (header.flags & 8) !== 0,
      packetBytes: header.end,
    };
    this.#dropping = header.end;
    this.#unsettled += 1;
    onOversized(publish);
  }
}
