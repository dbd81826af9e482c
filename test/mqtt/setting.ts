import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import type { IConnectPacket } from 'mqtt-packet';
import type { Test } from 'tap';
import { WebSocketServer } from 'ws';

import { Ticker } from '../../src/gateway/ticker.js';
import { createMqttFront } from '../../src/mqtt/front.js';
import type { MqttFront, MqttFrontOptions } from '../../src/mqtt/front.js';
import { noLog } from '../../src/ports/log.js';
import type { CounterName, Metrics } from '../../src/ports/metrics.js';
import { VirtualTime } from '../gateway/virtual-time.js';
import { FakeGateway } from './fake-gateway.js';
import { RawClient } from './raw-client.js';

export interface Setting {
  readonly gateway: FakeGateway;
  readonly front: MqttFront;
  readonly time: VirtualTime;
  readonly counts: Counts;
  readonly port: number;
  /** A client that is gone at the end of the test. */
  readonly connect: () => Promise<RawClient>;
  /** A device that has its CONNACK. */
  readonly device: (fields?: Partial<IConnectPacket>) => Promise<RawClient>;
  /** An app server that has its CONNACK. */
  readonly app: (fields?: Partial<IConnectPacket>) => Promise<RawClient>;
}

export const deviceId = 'dev_00000000000000000000000001';
export const appId = 'app_00000000000000000000000001';
export const deviceCredentials = { clientId: deviceId, username: deviceId, password: Buffer.from('token') };
export const appCredentials = { clientId: 'server', username: appId, password: Buffer.from('secret') };

/** A front on a port of its own, with one device, one app, and time that stands still. */
export async function setting(
  t: Test,
  options: Partial<Pick<MqttFrontOptions, 'limits' | 'proxyProtocol'>> = {},
): Promise<Setting> {
  const gateway = new FakeGateway();
  gateway.addDevice();
  gateway.addApp();
  const time = new VirtualTime();
  const counts = new Counts();
  const deadlines = new Ticker({ clock: time, every: time.every });
  const front = await createMqttFront({ gateway, clock: time, deadlines, log: noLog, metrics: counts, ...options });
  const { port } = await front.listenTcp({ port: 0, host: '127.0.0.1' });
  const clients = new Set<RawClient>();
  t.teardown(async () => {
    for (const client of clients) client.destroy();
    await front.stop({ withinMs: 200 });
  });
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(port);
    clients.add(client);
    return client;
  };
  const welcome = async (credentials: Partial<IConnectPacket>): Promise<RawClient> => {
    const client = await connect();
    const returnCode = await client.hello(credentials);
    if (returnCode !== 0) throw new Error(`CONNACK ${returnCode}`);
    return client;
  };
  return {
    gateway, front, time, counts, port, connect,
    device: (fields = {}) => welcome({ ...deviceCredentials, ...fields }),
    app: (fields = {}) => welcome({ ...appCredentials, ...fields }),
  };
}

/** Counters by name and reason: `name` or `name{reason}`. */
export class Counts implements Metrics {
  readonly #values = new Map<string, number>();

  of(name: CounterName, reason?: string): number {
    return this.#values.get(reason === undefined ? name : `${name}{${reason}}`) ?? 0;
  }

  count(name: CounterName, amount = 1, reason?: string): void {
    const key = reason === undefined ? name : `${name}{${reason}}`;
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  set(): void {
    // The front sets no gauge.
  }

  observe(): void {
    // The front observes nothing.
  }
}

/** Waits until `condition` holds; the test's own time-out ends a wait in vain. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program to its end. A program that is not there is an error, never a skip. */
export async function run(program: string, args: readonly string[]): Promise<Finished> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errors };
}

/** An HTTP server that hands WebSockets to the front, as src/http does. */
export async function webSocketPort(t: Test, front: MqttFront): Promise<number> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, path: '/mqtt', handleProtocols: () => 'mqtt', perMessageDeflate: false });
  sockets.on('connection', (socket, request) => front.acceptWebSocket(socket, request.socket.remoteAddress ?? 'unknown'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
