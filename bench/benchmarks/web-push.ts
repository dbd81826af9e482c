import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { compare } from '../harness/comparison.js';
import { merged, nowMicros } from '../harness/latencies.js';
import { processorSeconds } from '../harness/measures.js';
import { loadWorker } from '../harness/processes.js';
import { valueOf } from '../harness/statistics.js';
import { Crowd } from '../load/crowd.js';
import { bodyHeaderBytes } from '../load/push-form.js';
import type { Pushed, PushOptions, UseOptions } from '../load/push-senders.js';
import { lowbeat, untilDrained } from '../subjects/lowbeat.js';
import type { RunningSubject } from '../subjects/subject.js';

const payloadBytes = 64;
/** What one key may send in a second is bounded. */
const keys = 8;
/** Enough that the next group of the store is full while one is synced. */
const connections = 256;
const drainMs = 120_000;
const rate = 1_000;

export const webPush: Benchmark = {
  name: 'web-push',
  title: 'Notifications over Web Push with VAPID',
  about: `Posts of ${payloadBytes} bytes and what encryption adds, signed, to endpoints that are restricted to their key, over ${connections} kept HTTP/1.1 connections without TLS (as behind a proxy); kept on disk, synced, before 201; `
    + 'delivered, acknowledged and removed. A token is sent many times, as RFC 8292 suggests, or is new with each message, as the package `web-push` does it.',
  counts: 'a second; 0: saturation',
  measure: async (context) => {
    const devices = context.full ? 2_000 : 200;
    context.note('Published figures of ntfy and autopush stand in docs/performance.md: measured elsewhere, they say nothing of how durable a notification is when its sender is answered.');
    return compare(context, [lowbeat], { devices, apps: 1, tls: false }, (subject) => flow(context, subject, devices));
  },
  targets: (rows) => {
    const target = (what: string, metric: string, n: number, sense: 'at most' | 'at least', limit: number, unit: string) => {
      const figure = valueOf(rows, { subject: subjectOf(false), metric, n });
      return figure === undefined ? [] : [{ what, figure, sense, limit, unit }];
    };
    return [
      ...target('Web Push with VAPID, durable, on one core (per second of processor)', 'per second of processor', 0, 'at least', 5_000, ''),
      ...target('Web Push at 1,000/s, to the device, p99', 'to the device p99', rate, 'at most', 25, 'ms'),
    ];
  },
};

function subjectOf(freshTokens: boolean): string {
  return freshTokens ? 'lowbeat, new tokens' : 'lowbeat, kept tokens';
}

async function flow(context: Context, subject: RunningSubject, devices: number): Promise<readonly Row[]> {
  const crowd = await Crowd.of(subject, { to: devices });
  const senders = loadWorker('push-senders');
  try {
    const { httpPort } = subject;
    if (httpPort === undefined) throw new Error('a subject without HTTP');
    await crowd.open({ atATime: 64 });
    await crowd.settle();
    const endpoints = await crowd.register(await senders.call<readonly Uint8Array[]>('keys', { count: keys }));
    await senders.call('use', { port: httpPort, endpoints, connections } satisfies UseOptions);
    const run = async (options: Omit<PushOptions, 'payloadBytes'>) => {
      await crowd.begin(bodyHeaderBytes);
      const before = processorSeconds(subject.pid).total;
      const startedAt = nowMicros();
      const pushed = await senders.call<Pushed>('push', { ...options, payloadBytes } satisfies PushOptions);
      const refused = Object.entries(pushed.statuses).filter(([status]) => status !== '201');
      if (refused.length > 0) throw new Error(`pushes were not taken: ${JSON.stringify(pushed.statuses)}`);
      const received = await crowd.untilAcknowledged(options.count, drainMs);
      await untilDrained(httpPort, drainMs);
      const processor = processorSeconds(subject.pid).total - before;
      return { pushed, accepted: merged([pushed.latencies]), received, processor, seconds: (received.lastMicros - startedAt) / 1_000_000 };
    };
    await run({ count: context.full ? 20_000 : 500, rate: 500, freshTokens: false });
    const rows: Row[] = [];
    for (const freshTokens of [false, true]) {
      const of = { name: 'web-push', subject: subjectOf(freshTokens) };
      const paced = await run({ count: rate * (context.full ? 20 : 1), rate, freshTokens });
      rows.push(...rowsOf({ ...of, n: rate }, { ...paced.accepted.metrics('to 201'), ...paced.received.latencies.metrics('to the device') }));
      const count = context.full ? 60_000 : 3_000;
      const { pushed, seconds, processor } = await run({ count, freshTokens });
      rows.push(...rowsOf({ ...of, n: 0 }, {
        'delivered a second': [count / seconds, ''],
        'accepted a second': [count / pushed.seconds, ''],
        'per second of processor': [count / processor, ''],
      }));
    }
    return rows;
  } finally {
    await senders.end();
    await crowd.end();
  }
}
