// One device whose every byte is counted below TLS and WebSocket, where the network sees it.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

import { createWebSocketStream, WebSocket } from 'ws';

import { pause, until } from '../harness/processes.js';

export type Transport = 'TCP' | 'TLS' | 'WebSocket';

export interface Wire {
  /** Payload of TCP from the device. */
  readonly up: number;
  readonly down: number;
  /** With the headers of TCP and IP, and the packets that only acknowledge; both ways. */
  readonly tcpIp: number;
  readonly packets: number;
}

/** Longer than TCP delays an acknowledgement on Linux (40 ms): what an event costs is over. */
const quietMs = 70;
/** The loopback device counts packets with the header of an Ethernet frame. */
const etherBytes = 14;
const answerMs = 20_000;

export class WireClient {
  #raw: Socket | undefined;
  #stream: Duplex | undefined;
  #chunks: Buffer[] = [];

  /** What came since the last call. */
  taken(): Buffer {
    return Buffer.concat(this.#chunks.splice(0));
  }

  /** Opens the connection; what that costs. */
  async open(transport: Transport, port: number): Promise<Wire> {
    return this.#moving(async () => {
      const raw = connect({ host: '127.0.0.1', port, noDelay: true });
      this.#raw = raw;
      this.#stream = await layered(raw, transport, port);
      this.#stream.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    });
  }

  send(bytes: Uint8Array): void {
    this.#stream?.write(bytes);
  }

  /** What moves on the wire from `act` on until something came down and it is quiet. */
  cost(act: () => void | Promise<void>): Promise<Wire> {
    const down = this.#raw?.bytesRead ?? 0;
    return this.#moving(async () => {
      await act();
      await until('an answer', () => (this.#raw?.bytesRead ?? 0) > down, answerMs, 1);
    });
  }

  /** The same for what nothing answers: until it is quiet. */
  costUnanswered(bytes: Uint8Array): Promise<Wire> {
    return this.#moving(() => {
      this.send(bytes);
      return Promise.resolve();
    });
  }

  close(): void {
    this.#raw?.destroy();
  }

  async #moving(act: () => Promise<void>): Promise<Wire> {
    const before = { ...loopback(), up: this.#raw?.bytesWritten ?? 0, down: this.#raw?.bytesRead ?? 0 };
    await act();
    let last = -1;
    for (let moved = this.#moved; moved !== last; moved = this.#moved) {
      last = moved;
      await pause(quietMs);
    }
    const after = loopback();
    const packets = after.packets - before.packets;
    return {
      up: (this.#raw?.bytesWritten ?? 0) - before.up,
      down: (this.#raw?.bytesRead ?? 0) - before.down,
      tcpIp: after.bytes - before.bytes - etherBytes * packets,
      packets,
    };
  }

  get #moved(): number {
    return (this.#raw?.bytesWritten ?? 0) + (this.#raw?.bytesRead ?? 0);
  }
}

function layered(raw: Socket, transport: Transport, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    raw.once('error', reject);
    switch (transport) {
      case 'TCP':
        raw.once('connect', () => resolve(raw));
        return;
      case 'TLS': {
        const secure = connectTls({ socket: raw, rejectUnauthorized: false, servername: 'localhost' }, () => resolve(secure));
        return;
      }
      case 'WebSocket': {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt', { createConnection: () => raw, perMessageDeflate: false });
        socket.once('open', () => resolve(createWebSocketStream(socket)));
        socket.once('error', reject);
        return;
      }
    }
  });
}

/** Packets and bytes that the loopback device sent so far. */
function loopback(): { readonly packets: number; readonly bytes: number } {
  const line = /^\s*lo:(.*)$/m.exec(readFileSync('/proc/net/dev', 'utf8'))?.[1] ?? '';
  const fields = line.trim().split(/\s+/).map(Number);
  return { bytes: fields[8] ?? 0, packets: fields[9] ?? 0 };
}
