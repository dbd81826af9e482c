// A gateway that does what a test tells it to: real sockets, real MQTT, real frames, and no will of its own.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';

import mqttPacket from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { createWebSocketStream, WebSocketServer } from 'ws';

import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import { decodeUpFrame, encodeDownFrame } from '../../src/wire/link-codec.js';

export interface ScriptedGatewayOptions {
  /** Listens with TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Speaks WebSocket on `/mqtt` instead of plain TCP. */
  readonly webSocket?: boolean;
}

/** What happened on a connection, in order. */
export type GatewayEvent =
  | { readonly type: 'frame'; readonly frame: UpFrame; readonly packetId: number }
  | { readonly type: 'goodbye' }
  | { readonly type: 'closed' };

export class ScriptedGateway {
  readonly #server: Server;
  readonly #arrivals = new Arrivals<ScriptedConnection>();
  readonly #sockets = new Set<Duplex>();
  /** The CONNACK return code of the connections to come. */
  returnCode = 0;
  /** Whether frames are answered by themselves. */
  answering = true;
  /** Whether registrations are confirmed by themselves: aliases by the order of names. */
  confirming = true;
  readonly aliases = new Map<string, number>();
  /** By app, where it is not `sub_<app>`. */
  readonly subscriptions = new Map<string, string>();
  /** Where endpoints are. */
  origin = 'https://gateway.example';

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(options: ScriptedGatewayOptions = {}): Promise<ScriptedGateway> {
    const { tls, webSocket = false } = options;
    // Two small packets in a row would wait 40 ms for an acknowledgement of TCP's that has no hurry.
    const noDelay = { noDelay: true };
    const server = webSocket ? createServer(noDelay) : tls === undefined ? createTcpServer(noDelay) : createTlsServer({ ...noDelay, ...tls });
    const gateway = new ScriptedGateway(server);
    if (webSocket) {
      const sockets = new WebSocketServer({ server: server as ReturnType<typeof createServer>, path: '/mqtt', handleProtocols: () => 'mqtt' });
      sockets.on('connection', (socket) => gateway.#accept(createWebSocketStream(socket)));
    } else {
      server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Duplex) => gateway.#accept(socket));
    }
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next connection that was accepted with a CONNACK. */
  connection(): Promise<ScriptedConnection> {
    return this.#arrivals.next();
  }

  /** Connections that no `connection()` has taken. */
  get arrived(): number {
    return this.#arrivals.waiting;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const connection = new ScriptedConnection(this, socket);
    const parser = mqttPacket.parser();
    socket.on('data', (chunk: Buffer) => parser.parse(chunk));
    socket.on('error', () => undefined);
    // The stream of a WebSocket does not end by itself when the other side has.
    socket.on('end', () => socket.end());
    socket.on('close', () => connection.happened({ type: 'closed' }));
    parser.on('packet', (packet) => {
      if (packet.cmd !== 'connect') { connection.receive(packet); return; }
      connection.connect = packet;
      socket.write(mqttPacket.generate({ cmd: 'connack', returnCode: this.returnCode, sessionPresent: false }));
      if (this.returnCode !== 0) socket.end();
      this.#arrivals.put(connection);
    });
  }
}

export class ScriptedConnection {
  readonly #gateway: ScriptedGateway;
  readonly #events = new Arrivals<GatewayEvent>();
  readonly socket: Duplex;
  connect: (Packet & { readonly cmd: 'connect' }) | undefined;

  constructor(gateway: ScriptedGateway, socket: Duplex) {
    this.#gateway = gateway;
    this.socket = socket;
  }

  /** The next event, whatever it is. */
  event(): Promise<GatewayEvent> {
    return this.#events.next();
  }

  /** The next frame; anything else before it is an error. */
  async frame(): Promise<UpFrame & { readonly packetId: number }> {
    const event = await this.event();
    if (event.type !== 'frame') throw new Error(`a frame was expected, not '${event.type}'`);
    return { ...event.frame, packetId: event.packetId };
  }

  /** Reads frames until one satisfies. */
  async frameWith(satisfies: (frame: UpFrame) => boolean): Promise<UpFrame & { readonly packetId: number }> {
    for (;;) {
      const frame = await this.frame();
      if (satisfies(frame)) return frame;
    }
  }

  /** How the connection ended, frames passed over. */
  async end(): Promise<'goodbye' | 'closed'> {
    for (;;) {
      const event = await this.event();
      if (event.type !== 'frame') return event.type;
    }
  }

  /** Events that nobody has taken. */
  get happenings(): number {
    return this.#events.waiting;
  }

  send(frame: DownFrame): void {
    this.sendBytes(encodeDownFrame(frame));
  }

  sendBytes(payload: Uint8Array, topic = 'd'): void {
    this.socket.write(mqttPacket.generate({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false }));
  }

  answer(packetId: number): void {
    this.socket.write(mqttPacket.generate({ cmd: 'puback', messageId: packetId }));
  }

  receive(packet: Packet): void {
    if (packet.cmd === 'disconnect') { this.happened({ type: 'goodbye' }); return; }
    if (packet.cmd !== 'publish' || packet.topic !== 'u' || packet.qos === 2) throw new Error(`a device does not send ${packet.cmd}`);
    const decoded = decodeUpFrame(packet.payload as Buffer);
    if (!decoded.ok) throw new Error(decoded.error.message);
    if (this.#gateway.confirming) this.#confirm(decoded.frame);
    if (packet.qos === 1 && this.#gateway.answering) this.answer(packet.messageId ?? 0);
    this.happened({ type: 'frame', frame: decoded.frame, packetId: packet.messageId ?? 0 });
  }

  happened(event: GatewayEvent): void {
    this.#events.put(event);
  }

  #confirm(frame: UpFrame): void {
    const { aliases, subscriptions, origin } = this.#gateway;
    const confirmations = (frame.registrations ?? []).map(({ request, app }) => {
      const alias = aliases.get(app) ?? aliases.size + 1;
      aliases.set(app, alias);
      return { request, alias, subscription: subscriptions.get(app) ?? `sub_${app}`, endpoint: `${origin}/push/${app}` };
    });
    if (confirmations.length > 0) this.send({ confirmations });
  }
}

/** What arrives waits for whoever asks, and whoever asks for what arrives. */
class Arrivals<Item> {
  readonly #items: Item[] = [];
  readonly #takers: ((item: Item) => void)[] = [];

  get waiting(): number {
    return this.#items.length;
  }

  put(item: Item): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  next(): Promise<Item> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => this.#takers.push(resolve));
  }
}
