import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { createWebSocketStream } from 'ws';
import type { WebSocket } from 'ws';

import { limits as coreLimits } from '../core/limits.js';
import type { Gateway } from '../gateway/doors.js';
import type { Deadlines } from '../gateway/timer-wheel.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import { AppAccounts } from './app-account.js';
import { createAppBroker } from './app-broker.js';
import { frontLimits } from './context.js';
import type { FrontContext, FrontLimits } from './context.js';
import { endpointOf } from './endpoint.js';
import { LinkWriter } from './link-writer.js';
import { Opening } from './opening.js';
import { ProxyOpening } from './proxy-opening.js';

export interface MqttFrontOptions {
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The gateway's wheel. Once it has stopped turning, `stop` ends what is left by its own time. */
  readonly deadlines: Deadlines;
  /** What differs from `core/limits`. */
  readonly limits?: Partial<FrontLimits>;
  /** Every TCP and TLS connection comes from a load balancer and starts with a PROXY protocol header. Off if absent. */
  readonly proxyProtocol?: boolean;
}

export interface ListenAt {
  /** 0 picks one. */
  readonly port: number;
  readonly host?: string;
}

/** PEM. */
export interface Certificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** The MQTT front: one port for devices and app servers, over TCP, TLS and WebSocket. */
export interface MqttFront {
  /** Resolves with the real port when connections are accepted; rejects when the address cannot be had. */
  listenTcp(at: ListenAt): Promise<{ readonly port: number }>;
  listenTls(at: ListenAt & Certificate): Promise<{ readonly port: number }>;
  /** From here on new TLS connections get this certificate; throws, and changes nothing, when it is none. */
  reloadTls(certificate: Certificate): void;
  /** An upgraded WebSocket of subprotocol `mqtt`; `address` is its client's, for logs. */
  acceptWebSocket(socket: WebSocket, address: string): void;
  /** Open connections of all kinds, those that have not sent their CONNECT included. */
  readonly connections: number;
  /** Accepts no connection and no CONNECT (code 3) any more; what is connected stays. */
  stopAccepting(): void;
  /** Ends every connection, in an orderly way for at most `withinMs`, and resolves when all are gone. */
  stop(options?: { readonly withinMs?: number }): Promise<void>;
}

/** Connections that the kernel completes for us while a crowd comes back; it caps this by its own setting. */
const backlog = 4_096;

export async function createMqttFront(options: MqttFrontOptions): Promise<MqttFront> {
  const { gateway, clock, deadlines, log, metrics } = options;
  const limits = frontLimits(options.limits);
  const accounts = new AppAccounts({
    clock,
    publishesPerSecond: limits.appPublishesPerSecond,
    burst: limits.appPublishBurst,
  });
  const context: FrontContext = {
    gateway,
    clock,
    deadlines,
    log,
    metrics,
    limits,
    writer: new LinkWriter((flush) => process.nextTick(flush)),
    welcomeWriter: new LinkWriter((flush) => setImmediate(flush)),
    broker: await createAppBroker({ accounts, log }),
    connections: new Set<Duplex>(),
    stopping: false,
  };
  return new Front(context, options.proxyProtocol ?? false);
}

class Front implements MqttFront {
  readonly #context: FrontContext;
  readonly #proxyProtocol: boolean;
  readonly #servers = new Set<Server>();
  /** Kept over a change of certificate, so that sessions are still resumed. */
  readonly #ticketKeys = randomBytes(48);
  #secureContext: SecureContext | undefined;

  constructor(context: FrontContext, proxyProtocol: boolean) {
    this.#context = context;
    this.#proxyProtocol = proxyProtocol;
  }

  get connections(): number {
    return this.#context.connections.size;
  }

  listenTcp(at: ListenAt): Promise<{ readonly port: number }> {
    return this.#listen(at, (socket, address) => {
      this.#open(socket, address);
      // Behind a PROXY header it was paused with the rest unread.
      if (this.#proxyProtocol) socket.resume();
    });
  }

  listenTls(at: ListenAt & Certificate): Promise<{ readonly port: number }> {
    this.reloadTls(at);
    return this.#listen(at, (socket, address) => this.#openTls(socket, address));
  }

  reloadTls(certificate: Certificate): void {
    this.#secureContext = createSecureContext({
      cert: certificate.cert,
      key: certificate.key,
      ticketKeys: this.#ticketKeys,
      sessionIdContext: 'lowbeat',
    });
  }

  acceptWebSocket(socket: WebSocket, address: string): void {
    // Whatever is wrong with it ends its stream, which is what counts.
    socket.on('error', ignore);
    if (this.#isFull()) {
      socket.terminate();
      return;
    }
    const stream = createWebSocketStream(socket);
    // [MQTT-6.0.0-1]: MQTT is binary; in front of the stream's own listener, which takes text as well.
    socket.prependListener('message', (_data, isBinary) => {
      if (!isBinary) stream.destroy();
    });
    // The stream of a WebSocket does not destroy itself when its peer has gone.
    stream.on('end', () => stream.destroy());
    this.#open(stream, address);
  }

  stopAccepting(): void {
    this.#context.stopping = true;
    for (const server of this.#servers) server.close();
  }

  async stop(options: { readonly withinMs?: number } = {}): Promise<void> {
    const { connections, broker } = this.#context;
    this.stopAccepting();
    for (const stream of [...connections]) endpointOf(stream)?.close();
    const timer = setTimeout(() => {
      for (const stream of [...connections]) stream.destroy();
    }, options.withinMs ?? coreLimits.closeMs);
    await Promise.all([...this.#servers].map(closed));
    while (connections.size > 0) {
      const [stream] = connections;
      if (stream !== undefined) await new Promise((resolve) => stream.once('close', resolve));
    }
    clearTimeout(timer);
    await broker.close();
  }

  async #listen(
    at: ListenAt,
    accept: (socket: Socket, address: string | undefined) => void,
  ): Promise<{ readonly port: number }> {
    // TCP's own keep-alive stays off: its probes would wake a phone's radio for nothing, since leases tell who is gone.
    const server = createServer({ noDelay: true }, (socket) => {
      if (this.#isFull()) socket.destroy();
      else if (this.#proxyProtocol) new ProxyOpening({ context: this.#context, socket, next: accept });
      else accept(socket, undefined);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: at.port, host: at.host, backlog }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#context.log.error({ err: error }, 'the MQTT listener failed'));
    this.#servers.add(server);
    return { port: (server.address() as AddressInfo).port };
  }

  #open(stream: Duplex, address: string | undefined): void {
    new Opening({ context: this.#context, stream, ...(address === undefined ? {} : { address }) });
  }

  #openTls(socket: Socket, address: string | undefined): void {
    // A handshake that fails is told on the TLS socket; the raw one may say the same again.
    socket.on('error', ignore);
    const secureContext = this.#secureContext;
    if (secureContext === undefined) throw new Error('listenTls sets the certificate first');
    this.#open(new TLSSocket(socket, { isServer: true, secureContext }), address);
  }

  #isFull(): boolean {
    const { connections, limits, metrics, stopping } = this.#context;
    if (!stopping && connections.size < limits.connections) return false;
    metrics.count('connections_refused_total', 1, stopping ? 'stopping' : 'too-many-connections');
    return true;
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}

function ignore(): void {
  // Listened to so that it is not thrown.
}
