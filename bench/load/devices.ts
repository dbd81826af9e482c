// A process of devices: it opens their links, beats, takes notifications and acknowledges them.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { createPrng } from '../../src/core/prng.js';
import { connackAccepted } from '../../src/mqtt/packets.js';
import { Latencies, nowMicros } from '../harness/latencies.js';
import type { PackedLatencies } from '../harness/latencies.js';
import { openFilesLimit } from '../harness/measures.js';
import { answerCalls, until } from '../harness/processes.js';
import type { Population } from '../subjects/subject.js';
import { Device, Sights } from './device.js';
import { resumption, sourceAddress } from './mqtt-socket.js';
import type { Target } from './mqtt-socket.js';
import { inParallel, pace } from './pace.js';

export interface UseOptions {
  readonly populationFile: string;
  readonly port: number;
  readonly tls: boolean;
  /** Half-open range of the population that this process is. */
  readonly from: number;
  readonly to: number;
}

export interface OpenOptions {
  /** Attempts at a time. */
  readonly atATime: number;
  /** Of this process's devices; all if absent. */
  readonly from?: number;
  readonly to?: number;
}

export interface Opened {
  readonly links: number;
  readonly failed: number;
  /** The first failure. */
  readonly failure?: string;
  readonly seconds: number;
  /** Each from the connection's first step to CONNACK; of those that are connected already from CONNECT. */
  readonly latencies: PackedLatencies;
  readonly resumed: number;
}

export interface Received {
  readonly notifications: number;
  readonly acknowledged: number;
  readonly latencies: PackedLatencies;
  readonly closed: number;
  readonly lastMicros: number;
}

export interface Back {
  readonly linked: number;
  readonly attempts: number;
  readonly refused: number;
  readonly timedOut: number;
  readonly lastMicros: number;
  readonly latencies: PackedLatencies;
}

/** Promised where nothing else is asked: no lease ends during a run. */
const longPromiseSeconds = 3_600;
const openTimeoutMs = 60_000;
/** Connections of one process that are being opened, where they wait with their CONNECT. */
const socketsAtATime = 128;
/** Links of a rehearsal. */
const rehearsing = 2_000;

const sights = new Sights();
let devices: Device[] = [];
let population: Population;

/** What became of a number of attempts. */
class Attempts {
  readonly latencies = new Latencies();
  readonly failures: string[] = [];
  readonly #startedAt = nowMicros();

  readonly failed = (error: unknown): void => void this.failures.push(error instanceof Error ? error.message : String(error));

