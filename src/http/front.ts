// The listening sockets behind the routes: plain HTTP, HTTPS, and the upgrade to a WebSocket that carries MQTT.

import type { FastifyInstance } from 'fastify';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

import { limits } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import type { Problem } from './problem.js';
import { problemBody } from './problem.js';

/** Takes over a WebSocket with subprotocol `mqtt` that a client opened at `/mqtt`. */
export type MqttHandover = (socket: WebSocket, request: IncomingMessage) => void;

export interface HttpFrontOptions {
  readonly app: FastifyInstance;
  readonly onMqttSocket: MqttHandover;
  readonly log: Log;
}

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
const serverOptions: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};

type Server = HttpServer | HttpsServer;

export class HttpFront {
  readonly #app: FastifyInstance;
  readonly #onMqttSocket: MqttHandover;
  readonly #log: Log;
  readonly #servers: Server[] = [];
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
  }

  /** May be called several times. Rejects when the port cannot be had. */
  async listen(options: HttpListenOptions): Promise<HttpListener> {
    const { tls } = options;
    const secure = tls === undefined ? undefined : createHttpsServer({ ...serverOptions, ...tls });
    const server: Server = secure ?? createHttpServer(serverOptions);
    server.on('request', (request, response) => this.#app.routing(request, response));
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
      this.#onMqttSocket(webSocket, request);
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
