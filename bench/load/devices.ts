// A process of devices: it opens their links, beats, takes notifications and acknowledges them.

import { readFileSync } from 'node:fs';

import { createPrng } from '../../src/core/prng.js';
import { Latencies, nowMicros } from '../harness/latencies.js';
import type { PackedLatencies } from '../harness/latencies.js';
import { answerCalls, until } from '../harness/processes.js';
import type { Population } from '../subjects/subject.js';
import { Device, Sights } from './device.js';
import { resumption, sourceAddress } from './mqtt-socket.js';
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
  /** Attempts at a time; 'all': connections are opened first, and all send CONNECT in one moment. */
  readonly atATime: number | 'all';
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
  /** Each from the connection's first step to CONNACK; with 'all' from CONNECT. */
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

const sights = new Sights();
let devices: Device[] = [];
let population: Population;

async function open({ atATime, from = 0, to = devices.length }: OpenOptions): Promise<Opened> {
  const latencies = new Latencies();
  const opening = devices.slice(from, to);
  const failures: string[] = [];
  resumption.resumed = 0;
  const failed = (error: unknown): void => void failures.push(error instanceof Error ? error.message : String(error));
  const timed = async (begin: number, run: () => Promise<void>): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => (timer = setTimeout(() => reject(new Error('timed out')), openTimeoutMs)));
    try {
      await Promise.race([run(), late]);
      latencies.record(nowMicros() - begin);
    } catch (error) {
      failed(error);
    } finally {
      clearTimeout(timer);
    }
  };
  if (atATime === 'all') await inParallel(opening.length, socketsAtATime, (index) => opening[index]?.connect().catch(failed) ?? Promise.resolve());
  const startedAt = nowMicros();
  if (atATime === 'all') {
    await Promise.all(opening.filter(({ isLinked }) => isLinked).map((device) => timed(startedAt, () => device.link())));
  } else {
    await inParallel(opening.length, atATime, (index) => timed(nowMicros(), async () => {
      await opening[index]?.connect();
      await opening[index]?.link();
    }));
  }
  return {
    links: opening.filter(({ isLinked }) => isLinked).length,
    failed: failures.length,
    ...(failures[0] !== undefined && { failure: failures[0] }),
    seconds: (nowMicros() - startedAt) / 1_000_000,
    latencies: latencies.packed(),
    resumed: resumption.resumed,
  };
}

answerCalls({
  use: ({ populationFile, port, tls, from, to }: UseOptions) => {
    population = JSON.parse(readFileSync(populationFile, 'utf8')) as Population;
    devices = population.devices.slice(from, to).map((credential, index) =>
      new Device({ credential, sights, target: { port, tls, localAddress: sourceAddress(index) } }));
    return devices.length;
  },

  open,

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

  close: async () => {
    for (const device of devices) device.destroy();
    await until('all are closed', () => devices.every(({ isLinked }) => !isLinked), openTimeoutMs);
  },
});