  opened(attempted: readonly Device[]): Opened {
    return {
      links: attempted.filter(({ isLinked }) => isLinked).length,
      failed: this.failures.length,
      ...(this.failures[0] !== undefined && { failure: this.failures[0] }),
      seconds: (nowMicros() - this.#startedAt) / 1_000_000,
      latencies: this.latencies.packed(),
      resumed: resumption.resumed,
    };
  }
}

/** Whole attempts, so many at a time: from the first packet of TCP to CONNACK. */
async function openAll(opening: readonly Device[], atATime: number): Promise<Opened> {
  const attempts = new Attempts();
  resumption.resumed = 0;
  const underWay = new Set<Device>();
  let ended = 0;
  let endedBefore = -1;
  // One timer for all: a timer for each would cost a good part of what it takes to connect.
  const timer = setInterval(() => {
    if (ended === endedBefore) for (const device of underWay) device.destroy();
    endedBefore = ended;
  }, openTimeoutMs);
  await inParallel(opening.length, atATime, async (index) => {
    const device = opening[index];
    if (device === undefined) return;
    const begin = nowMicros();
    underWay.add(device);
    try {
      await device.connect();
      await device.link();
      attempts.latencies.record(nowMicros() - begin);
    } catch (error) {
      attempts.failed(error);
    }
    underWay.delete(device);
    ended += 1;
  });
  clearInterval(timer);
  return attempts.opened(opening);
}

/** Their connections, without CONNECT. */
async function connectAll(all: readonly Device[]): Promise<Opened> {
  const attempts = new Attempts();
  await inParallel(all.length, socketsAtATime, (index) => all[index]?.connect().catch(attempts.failed) ?? Promise.resolve());
  return attempts.opened(all);
}

/** CONNECT of all that are connected, in one moment. */
async function linkAll(all: readonly Device[]): Promise<Opened> {
  const attempts = new Attempts();
  const begin = nowMicros();
  const timer = setTimeout(() => {
    for (const device of all) device.destroy();
  }, openTimeoutMs);
  const linked = (): void => attempts.latencies.record(nowMicros() - begin);
  await Promise.all(all.map((device) => device.link().then(linked, attempts.failed)));
  clearTimeout(timer);
  return attempts.opened(all);
}

async function closeAll(all: readonly Device[]): Promise<void> {
  for (const device of all) device.destroy();
  await until('all are closed', () => all.every(({ isLinked }) => !isLinked), openTimeoutMs);
}

/**
 * What `openAll`, `connectAll` and `linkAll` do, with a server of this process that lets everybody in: so that it is compiled before it is
 * measured, and the subject does not share its processor with this process's compiler.
 */
async function rehearse(): Promise<void> {
  const server = createServer((socket) => {
    socket.on('data', () => socket.write(connackAccepted));
    // Those that are destroyed have heard enough.
    socket.on('error', () => socket.destroy());
  });
  await once(server.listen({ port: 0, host: '127.0.0.1', backlog: socketsAtATime }), 'listening');
  const { port } = server.address() as AddressInfo;
  const target = (index: number): Target => ({ port, tls: false, localAddress: sourceAddress(index) });
  // Both ends of a connection are here.
  const links = Math.min(rehearsing, Math.floor(openFilesLimit() / 4));
  const cast = population.devices.slice(0, links).map((credential, index) => new Device({ credential, sights: new Sights(), target: target(index) }));
  try {
    for (const act of [(all: readonly Device[]) => openAll(all, socketsAtATime), closeAll, connectAll, linkAll]) {
      const opened = await act(cast);
      if (opened?.failure !== undefined) throw new Error(`in rehearsal: ${opened.failure}`);
    }
  } finally {
    await closeAll(cast);
    server.close();
  }
}

answerCalls({
  use: ({ populationFile, port, tls, from, to }: UseOptions) => {
    population = JSON.parse(readFileSync(populationFile, 'utf8')) as Population;
    devices = population.devices.slice(from, to).map((credential, index) =>
      new Device({ credential, sights, target: { port, tls, localAddress: sourceAddress(index) } }));
    return devices.length;
  },

  open: ({ atATime, from = 0, to = devices.length }: OpenOptions) => openAll(devices.slice(from, to), atATime),
  rehearse,
  connect: () => connectAll(devices),
  link: () => linkAll(devices),

  /** Heartbeats or subscriptions of all that are linked, answered. */
  settle: async ({ promiseSeconds = longPromiseSeconds }: { readonly promiseSeconds?: number }) => {
    sights.beginAnswers();
    const linked = devices.filter(({ isLinked }) => isLinked);
    await inParallel(linked.length, 256, (index) => linked[index]?.settle(promiseSeconds) ?? Promise.resolve());
    const withAnswer = linked.filter(({ isSubscriber }) => !isSubscriber).length;
    await until('all are settled', () => sights.answers >= withAnswer, openTimeoutMs);
  },

  beats: async ({ rate, count }: { readonly rate: number; readonly count: number }) => {
    sights.beginAnswers();
    await pace({
      rate, count,
      // Promises differ, so that each lease moves to another slot of the wheel.
      send: (index, sinceMicros) => devices[index % devices.length]?.beat(sinceMicros, 300 + (index % 1_200)),
    });
    await until('all are answered', () => sights.answers >= count, openTimeoutMs, 1);
    return { latencies: sights.answerLatencies.packed(), count: sights.answers };
  },

  /** Registers with these keys in turn; the endpoints, in the order of the devices. */
  register: ({ keys }: { readonly keys: readonly Uint8Array[] }) =>
    Promise.all(devices.map((device, index) => {
      const app = population.apps[population.destinations[index]?.app ?? 0]?.id ?? '';
      return device.register(app, keys[index % keys.length] ?? new Uint8Array(0));
    })),

  begin: ({ timeAt }: { readonly timeAt: number }) => sights.begin(timeAt),

  received: (): Received => {
    const { notifications, acknowledged, closed, lastMicros, latencies } = sights;
    return { notifications, acknowledged, closed, lastMicros, latencies: latencies.packed() };
  },

  comeBack: ({ seed }: { readonly seed: number }) => {
    for (const [index, device] of devices.entries()) device.comeBack(createPrng(seed + index));
  },

  back: (): Back => {
    const { attempts, refused, timedOut, lastMicros, latencies } = sights.back;
    return { linked: devices.filter(({ isLinked }) => isLinked).length, attempts, refused, timedOut, lastMicros, latencies: latencies.packed() };
  },

  close: () => closeAll(devices),
});
