// A process of app servers: each a connection of MQTT that publishes with QoS 1, at a rate or as fast as its window lets it.

import { readFileSync } from 'node:fs';

import { packetTypes } from '../../src/mqtt/fixed-header.js';
import { encodePublish, encodeTopic } from '../../src/mqtt/packets.js';
import { Latencies, nowMicros } from '../harness/latencies.js';
import type { PackedLatencies } from '../harness/latencies.js';
import { answerCalls, until } from '../harness/processes.js';
import type { Population } from '../subjects/subject.js';
import { connectPacket, MqttSocket, sourceAddress } from './mqtt-socket.js';
import { pace } from './pace.js';

export interface PublishOptions {
  readonly count: number;
  /** A second, over all app servers; absent: as fast as the window of each lets. */
  readonly rate?: number;
  /** Publishes of one app server without PUBACK, where there is no rate. */
  readonly window: number;
  readonly payloadBytes: number;
}

export interface Published {
  readonly seconds: number;
  readonly accepted: number;
  /** To PUBACK. */
  readonly latencies: PackedLatencies;
}

interface AppServer {
  readonly socket: MqttSocket;
  /** By packet id: from when the latency of that publish counts; 0: the id is free. */
  readonly since: Float64Array;
  lastPacketId: number;
  inFlight: number;
}

const publishTimeoutMs = 300_000;
const packetIds = 65_536;

let population: Population;
const servers: AppServer[] = [];
const accepted = { count: 0, latencies: new Latencies() };
let onAccepted: (server: AppServer) => void = () => undefined;
let topics: readonly Uint8Array[] = [];
/** Of all runs: devices take turns over them. */
let turn = 0;

async function connect(port: number): Promise<void> {
  for (const { id, secret } of population.apps) {
    const socket = new MqttSocket({ port, tls: false, localAddress: sourceAddress(0) });
    const server: AppServer = { socket, since: new Float64Array(packetIds), lastPacketId: 0, inFlight: 0 };
    socket.onPacket = (type, _flags, body) => {
      if (type !== packetTypes.puback) return;
      const packetId = body.readUInt16BE(0);
      accepted.latencies.record(nowMicros() - (server.since[packetId] ?? 0));
      accepted.count += 1;
      server.inFlight -= 1;
      onAccepted(server);
    };
    await socket.open();
    await socket.link(connectPacket({ clientId: id, username: id, password: secret }));
    servers.push(server);
  }
}

function publish(server: AppServer, topic: Uint8Array, payload: Buffer, sinceMicros: number): void {
  server.lastPacketId = (server.lastPacketId % (packetIds - 1)) + 1;
  server.since[server.lastPacketId] = sinceMicros;
  server.inFlight += 1;
  payload.writeDoubleBE(sinceMicros, 0);
  server.socket.send(encodePublish(topic, payload, server.lastPacketId));
}

/** The next one in turn: the destination and who may publish there. */
function next(): { readonly server: AppServer; readonly topic: Uint8Array } {
  const index = turn % population.destinations.length;
  turn += 1;
  const server = servers[population.destinations[index]?.app ?? 0];
  const topic = topics[index];
  if (server === undefined || topic === undefined) throw new Error('no such app server');
  return { server, topic };
}

answerCalls({
  use: async ({ populationFile, port }: { readonly populationFile: string; readonly port: number }) => {
    population = JSON.parse(readFileSync(populationFile, 'utf8')) as Population;
    topics = population.destinations.map(({ topic }) => encodeTopic(topic));
    await connect(port);
  },

  publish: async ({ count, rate, window, payloadBytes }: PublishOptions): Promise<Published> => {
    accepted.count = 0;
    accepted.latencies = new Latencies();
    const payload = Buffer.alloc(payloadBytes, 0x2e);
    const startedAt = nowMicros();
    if (rate === undefined) {
      // Its own destinations in turn, each server at its own speed.
      const own = new Map(servers.map((server, app) => [server, topics.filter((_, index) => population.destinations[index]?.app === app)]));
      const sent = new Map<AppServer, number>();
      let left = count;
      onAccepted = (server) => {
        const mine = own.get(server) ?? [];
        server.socket.cork();
        while (left > 0 && server.inFlight < window) {
          const number = sent.get(server) ?? 0;
          sent.set(server, number + 1);
          left -= 1;
          const topic = mine[number % mine.length];
          if (topic !== undefined) publish(server, topic, payload, nowMicros());
        }
      };
      for (const server of servers) onAccepted(server);
    } else {
      onAccepted = () => undefined;
      await pace({
        rate, count,
        send: (_index, sinceMicros) => {
          const { server, topic } = next();
          publish(server, topic, payload, sinceMicros);
        },
      });
    }
    await until('all are accepted', () => accepted.count >= count, publishTimeoutMs, 1);
    return { seconds: (nowMicros() - startedAt) / 1_000_000, accepted: accepted.count, latencies: accepted.latencies.packed() };
  },
});
