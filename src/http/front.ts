// The listening sockets behind the routes: plain HTTP, HTTPS, and the upgrade to a WebSocket that carries MQTT.

import type { FastifyInstance } from 'fastify';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerOptions, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

import { limits } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import { clientAddress, trustedProxies } from './client-address.js';
import type { IsTrustedProxy } from './client-address.js';
import { ConnectionPlaces } from './connection-places.js';
import type { ConnectionLimits } from './connection-places.js';
import type { Problem } from './problem.js';
import { problemBody } from './problem.js';

/** Takes over a WebSocket with subprotocol `mqtt` that a client at `address` opened at `/mqtt`. */
export type MqttHandover = (socket: WebSocket, address: string) => void;

export interface HttpFrontOptions {
  readonly app: FastifyInstance;
  readonly onMqttSocket: MqttHandover;
  readonly log: Log;
  /** Reverse proxies that may say whom they ask for; absent: there is none. */
  readonly isTrustedProxy?: IsTrustedProxy;
  /** What differs from `core/limits`. */
  readonly limits?: Partial<ConnectionLimits>;
  /** What differs from the times below. */
  readonly times?: Partial<HttpTimes>;
}

/** Milliseconds, as `node:http` calls them. */
export type HttpTimes = Readonly<Record<
  'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout' | 'connectionsCheckingInterval', number
>>;

export interface HttpListenOptions {
  /** 0 picks one. */
  readonly port: number;
  readonly host?: string;
  /** PEM; makes it HTTPS. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

export interface HttpListener {
  /** The real one. */
  readonly port: number;
  /** For new connections; only for HTTPS. */
  useCertificate(tls: { readonly cert: string | Buffer; readonly key: string | Buffer }): void;
}

// A phone on a bad network needs a while for its headers; whoever is slower holds a socket for nothing.
const times: HttpTimes = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
};
const maxHeaderSize = 16_384;

type Server = HttpServer | HttpsServer;

export class HttpFront {
  readonly #app: FastifyInstance;
  readonly #onMqttSocket: MqttHandover;
  readonly #log: Log;
  readonly #isTrusted: IsTrustedProxy;
  readonly #connections: ConnectionPlaces;
  readonly #options: ServerOptions;
  readonly #servers: Server[] = [];
  /** Answers that are not over. */
  readonly #answers = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // An app server's packets are the larger ones that a client may send; the MQTT front bounds each kind by itself.
    maxPayload: Math.max(limits.appPacketBytes, limits.devicePacketBytes),
    // [MQTT-6.0.0-3], [MQTT-6.0.0-4]
    handleProtocols: () => 'mqtt',
  });

  constructor(options: HttpFrontOptions) {
    this.#app = options.app;
    this.#onMqttSocket = options.onMqttSocket;
    this.#log = options.log;
    this.#isTrusted = options.isTrustedProxy ?? trustedProxies([]);
    this.#connections = new ConnectionPlaces(this.#isTrusted, options.limits);
    this.#options = { ...times, ...options.times, maxHeaderSize };
  }

  /** Open ones that are no WebSockets. */
  get connections(): number {
    return this.#connections.taken;
  }

  /** May be called several times. Rejects when the port cannot be had. */
  async listen(options: HttpListenOptions): Promise<HttpListener> {
    const { tls } = options;
    const secure = tls === undefined ? undefined : createHttpsServer({ ...this.#options, ...tls });
    const server: Server = secure ?? createHttpServer(this.#options);
    server.on('connection', (socket: Socket) => this.#connections.admit(socket));
    server.on('request', (request, response) => this.#serve(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head));
    await listening(server, options);
    server.on('error', (error) => this.#log.error({ error }, 'an HTTP listener failed'));
    this.#servers.push(server);
    return {
      port: (server.address() as AddressInfo).port,
      useCertificate: (renewed) => secure?.setSecureContext({ cert: renewed.cert, key: renewed.key }),
    };
  }

  /** Takes no new connections; requests that run may end until `withinMs` have passed. WebSockets are the MQTT front's to close. */
  async close(withinMs: number): Promise<void> {
    // The routes first, so that they let go of the requests that they hold back (`preClose`).
    await Promise.all([this.#app.close(), ...this.#servers.splice(0).map((server) => closed(server, withinMs))]);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const others = this.#answers.get(socket) ?? this.#answersOn(socket);
    others.add(response);
    response.once('close', () => others.delete(response));
    this.#app.routing(request, response);
  }

  /**
   * Of several requests on one connection Node tells only the first when the connection is gone; what the others hold has to
   * be let go of, too.
   */
  #answersOn(socket: Socket): Set<ServerResponse> {
    const answers = new Set<ServerResponse>();
    this.#answers.set(socket, answers);
    socket.once('close', () => {
      // After Node has told the first.
      queueMicrotask(() => {
        for (const answer of answers) answer.emit('close');
      });
    });
    return answers;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until the WebSocket listens, nobody else does; an error that nobody hears would end the process.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', onError);
      if (socket instanceof Socket) this.#connections.release(socket);
      this.#onMqttSocket(webSocket, clientAddress(request, this.#isTrusted));
    });
  }
}

function refusalOf(request: IncomingMessage): Problem | undefined {
  const path = (request.url ?? '').split('?', 1)[0];
  if (path !== '/mqtt') {
    return { status: 404, code: 'not-found', detail: 'WebSockets are taken at /mqtt' };
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (offered.includes('mqtt')) return undefined;
  return { status: 400, code: 'bad-subprotocol', detail: 'offer the WebSocket subprotocol "mqtt" (MQTT 3.1.1, section 6)' };
}

function refuse(socket: Duplex, problem: Problem): void {
  const body = problemBody(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.status === 404 ? 'Not Found' : 'Bad Request'}\r\n` +
      'Content-Type: application/problem+json\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

async function listening(server: Server, options: HttpListenOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** In bounded time: an upgraded socket that its owner did not close no longer counts. */
async function closed(server: Server, withinMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
      resolve();
    }, withinMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
