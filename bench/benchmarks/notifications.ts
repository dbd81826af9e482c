import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row, Summary, Target } from '../harness/benchmark.js';
import { compare } from '../harness/comparison.js';
import { Latencies, merged, nowMicros } from '../harness/latencies.js';
import { processorSeconds } from '../harness/measures.js';
import { present } from '../harness/needs.js';
import { loadWorker } from '../harness/processes.js';
import type { Worker } from '../harness/processes.js';
import { ratioTarget, valueOf } from '../harness/statistics.js';
import type { Published, PublishOptions } from '../load/app-servers.js';
import { Crowd } from '../load/crowd.js';
import { pace } from '../load/pace.js';
import { lowbeat, untilDrained } from '../subjects/lowbeat.js';
import { mosquitto } from '../subjects/mosquitto.js';
import { aedes } from '../subjects/node-server.js';
import type { RunningSubject } from '../subjects/subject.js';

const payloadBytes = 64;
/** The first is what latency targets speak of; beyond it an app may not go for long (`appPublishesPerSecond`), so there are several. */
const apps = 8;
/** Of each app at saturation: enough that the next group of the store is full while one is synced. */
const window = 256;
const drainMs = 120_000;

export const notifications: Benchmark = {
  name: 'notifications',
  title: 'Notifications over MQTT',
  about: `App servers publish ${payloadBytes} bytes with QoS 1; Lowbeat keeps each on disk, synced, before its PUBACK, sends it to its device meanwhile, and removes it when the device acknowledged. `
    + 'Peers pass it on with QoS 1 between clean sessions, in memory: neither aedes nor mosquitto syncs anything. Latency is from when the publish was due to the device, and to PUBACK, which Lowbeat sends at steps of 10 ms, so that its time tells nothing of the user.',
  counts: 'a second; 0: saturation',
  measure: async (context) => {
    const devices = context.full ? 2_000 : 200;
    const subjects = await present(context, [lowbeat, aedes, mosquitto]);
    const rows = await compare(context, subjects, { devices, apps, tls: false }, (subject) => flow(context, subject, devices));
    return [...rows, ...(await diskSync(context))];
  },
  targets: (rows) => [
    ...ratioTarget(rows, {
      what: 'durable notifications, of aedes QoS 1', of: { subject: lowbeat.name, metric: 'delivered a second', n: 0 },
      to: { subject: aedes.name, metric: 'delivered a second', n: 0 }, sense: 'at least', limit: 0.5,
    }),
    ...latencyTarget(rows, 'p50', 3),
    ...latencyTarget(rows, 'p99', 4),
  ],
};

/** So many times mosquitto's, and the sync that it does not do. */
function latencyTarget(rows: readonly Summary[], percentile: string, times: number): readonly Target[] {
  const of = (subject: string, metric: string, n?: number): number | undefined =>
    valueOf(rows, { subject, metric: `${metric} ${percentile}`, ...(n !== undefined && { n }) });
  const [own, peer, sync] = [of(lowbeat.name, 'latency', 2_000), of(mosquitto.name, 'latency', 2_000), of('the disk', 'sync')];
  if (own === undefined || peer === undefined || sync === undefined) return [];
  return [{ what: `latency ${percentile} at 2,000/s, ${times} × mosquitto and one sync`, figure: own, sense: 'at most', limit: times * peer + sync, unit: 'ms' }];
}

async function flow(context: Context, subject: RunningSubject, devices: number): Promise<readonly Row[]> {
  const crowd = await Crowd.of(subject, { to: devices });
  const servers = loadWorker('app-servers');
  try {
    await crowd.open({ atATime: 64 });
    await crowd.settle();
    await servers.call('use', { populationFile: subject.populationFile, port: subject.port });
    const rows: Row[] = [];
    await oneRun({ subject, crowd, servers, publish: { count: context.full ? 20_000 : 1_000, rate: 1_000 } });
    for (const rate of [500, 2_000]) {
      const { received, accepted } = await oneRun({ subject, crowd, servers, publish: { count: rate * (context.full ? 20 : 1), rate } });
      rows.push(...rowsOf({ name: 'notifications', subject: subject.name, n: rate }, {
        ...received.latencies.metrics('latency'),
        'PUBACK p50': [accepted.milliseconds(50), 'ms'],
        'PUBACK p99': [accepted.milliseconds(99), 'ms'],
      }));
    }
    const count = context.full ? 100_000 : 4_000;
    const { published, received, seconds, processor } = await oneRun({ subject, crowd, servers, publish: { count } });
    rows.push(...rowsOf({ name: 'notifications', subject: subject.name, n: 0 }, {
      'delivered a second': [count / seconds, ''],
      'accepted a second': [count / published.seconds, ''],
      'per second of processor': [count / processor, ''],
      ...(received.notifications > count && { 'sent twice': [received.notifications - count, ''] as const }),
    }));
    return rows;
  } finally {
    await servers.end();
    await crowd.end();
  }
}

async function oneRun({ subject, crowd, servers, publish }: {
  readonly subject: RunningSubject;
  readonly crowd: Crowd;
  readonly servers: Worker;
  readonly publish: Pick<PublishOptions, 'count' | 'rate'>;
}) {
  await crowd.begin();
  const before = processorSeconds(subject.pid).total;
  const startedAt = nowMicros();
  const published = await servers.call<Published>('publish', { window, payloadBytes, ...publish } satisfies PublishOptions);
  const received = await crowd.untilAcknowledged(publish.count, drainMs);
  if (subject.httpPort !== undefined) await untilDrained(subject.httpPort, drainMs);
  const processor = processorSeconds(subject.pid).total - before;
  const accepted = merged([published.latencies]);
  return { published, accepted, received, processor, seconds: (received.lastMicros - startedAt) / 1_000_000 };
}

/**
 * What one small write costs that is on the disk when it returns: of the folder where the stores lie, and as many a second as the
 * groups of a gateway with 2,000 publishes a second. One right after the other takes less, since nothing of it sleeps in between.
 */
async function diskSync(context: Context): Promise<Row[]> {
  const file = openSync(join(context.folder, 'sync'), 'w');
  const latencies = new Latencies();
  const bytes = Buffer.alloc(512, 1);
  const write = (): void => {
    const begin = nowMicros();
    writeSync(file, bytes);
    fdatasyncSync(file);
    latencies.record(nowMicros() - begin);
  };
  await pace({ rate: 1_000, count: context.full ? 10_000 : 100, send: write });
  closeSync(file);
  return rowsOf({ name: 'notifications', subject: 'the disk', n: 1 }, latencies.metrics('sync'));
}
