// One MQTT 3.1.1 connection: made, used and thrown away with its store. Whether and when there is another,
// and what is sent again on it, is for the device agent to say.

import mqtt from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';

import { varintBytes } from '../core/frame-size.js';
import type { ConnectionEnd } from '../core/heartbeat/controller.js';
import { limits } from '../core/limits.js';
import type { Timer } from './clock.js';
import type { GatewayUrl } from './gateway-url.js';

export type ConnectFailure = 'refused' | 'unavailable' | 'failed';

export interface MqttLinkEvents {
  connected(): void;
  /** Final, as `disconnected` is: nothing follows. */
  connectFailed(failure: ConnectFailure, cause: Error): void;
  disconnected(end: ConnectionEnd): void;
  /** A PUBLISH on topic `d`; `bytes` is the whole MQTT packet. */
  frame(payload: Uint8Array, bytes: number): void;
  /** The PUBACK of what `send` was given `token` for. */
  answered(token: number, bytes: number): void;
}

export interface MqttLinkOptions {
  readonly url: GatewayUrl;
  readonly id: string;
  readonly token: string;
  /** Certificates in PEM that are trusted instead of the system's; not in browsers, which know only their own. */
  readonly ca?: string | readonly string[];
  /** From the attempt to the CONNACK; `limits.connectAttemptMs` if absent. */
  readonly connectMs?: number;
  readonly timer: Timer;
  readonly events: MqttLinkEvents;
}

const upTopic = 'u';
const downTopic = 'd';
/** A PUBACK: type, length, packet id. (MQTT 3.1.1 §3.4) */
const pubackBytes = 4;
/** How long a goodbye may take to leave. */
const goodbyeMs = 2_000;
/** What goes over the link is too short to be worth a compressor. */
const wsOptions = { maxPayload: limits.deviceReadBytes, perMessageDeflate: false };

export class MqttLink {
  readonly #events: MqttLinkEvents;
  readonly #timer: Timer;
  readonly #webSocket: boolean;
  readonly #unanswered = new Set<number>();
  #client: MqttClient | undefined;
  #connected = false;
  #over = false;
  #closeCode: number | undefined;
  /** Bytes read since the last whole packet. */
  #unparsedBytes = 0;

