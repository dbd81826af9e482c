import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';

import type { NotificationId } from '../core/ids.js';
import type { DeviceConnection, DeviceLink } from '../gateway/doors.js';
import type { FrontContext } from './context.js';
import { decodeDevicePacket } from './device-decoder.js';
import type { DevicePacket, RequestedFilter, Violation } from './device-decoder.js';
import { closeGracefully } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { KeepAlive } from './keep-alive.js';
import { connackAccepted, encodePuback, encodePublish, encodeSuback, encodeTopic, encodeUnsuback, pingresp } from './packets.js';

export interface DeviceConnectionOptions {
  readonly context: FrontContext;
  readonly stream: Duplex;
  /** As told by a load balancer or the HTTP server; absent: the socket knows. */
  readonly address: string | undefined;
}

/** A QoS 1 frame whose PUBACK has to wait its turn. */
interface Unanswered {
  readonly packetId: number;
  answered: boolean;
}

/**
 * attaching → open → over.
 * - attaching: the gateway has it, the client has no CONNACK yet; what the gateway sends is held behind it.
 * - open: packets go both ways.
 * - over: the gateway was told, or will be told nothing more; bytes that still come are dropped.
 */
type State = 'attaching' | 'open' | 'over';

/** How frames go down: with QoS 0 unasked, or as the client's own SUBSCRIBE asked, or not at all after its UNSUBSCRIBE. */
type Delivery = 'qos0' | 'qos1' | 'none';

const downTopic = encodeTopic('d');
const downFilter = 'd';
const refusedFilter = 0x80;
const largestPacketId = 65_535;

/**
 * The lean device-link: the part of MQTT 3.1.1 that a device speaks, without a broker's session. While it is idle it is
 * this object and its socket: no timer, closure, parser, buffer or listener of its own. Lists appear with traffic and go with it.
 */
export class MqttDeviceConnection implements DeviceConnection, Endpoint {
  readonly context: FrontContext;
  readonly #stream: Duplex;
  readonly #address: string | undefined;
  #keepAlive: KeepAlive | undefined;
  #link: DeviceLink | undefined;
  #state: State = 'attaching';
  #delivery: Delivery = 'qos0';
  /** The gateway was told to stop sending, and waits for `writable`. */
  #blocked = false;
  #paused = false;
  #closeAsked = false;
  #lastPacketId = 0;
  /** The start of a packet whose end has not come. */
  #remainder: Buffer | undefined;
  #unanswered: Unanswered[] | undefined;
  #inFlight: Map<number, readonly NotificationId[]> | undefined;
  #held: Uint8Array[] | undefined;

  constructor(options: DeviceConnectionOptions) {
    this.context = options.context;
    this.#stream = options.stream;
    this.#address = options.address;
  }

