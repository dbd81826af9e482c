// One connection of a load process: a raw socket and as little above it as MQTT needs, so that it is not the load that is measured.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { generate } from 'mqtt-packet';

import { packetTypes, readFixedHeader } from '../../src/mqtt/fixed-header.js';

export interface Target {
  readonly port: number;
  readonly tls: boolean;
  readonly localAddress: string;
}

/** Connections of one address: far below the 28,000 ports that it has, since each keeps its port for a minute after it was closed. */
const connectionsPerAddress = 500;

/** Where connection number `index` of this process comes from: one of 127.0.0.0/8, all of which are this machine. */
export function sourceAddress(index: number): string {
  const address = Math.floor(index / connectionsPerAddress);
  return `127.${2 + (process.pid % 250)}.${Math.floor(address / 250) % 250}.${1 + (address % 250)}`;
}

export interface Login {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

export type OnPacket = (type: number, flags: number, body: Buffer) => void;

/** What a TLS server gave to come back with; shared by all connections of a process, as devices keep theirs over restarts. */
let session: Buffer | undefined;
/** Made once: with its list of authorities it costs more than a handshake. */
let context: SecureContext | undefined;
/** How many of this process's TLS connections went without a full handshake. */
export const resumption = { resumed: 0, full: 0 };

/** What any connection without TLS just received: a buffer for each read would be a good part of what a connect costs. */
const received = Buffer.allocUnsafeSlow(65_536);

export class MqttSocket {
  onPacket: OnPacket = () => undefined;
  onClose: () => void = () => undefined;
  readonly #target: Target;
  #socket: Socket | undefined;
  #rest: Buffer | undefined;
  #linked: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Resolves when bytes can be sent: after the handshake of TCP, and of TLS where there is one. */
  open(): Promise<void> {
    const { port, tls, localAddress } = this.#target;
    return new Promise((resolve, reject) => {
      const at = { host: '127.0.0.1', port, noDelay: true, localAddress };
      const socket = tls
        ? connectTls({ ...at, rejectUnauthorized: false, secureContext: (context ??= createSecureContext()), ...(session !== undefined && { session }) })
        : connect({ ...at, onread: { buffer: received, callback: (length) => this.#onread(length) } });
      this.#socket = socket;
      if (tls) {
        socket.on('data', (chunk: Buffer) => this.#read(chunk));
        socket.once('session', (ticket: Buffer) => (session ??= ticket));
        socket.once('secureConnect', () => {
          if (socket instanceof TLSSocket && socket.isSessionReused()) resumption.resumed += 1;
          else resumption.full += 1;
          resolve();
        });
      } else {
        socket.once('connect', resolve);
        // Its end has to be read, too.
        socket.resume();
      }
      socket.on('error', reject);
      socket.on('close', () => {
        this.#socket = undefined;
        reject(new Error('closed before it was open'));
        this.#linked?.reject(new Error('closed before CONNACK'));
        this.onClose();
      });
    });
  }

  /** Resolves with CONNACK 0. */
  link(connectPacket: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket === undefined) {
        reject(new Error('closed before CONNECT'));
        return;
      }
      this.#linked = { resolve, reject };
      this.send(connectPacket);
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket?.write(bytes);
  }

  /** So that what is sent in one turn leaves in one write. */
  cork(): void {
    this.#socket?.cork();
    process.nextTick(() => this.#socket?.uncork());
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  #onread(length: number): boolean {
    this.#read(received.subarray(0, length));
    return true;
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    while (at < bytes.length) {
      const header = readFixedHeader(bytes, at);
      if (header === 'malformed') throw new Error('the subject sent a malformed packet');
      if (header === 'incomplete' || header.end > bytes.length) {
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
      const body = bytes.subarray(header.bodyStart, header.end);
      at = header.end;
      if (header.type === packetTypes.connack) this.#onConnack(body[1] ?? -1);
      else this.onPacket(header.type, header.flags, body);
    }
  }

  #onConnack(code: number): void {
    if (code === 0) this.#linked?.resolve();
    else this.#linked?.reject(new Error(`CONNACK ${code}`));
    this.#linked = undefined;
  }
}

export function connectPacket({ clientId, username, password }: Login): Uint8Array {
  return generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId, keepalive: 0, username, password: Buffer.from(password) });
}

export function subscribePacket(topic: string, qos: 0 | 1, messageId = 1): Uint8Array {
  return generate({ cmd: 'subscribe', messageId, subscriptions: [{ topic, qos }] });
}

/** What stands in a PUBLISH behind its topic, and the packet's id; 0 for QoS 0. */
export function readPublish(flags: number, body: Buffer): { readonly topicEnd: number; readonly packetId: number; readonly payload: Buffer } {
  const topicEnd = 2 + body.readUInt16BE(0);
  if ((flags & 6) === 0) return { topicEnd, packetId: 0, payload: body.subarray(topicEnd) };
  return { topicEnd, packetId: body.readUInt16BE(topicEnd), payload: body.subarray(topicEnd + 2) };
}