  constructor(options: MqttLinkOptions) {
    this.#events = options.events;
    this.#timer = options.timer;
    this.#webSocket = options.url.protocol === 'ws' || options.url.protocol === 'wss';
    try {
      this.#client = this.#open(options);
    } catch (error) {
      // A browser throws here when a page from https asks for ws.
      queueMicrotask(() => this.#fail('failed', asError(error)));
    }
  }

  /** Sends a frame; with QoS 1 if there is a `token`: its PUBACK says that the gateway has dealt with it. */
  send(payload: Uint8Array, token: number | undefined): void {
    const client = this.#client;
    if (client === undefined || !this.#connected || this.#over) return;
    if (token === undefined) {
      client.publish(upTopic, payload as Buffer, { qos: 0 });
      return;
    }
    client.publish(upTopic, payload as Buffer, { qos: 1 }, (error, packet) => {
      if (error || this.#over) return;
      if (packet?.messageId !== undefined) this.#unanswered.delete(packet.messageId);
      this.#events.answered(token, pubackBytes);
    });
    this.#unanswered.add(client.getLastMessageId());
  }

  /**
   * Ends it without any further event; with `goodbye` by a DISCONNECT after what was sent.
   * Resolves when the socket is gone, in bounded time.
   */
  async close(goodbye: boolean): Promise<void> {
    const client = this.#client;
    if (this.#over || client === undefined) return;
    this.#over = true;
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    if (goodbye && this.#connected) {
      // mqtt.js holds its DISCONNECT back until each PUBLISH is answered, which may be never.
      for (const id of this.#unanswered) client.removeOutgoingMessage(id);
      client.end(false);
    } else {
      client.end(true);
    }
    const cancel = this.#timer.set(goodbyeMs, () => client.stream.destroy());
    await closed;
    cancel();
  }

  #open(options: MqttLinkOptions): MqttClient {
    const client = mqtt.connect(this.#clientOptions(options));
    client.on('connect', () => {
      if (this.#over) return;
      this.#connected = true;
      this.#events.connected();
    });
    client.on('message', (topic, payload, packet) => {
      if (this.#over || topic !== downTopic) return;
      this.#events.frame(payload, packetBytes(packet.length ?? payload.length));
    });
    client.on('error', (error) => {
      if (this.#connected) this.#lost('reset');
      else this.#fail(connectFailure(error), error);
    });
    client.on('close', () => {
      if (!this.#connected) this.#fail('failed', new Error('the connection was closed before the gateway answered'));
      else this.#lost(this.#endOfClose());
    });
    this.#boundReading(client);
    sendAtOnce(client.stream);
    return client;
  }

  #clientOptions({ url, id, token, ca, connectMs = limits.connectAttemptMs }: MqttLinkOptions): IClientOptions {
    const host = this.#webSocket ? url.host : url.host.replace(/^\[|\]$/g, '');
    return {
      protocol: url.protocol, protocolVersion: 4, host, hostname: host, port: url.port, path: url.path,
      clientId: id, username: id, password: token,
      // Heartbeats take the place of PINGREQ, and the agent that of reconnecting.
      clean: true, keepalive: 0, reconnectPeriod: 0, resubscribe: false,
      connectTimeout: connectMs,
      rejectUnauthorized: true,
      ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
      // With DEBUG in the environment mqtt.js would print the token.
      log: () => undefined,
      ...(inNode() ? { wsOptions } : { createWebsocket: (address, protocols) => this.#openWebSocket(address, protocols) }),
    };
  }

  /** A browser's WebSocket, whose close code mqtt.js does not hand on. */
  #openWebSocket(address: string, protocols: string[]): WebSocket {
    const socket = new WebSocket(address, protocols);
    socket.addEventListener('close', (event) => {
      this.#closeCode = event.code;
    });
    return socket;
  }

  /** The parser of mqtt.js collects a packet of any length that a server claims. */
  #boundReading(client: MqttClient): void {
    client.on('packetreceive', () => {
      this.#unparsedBytes = 0;
    });
    client.stream.on('data', (chunk: Uint8Array) => {
      this.#unparsedBytes += chunk.length;
      if (this.#unparsedBytes > limits.deviceReadBytes) client.stream.destroy();
    });
  }

  /** Over a WebSocket a middlebox that gives up shows as 1006; a gateway that leaves closes it properly. */
  #endOfClose(): ConnectionEnd {
    if (!this.#webSocket) return 'closed-by-gateway';
    return this.#closeCode === undefined || this.#closeCode === 1006 ? 'reset' : 'closed-by-gateway';
  }

  #fail(failure: ConnectFailure, cause: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#client?.end(true);
    this.#events.connectFailed(failure, cause);
  }

  #lost(end: ConnectionEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#client?.end(true);
    this.#events.disconnected(end);
  }
}

/**
 * Without it TCP holds a frame back behind one that nothing answers, until the other end acknowledges that (Nagle's algorithm, RFC 9293
 * §3.7.4): some tens of milliseconds. A WebSocket sees to that itself.
 */
function sendAtOnce(stream: object & { readonly setNoDelay?: (noDelay: boolean) => unknown }): void {
  stream.setNoDelay?.(true);
}

/** 2 identifier rejected, 4 bad user name or password, 5 not authorized; 3 server unavailable. (MQTT 3.1.1 §3.2.2.3) */
function connectFailure(error: Error & { readonly code?: unknown }): ConnectFailure {
  if (error.code === 2 || error.code === 4 || error.code === 5) return 'refused';
  return error.code === 3 ? 'unavailable' : 'failed';
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Remaining length with its fixed header. (MQTT 3.1.1 §2.2) */
function packetBytes(remainingLength: number): number {
  return 1 + varintBytes(remainingLength) + remainingLength;
}

/** Whether there are sockets other than WebSocket; what imitates `process` in a browser has no Node version. */
export function inNode(): boolean {
  const { process } = globalThis as { process?: { readonly versions?: { readonly node?: string } } };
  return process?.versions?.node !== undefined;
}
