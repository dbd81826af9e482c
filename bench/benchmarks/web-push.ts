import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { compare } from '../harness/comparison.js';
import { merged, nowMicros } from '../harness/latencies.js';
import type { Latencies } from '../harness/latencies.js';
import { processorSeconds } from '../harness/measures.js';
import { loadWorker } from '../harness/processes.js';
import { valueOf } from '../harness/statistics.js';
import { Crowd } from '../load/crowd.js';
import { bodyHeaderBytes } from '../load/push-form.js';
import type { Pushed, PushOptions, UseOptions } from '../load/push-senders.js';
import { lowbeat, untilDrained } from '../subjects/lowbeat.js';
import { bareHttp } from '../subjects/node-server.js';
import type { RunningSubject } from '../subjects/subject.js';

const payloadBytes = 64;
/** What one key may send in a second is bounded. */
const keys = 8;
/** Enough that the next group of the store is full while one is synced. */
const connections = 256;
const drainMs = 120_000;
/** Of what names an endpoint in its address. */
const endpointCharacters = 43;
const rate = 1_000;
const warmUpRate = 500;
const processorMetric = 'per second of processor';

export const webPush: Benchmark = {
  name: 'web-push',
  title: 'Notifications over Web Push with VAPID',
  about: `Posts of ${payloadBytes} bytes and what encryption adds, signed, to endpoints that are restricted to their key, over ${connections} kept HTTP/1.1 connections without TLS (as behind a proxy); kept on disk, synced, before 201; `
    + 'delivered, acknowledged and removed. A token is sent many times, as RFC 8292 suggests, or is new with each message, as the package `web-push` does it. '
    + 'The floor is a server of `node:http` that reads the same requests and answers 201 at once: what a machine is able to on its day.',
  counts: 'a second; 0: saturation',
  measure: async (context) => {
    const devices = context.full ? 2_000 : 200;
    context.note('Published figures of ntfy and autopush stand in docs/performance.md: measured elsewhere, they say nothing of how durable a notification is when its sender is answered.');
    return compare(context, [lowbeat, bareHttp], { devices, apps: 1, tls: false }, (subject) =>
      (subject.name === bareHttp.name ? floor(context, subject, devices) : flow(context, subject, devices)));
  },
  targets: (rows) => {
    const target = (what: string, metric: string, n: number, sense: 'at most' | 'at least', limit: number, unit: string) => {
      const figure = valueOf(rows, { subject: subjectOf(false), metric, n });
      return figure === undefined ? [] : [{ what, figure, sense, limit, unit }];
    };
    return [
      ...target('Web Push with VAPID, durable, on one core (per second of processor)', processorMetric, 0, 'at least', 5_000, ''),
      ...target('Web Push at 1,000/s, to the device, p99', 'to the device p99', rate, 'at most', 25, 'ms'),
    ];
  },
};

function subjectOf(freshTokens: boolean): string {
  return freshTokens ? 'lowbeat, new tokens' : 'lowbeat, kept tokens';
}

async function flow(context: Context, subject: RunningSubject, devices: number): Promise<readonly Row[]> {
  const { httpPort } = subject;
  if (httpPort === undefined) throw new Error('a subject without HTTP');
  const crowd = await Crowd.of(subject, { to: devices });
  const senders = new Senders(httpPort);
  try {
    await crowd.open({ atATime: 64 });
    await crowd.settle();
    await senders.use((keysOfAll) => crowd.register(keysOfAll));
    const run = async (options: PushRun) => {
      await crowd.begin(bodyHeaderBytes);
      const before = processorSeconds(subject.pid).total;
      const startedAt = nowMicros();
      const pushed = await senders.push(options);
      const received = await crowd.untilAcknowledged(options.count, drainMs);
      await untilDrained(httpPort, drainMs);
      const processor = processorSeconds(subject.pid).total - before;
      return { pushed, received, processor, seconds: (received.lastMicros - startedAt) / 1_000_000 };
    };
    const { warmUp, paced: pacedCount, saturated: count } = countsOf(context);
    await run({ count: warmUp, rate: warmUpRate, freshTokens: false });
    const rows: Row[] = [];
    for (const freshTokens of [false, true]) {
      const of = { name: 'web-push', subject: subjectOf(freshTokens) };
      const paced = await run({ count: pacedCount, rate, freshTokens });
      rows.push(...rowsOf({ ...of, n: rate }, { ...paced.pushed.latencies.metrics('to 201'), ...paced.received.latencies.metrics('to the device') }));
      const { pushed, seconds, processor } = await run({ count, freshTokens });
      rows.push(...rowsOf({ ...of, n: 0 }, {
        'delivered a second': [count / seconds, ''],
        'accepted a second': [count / pushed.seconds, ''],
        [processorMetric]: [count / processor, ''],
      }));
    }
    return rows;
  } finally {
    await senders.end();
    await crowd.end();
  }
}

/** The same requests, of which nothing comes but an answer. */
async function floor(context: Context, { name: subject, port, pid }: RunningSubject, devices: number): Promise<readonly Row[]> {
  const senders = new Senders(port);
  try {
    // As long as those of a gateway.
    await senders.use(() => Array.from({ length: devices }, (_, index) => `http://127.0.0.1:${port}/push/${String(index).padStart(endpointCharacters, '0')}`));
    const { warmUp, paced: pacedCount, saturated: count } = countsOf(context);
    await senders.push({ count: warmUp, rate: warmUpRate, freshTokens: false });
    const paced = await senders.push({ count: pacedCount, rate, freshTokens: false });
    const before = processorSeconds(pid).total;
    const { seconds } = await senders.push({ count, freshTokens: false });
    const processor = processorSeconds(pid).total - before;
    const of = { name: 'web-push', subject };
    return [
      ...rowsOf({ ...of, n: rate }, paced.latencies.metrics('to 201')),
      ...rowsOf({ ...of, n: 0 }, { 'accepted a second': [count / seconds, ''], [processorMetric]: [count / processor, ''] }),
    ];
  } finally {
    await senders.end();
  }
}

type PushRun = Omit<PushOptions, 'payloadBytes'>;

/** Pushes of each run. */
function countsOf({ full }: Context): Readonly<Record<'warmUp' | 'paced' | 'saturated', number>> {
  return full ? { warmUp: 20_000, paced: 20 * rate, saturated: 60_000 } : { warmUp: 500, paced: rate, saturated: 3_000 };
}

/** The process of application servers, with keys of their own. */
class Senders {
  readonly #worker = loadWorker('push-senders');
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Opens the connections to what `register` makes of the keys; endpoint by endpoint, the keys sign in turn. */
  async use(register: (keysOfAll: readonly Uint8Array[]) => readonly string[] | Promise<readonly string[]>): Promise<void> {
    const endpoints = await register(await this.#worker.call<readonly Uint8Array[]>('keys', { count: keys }));
    await this.#worker.call('use', { port: this.#port, endpoints, connections } satisfies UseOptions);
  }

  /** Throws when a push was not taken. */
  async push(options: PushRun): Promise<{ readonly seconds: number; readonly latencies: Latencies }> {
    const { seconds, latencies, statuses } = await this.#worker.call<Pushed>('push', { ...options, payloadBytes } satisfies PushOptions);
    const refused = Object.entries(statuses).filter(([status]) => status !== '201');
    if (refused.length > 0) throw new Error(`pushes were not taken: ${JSON.stringify(statuses)}`);
    return { seconds, latencies: merged([latencies]) };
  }

  async end(): Promise<void> {
    await this.#worker.end();
  }
}
