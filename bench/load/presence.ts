// A process of devices that change their presence, and of app servers that read it: both in one, so that what a change takes to be
// told is seen by one clock.

import { readFileSync } from 'node:fs';

import { packetTypes } from '../../src/mqtt/fixed-header.js';
import { encodePuback } from '../../src/mqtt/packets.js';
import { Latencies, nowMicros } from '../harness/latencies.js';
import type { PackedLatencies } from '../harness/latencies.js';
import { answerCalls, until } from '../harness/processes.js';
import type { World } from '../subjects/world.js';
import { Device, Sights } from './device.js';
import { connectPacket, MqttSocket, readPublish, sourceAddress, subscribePacket } from './mqtt-socket.js';
import { inParallel, pace } from './pace.js';

export interface UseOptions {
  readonly populationFile: string;
  readonly port: number;
  /** The first so many devices are linked, and online. */
  readonly linked: number;
}

export interface Told {
  readonly uid: string;
  readonly state: string;
  /** On the wall clock: edges of windows are. */
  readonly atMs: number;
}

const toldWithinMs = 60_000;
const promiseSeconds = 800;

const sights = new Sights();
let world: World;
let devices: Device[] = [];
const readers: MqttSocket[] = [];
/** By uid: from when its change counts. */
const changed = new Map<string, number>();
const log: Told[] = [];
let latencies = new Latencies();

function onEvent(socket: MqttSocket, flags: number, body: Buffer): void {
  const { topicEnd, packetId, payload } = readPublish(flags, body);
  if (packetId > 0) socket.send(encodePuback(packetId));
  const uid = body.toString('latin1', 2 + 'presence/'.length, topicEnd);
  log.push({ uid, state: payload.toString('latin1'), atMs: Date.now() });
  const since = changed.get(uid);
  if (since === undefined) return;
  changed.delete(uid);
  latencies.record(nowMicros() - since);
}

answerCalls({
  use: async ({ populationFile, port, linked }: UseOptions) => {
    world = JSON.parse(readFileSync(populationFile, 'utf8')) as World;
    devices = world.devices.slice(0, linked).map((credential, index) =>
      new Device({ credential, sights, target: { port, tls: false, localAddress: sourceAddress(index) } }));
    await inParallel(devices.length, 64, async (index) => {
      await devices[index]?.connect();
      await devices[index]?.link();
      await devices[index]?.settle(promiseSeconds);
    });
    await until('all are online', () => sights.answers >= devices.length, toldWithinMs);
  },

  /** One connection of each of the first so many apps. */
  read: async ({ port, apps }: { readonly port: number; readonly apps: number }) => {
    for (const { id, secret } of world.apps.slice(0, apps)) {
      const socket = new MqttSocket({ port, tls: false, localAddress: sourceAddress(0) });
      socket.onPacket = (type, flags, body) => {
        if (type === packetTypes.publish) onEvent(socket, flags, body);
      };
      await socket.open();
      await socket.link(connectPacket({ clientId: id, username: id, password: secret }));
      socket.send(subscribePacket('presence/+', 1));
      readers.push(socket);
    }
  },

  /** Away and back, device after device; resolves when each change was told. */
  toggle: async ({ rate, count, away }: { readonly rate: number; readonly count: number; readonly away: boolean }): Promise<{ latencies: PackedLatencies; told: number }> => {
    latencies = new Latencies();
    const isRead = readers.length > 0;
    sights.beginAnswers();
    await pace({
      rate, count,
      send: (index, sinceMicros) => {
        const which = index % devices.length;
        const odd = Math.floor(index / devices.length) % 2 === 1;
        if (isRead) changed.set(world.uids[which] ?? '', sinceMicros);
        devices[which]?.beat(sinceMicros, promiseSeconds, odd === away ? 'online' : 'away');
      },
    });
    await until('all changes are told', () => changed.size === 0 && sights.answers >= count, toldWithinMs, 1);
    return { latencies: latencies.packed(), told: latencies.count };
  },

  /** What was told so far, and is forgotten with that. */
  told: (): Told[] => log.splice(0),
});
