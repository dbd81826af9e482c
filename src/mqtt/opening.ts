import type { Duplex } from 'node:stream';

import type { AppId, DeviceId } from '../core/ids.js';
import type { DeviceLink, Identity } from '../gateway/doors.js';
import { Timed } from '../gateway/timer-wheel.js';
import { followed, mended } from '../ports/soon.js';
import type { Soon } from '../ports/soon.js';
import { AppSession } from './app-session.js';
import { isAppPublishTopic } from './app-topics.js';
import { readConnect } from './connect-packet.js';
import type { ConnectRefusal, ConnectRequest } from './connect-packet.js';
import type { FrontContext } from './context.js';
import { MqttDeviceConnection } from './device-connection.js';
import { adopt, closeGracefully, handOver } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { encodeConnackRefused } from './packets.js';
import type { ReturnCode } from './packets.js';

export interface OpeningOptions {
  readonly context: FrontContext;
  readonly stream: Duplex;
  /** As told by a load balancer or the HTTP server; absent: the socket knows. */
  readonly address?: string;
}

/** Why a connection was refused: a fixed set, for counting. */
export type Refusal =
  | ConnectRefusal
  | 'too-many-connections'
  | 'proxy-header'
  | 'connect-timeout'
  | 'closed-early'
  | 'credentials'
  | 'will'
  | 'store-unavailable'
  | 'stopping';

/** From the accepted stream to CONNACK: reads the first packet, authenticates, and hands over to what serves the identity. */
export class Opening extends Timed implements Endpoint {
  readonly context: FrontContext;
  readonly #stream: Duplex;
  readonly #address: string | undefined;
  #bytes: Buffer | undefined;
  #state: 'reading' | 'admitting' | 'over' = 'reading';

  constructor(options: OpeningOptions) {
    super();
    this.context = options.context;
    this.#stream = options.stream;
    this.#address = options.address;
    adopt(this.#stream, this);
    this.context.deadlines.set(this, this.context.clock.nowMs() + this.context.limits.connectMs);
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'over') return;
    const bytes = this.#bytes === undefined ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#bytes = bytes;
    if (this.#state === 'admitting') {
      // What a client sends before its CONNACK (§3.1.4 allows it) waits here, and more of it in the socket. Few send any.
      this.#stream.pause();
      return;
    }
    const read = readConnect(bytes, this.context.limits.connectPacketBytes);
    switch (read.state) {
      case 'incomplete':
        return;
      case 'refused':
        this.#refuse(read.reason, read.message, read.returnCode);
        return;
      case 'connect':
        this.#state = 'admitting';
        this.#admit(read.connect, read.end);
        return;
    }
  }

  onDrain(): void {
    // Nothing was written yet.
  }

  onClose(): void {
    if (this.#state === 'reading') this.context.metrics.count('connections_refused_total', 1, 'closed-early');
    this.#leave();
  }

  override onDue(): void {
    if (this.#state === 'admitting') {
      this.#refuse('store-unavailable', 'authentication took too long', 'server-unavailable');
    } else {
      this.#refuse('connect-timeout', 'no complete CONNECT in time [MQTT-3.1.0-1]');
    }
  }

  close(): void {
    if (this.#state !== 'over') this.#refuse('stopping', 'the gateway stops', 'server-unavailable');
  }

  #admit(connect: ConnectRequest, end: number): void {
    const { username, password } = connect;
    if (username === undefined || password === undefined) {
      this.#refuse('credentials', 'user name and password are needed', 'bad-user-name-or-password');
      return;
    }
    const { gateway, log } = this.context;
    const served = followed(gateway.authenticate(username, password), (identity) => this.#serve(identity, connect, end));
    void mended(served, (error) => {
      // Whoever cannot tell must not say "not authorized": a device would never come back.
      log.warn({ err: error }, 'a client could not be authenticated');
      if (!this.#isOver()) this.#refuse('store-unavailable', 'the store cannot tell', 'server-unavailable');
    });
  }

  #serve(identity: Identity | undefined, connect: ConnectRequest, end: number): Soon<void> {
    if (this.#isOver()) return undefined;
    if (this.context.stopping) this.close();
    else if (identity === undefined) this.#refuse('credentials', 'wrong user name or password', 'not-authorized');
    else if (identity.kind === 'device') return this.#serveDevice(identity.device, connect, end);
    else this.#serveApp(identity.app, connect, end);
    return undefined;
  }

  #serveDevice(device: DeviceId, connect: ConnectRequest, end: number): Soon<void> {
    // An empty client id has the server choose [MQTT-3.1.3-6]: it chooses the device id.
    if (connect.clientId !== '' && connect.clientId !== device) {
      this.#refuse('client-id', "a device's client id is its device id, or empty", 'identifier-rejected');
      return undefined;
    }
    // A will that is accepted must be published [MQTT-3.1.2-8]; what a device would say with one, its lease says.
    if (connect.will !== undefined) {
      this.#refuse('will', 'a device has no will: its lease tells that it is gone', 'not-authorized');
      return undefined;
    }
    const connection = new MqttDeviceConnection({
      context: this.context,
      stream: this.#stream,
      address: this.#address,
    });
    const attached = this.context.gateway.attachDevice(device, connection);
    return followed(attached, (link) => this.#hand(connection, link, connect, end));
  }

  #hand(connection: MqttDeviceConnection, link: DeviceLink | undefined, connect: ConnectRequest, end: number): void {
    if (this.#isOver()) {
      link?.closed('lost');
      return;
    }
    if (link === undefined) {
      this.close();
      return;
    }
    const unread = this.#leave().subarray(end);
    this.context.metrics.count('connections_accepted_total', 1, 'device');
    handOver(this.#stream, connection);
    // With the next turn; the connection may pause it again.
    if (this.#stream.isPaused()) this.#stream.resume();
    connection.open(link, connect.keepAliveSeconds, unread);
  }

  #serveApp(app: AppId, connect: ConnectRequest, end: number): void {
    if (connect.will !== undefined && !isAppPublishTopic(connect.will.topic)) {
      this.#refuse('will', 'the topic of a will must be one that the app may publish to', 'not-authorized');
      return;
    }
    this.#stream.pause();
    const bytes = this.#bytes ?? Buffer.alloc(0);
    const session = new AppSession({
      context: this.context,
      transport: this.#stream,
      address: this.#address,
      app,
      clientId: connect.clientId,
      connectBytes: bytes.subarray(0, end),
      unread: bytes.subarray(end),
    });
    if (!session.open()) {
      this.close();
      return;
    }
    this.#leave();
    this.context.metrics.count('connections_accepted_total', 1, 'app');
  }

  #refuse(reason: Refusal, message: string, returnCode?: ReturnCode): void {
    this.#leave();
    this.context.metrics.count('connections_refused_total', 1, reason);
    this.context.log.debug({ reason }, `connection refused: ${message}`);
    // [MQTT-3.2.2-5]: after a CONNACK with another code than 0 the server closes.
    closeGracefully(this.context, this.#stream, returnCode === undefined ? undefined : encodeConnackRefused(returnCode));
  }

  /** Done here; returns the bytes read so far. */
  #leave(): Buffer {
    const bytes = this.#bytes ?? Buffer.alloc(0);
    this.#state = 'over';
    this.#bytes = undefined;
    this.context.deadlines.clear(this);
    return bytes;
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }
}