  /** Asked of the socket each time: Node would keep what it answers, an object and two strings a link. */
  get address(): string {
    if (this.#address !== undefined) return this.#address;
    return (this.#stream instanceof Socket ? this.#stream.remoteAddress : undefined) ?? 'unknown';
  }

  /**
   * The gateway took it: CONNACK, what it sent meanwhile, and what the client sent behind its CONNECT. `keepAliveSeconds` is what
   * the client asked for; 0: none.
   */
  open(link: DeviceLink, keepAliveSeconds: number, unread: Buffer): void {
    this.#link = link;
    this.#state = 'open';
    this.context.welcomeWriter.write(this.#stream, connackAccepted);
    for (const packet of this.#held ?? []) this.#write(packet);
    this.#held = undefined;
    if (this.#closeAsked) {
      this.#finish('lost');
      return;
    }
    if (keepAliveSeconds > 0) {
      this.#keepAlive = new KeepAlive({ context: this.context, seconds: keepAliveSeconds, onSilent: () => this.#cut() });
    }
    if (unread.length > 0) this.onData(unread);
  }

  send(frame: Uint8Array, carries: readonly NotificationId[]): boolean {
    if (this.#state === 'over' || this.#closeAsked) return true;
    // [MQTT-3.10.4-2]: after its UNSUBSCRIBE a client gets no more; what is stored waits for its next SUBSCRIBE or link.
    if (this.#delivery === 'none') return true;
    const packetId = this.#delivery === 'qos1' && carries.length > 0 ? this.#track(carries) : 0;
    if (packetId !== undefined) {
      const packet = encodePublish(downTopic, frame, packetId);
      if (this.#state === 'open') this.#write(packet);
      else (this.#held ??= []).push(packet);
    }
    this.#blocked ||= this.#isFull();
    return !this.#blocked;
  }

  close(): void {
    if (this.#state === 'over' || this.#closeAsked) return;
    this.#closeAsked = true;
    // The gateway may be in the middle of its own step: it hears of the end afterwards.
    if (this.#state === 'open') process.nextTick(() => this.#finish('lost'));
  }

  onData(chunk: Buffer): void {
    if (this.#state !== 'open' || this.#closeAsked) return;
    const bytes = this.#remainder === undefined ? chunk : Buffer.concat([this.#remainder, chunk]);
    this.#remainder = undefined;
    this.#keepAlive?.heard();
    let at = 0;
    while (at < bytes.length && this.#isOpen()) {
      const decoded = decodeDevicePacket(bytes, at, this.context.limits.devicePacketBytes);
      if (decoded.state === 'packet') {
        at = decoded.end;
        this.#receive(decoded.packet);
      } else if (decoded.state === 'incomplete') {
        // A copy: a view would keep the whole chunk.
        this.#remainder = Buffer.from(bytes.subarray(at));
        break;
      } else {
        this.#violated(decoded);
      }
    }
    this.#pauseOrResume();
  }

  onDrain(): void {
    if (this.#state !== 'open') return;
    this.#pauseOrResume();
    this.#unblock();
  }

  onClose(): void {
    this.#end('lost');
  }

  /** As if the network had failed [MQTT-3.1.2-24]. */
  #cut(): void {
    this.#end('lost');
    this.#stream.destroy();
  }

  #receive(packet: DevicePacket): void {
    const link = this.#link;
    if (link === undefined) return;
    switch (packet.type) {
      case 'publish':
        if (packet.packetId === 0) link.receive(packet.frame, nothing);
        else this.#receiveAcknowledged(link, packet.packetId, packet.frame);
        return;
      case 'puback':
        this.#acknowledged(link, packet.packetId);
        return;
      case 'subscribe':
        this.#subscribe(link, packet.packetId, packet.filters);
        return;
      case 'unsubscribe':
        if (packet.filters.includes(downFilter)) this.#delivery = 'none';
        // [MQTT-3.10.4-5]: also when no filter matched.
        this.#write(encodeUnsuback(packet.packetId));
        link.alive();
        return;
      case 'pingreq':
        this.#write(pingresp);
        link.alive();
        return;
      case 'disconnect':
        // [MQTT-3.14.4-1] asks the client to close; the server does it in case it does not.
        this.#finish('goodbye');
        return;
    }
  }

  /** PUBACKs leave in the order in which their frames came [MQTT-4.6.0-2]. */
  #receiveAcknowledged(link: DeviceLink, packetId: number, frame: Uint8Array): void {
    const entry: Unanswered = { packetId, answered: false };
    (this.#unanswered ??= []).push(entry);
    const taken = link.receive(frame, () => {
      entry.answered = true;
      this.#answer();
    });
    if (taken) return;
    const index = this.#unanswered.indexOf(entry);
    if (index >= 0) this.#unanswered.splice(index, 1);
    this.#answer();
  }

  #answer(): void {
    const waiting = this.#unanswered;
    if (waiting === undefined || this.#state !== 'open') return;
    let ready = 0;
    for (; waiting[ready]?.answered === true; ready += 1) this.#write(encodePuback(waiting[ready]?.packetId ?? 0));
    waiting.splice(0, ready);
    if (waiting.length === 0) this.#unanswered = undefined;
    if (this.#paused) this.#pauseOrResume();
  }

  #acknowledged(link: DeviceLink, packetId: number): void {
    const ids = this.#inFlight?.get(packetId);
    if (ids === undefined) {
      link.alive();
      return;
    }
    this.#inFlight?.delete(packetId);
    if (this.#inFlight?.size === 0) this.#inFlight = undefined;
    link.delivered(ids);
    this.#unblock();
  }

  #subscribe(link: DeviceLink, packetId: number, filters: readonly RequestedFilter[]): void {
    const codes = filters.map(({ filter, qos }) => {
      // [MQTT-3.8.4-5]: each filter is answered on its own; a device has one topic to hear.
      if (filter !== downFilter) return refusedFilter;
      this.#delivery = qos === 0 ? 'qos0' : 'qos1';
      return Math.min(qos, 1);
    });
    this.#write(encodeSuback(packetId, codes));
    if (filters.some(({ filter }) => filter === downFilter)) link.subscribed();
    else link.alive();
  }

  /** A packet identifier that is not in use [MQTT-2.3.1-2]; undefined when the client leaves twice the window unacknowledged. */
  #track(carries: readonly NotificationId[]): number | undefined {
    const inFlight = (this.#inFlight ??= new Map());
    if (inFlight.size >= 2 * this.context.limits.inFlight) return undefined;
    do this.#lastPacketId = this.#lastPacketId === largestPacketId ? 1 : this.#lastPacketId + 1;
    while (inFlight.has(this.#lastPacketId));
    inFlight.set(this.#lastPacketId, carries);
    return this.#lastPacketId;
  }

  #isFull(): boolean {
    const { limits } = this.context;
    return this.#stream.writableLength > limits.sendBufferBytes || (this.#inFlight?.size ?? 0) >= limits.inFlight;
  }

  #unblock(): void {
    if (!this.#blocked || this.#isFull()) return;
    this.#blocked = false;
    this.#link?.writable();
  }

  /** A client that does not read its answers, or floods, is read no further until they are gone. */
  #pauseOrResume(): void {
    if (!this.#isOpen()) return;
    const { sendBufferBytes, deviceFramesUnanswered } = this.context.limits;
    const full =
      this.#stream.writableLength > sendBufferBytes || (this.#unanswered?.length ?? 0) >= deviceFramesUnanswered;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) this.#stream.pause();
    else this.#stream.resume();
  }

  /** The only way for a server to answer a violation is to close [MQTT-4.8.0-1]. */
  #violated(violation: Violation): void {
    const { clause, message } = violation;
    this.context.metrics.count('device_packets_refused_total', 1, clause);
    this.context.log.debug({ address: this.address, clause }, `link closed: ${message}`);
    this.#finish('lost');
  }

  #write(packet: Uint8Array): void {
    this.context.writer.write(this.#stream, packet);
  }

  /** Ends it for the gateway at once, and for the client when what was written has left. */
  #finish(how: 'goodbye' | 'lost'): void {
    if (this.#state === 'over') return;
    this.#end(how);
    closeGracefully(this.context, this.#stream);
  }

  #end(how: 'goodbye' | 'lost'): void {
    if (this.#state === 'over') return;
    const link = this.#link;
    this.#state = 'over';
    this.#link = undefined;
    this.#remainder = undefined;
    this.#unanswered = undefined;
    this.#inFlight = undefined;
    this.#held = undefined;
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    link?.closed(how);
  }

  #isOpen(): boolean {
    return this.#state === 'open' && !this.#closeAsked;
  }
}

function nothing(): void {
  // A QoS 0 frame is not acknowledged.
}
