import { once } from 'node:events';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

import mqttPacket from 'mqtt-packet';
import type { IConnectPacket, Packet } from 'mqtt-packet';

/** A client that sends the bytes it is told to, and reads packets with a parser that is not ours. */
export class RawClient {
  readonly stream: Duplex;
  readonly #parser = mqttPacket.parser();
  readonly #packets: Packet[] = [];
  readonly #waiting: ((packet: Packet | undefined) => void)[] = [];
  readonly received: Buffer[] = [];
  #closed = false;
  readonly closed: Promise<void>;

  constructor(stream: Duplex) {
    this.stream = stream;
    this.#parser.on('packet', (packet: Packet) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#packets.push(packet);
      else waiting(packet);
    });
    this.#parser.on('error', (error: unknown) => {
      throw error instanceof Error ? error : new Error(String(error));
    });
    stream.on('data', (chunk: Buffer) => {
      this.received.push(chunk);
      this.#parser.parse(chunk);
    });
    // A reset is one of the ways in which a test's connection ends.
    stream.on('error', () => undefined);
    this.closed = once(stream, 'close').then(() => {
      this.#closed = true;
      for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(...parts: (Uint8Array | readonly number[] | Packet)[]): void {
    this.stream.write(Buffer.concat(parts.map(toBytes)));
  }

  /** The next packet; undefined when the connection ended first. */
  next(): Promise<Packet | undefined> {
    const packet = this.#packets.shift();
    if (packet !== undefined || this.#closed) return Promise.resolve(packet);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** CONNECT and its CONNACK's return code; -1 when the connection ended without one. */
  async hello(fields: Partial<IConnectPacket>): Promise<number> {
    this.send(connectPacket(fields));
    const packet = await this.next();
    return packet?.cmd === 'connack' ? (packet.returnCode ?? -2) : -1;
  }

  /** A PINGREQ and its answer: what was sent before has been read by then. */
  async ping(): Promise<void> {
    this.send([0xc0, 0]);
    const packet = await this.next();
    if (packet?.cmd !== 'pingresp') throw new Error(`PINGRESP was due, ${packet?.cmd ?? 'the end'} came`);
  }

  destroy(): void {
    this.stream.destroy();
  }
}

export function connectPacket(fields: Partial<IConnectPacket>): Buffer {
  return mqttPacket.generate({
    cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: '', keepalive: 0, ...fields,
  });
}

function toBytes(part: Uint8Array | readonly number[] | Packet): Uint8Array {
  if (part instanceof Uint8Array) return part;
  return 'cmd' in part ? mqttPacket.generate(part) : Uint8Array.from(part);
}
