import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { withFolder } from '../harness/comparison.js';
import { anonymousBytes, folderBytes, nativeHeapBytes, openHandles } from '../harness/measures.js';
import { loadWorker } from '../harness/processes.js';
import type { Worker } from '../harness/processes.js';
import { median, slope, valueOf } from '../harness/statistics.js';
import type { Published, PublishOptions } from '../load/app-servers.js';
import { Crowd } from '../load/crowd.js';
import { metricsOf, prepareWorld, startGateway, untilDrained } from '../subjects/lowbeat.js';
import type { Gateway } from '../subjects/lowbeat.js';

interface Sample {
  /** Of the whole, how much of the work was done. */
  readonly hours: number;
  /** Of the process, without what stands in files. */
  readonly memoryMib: number;
  /** Of it, what JavaScript has in use. */
  readonly heapMib: number;
  /** Of it, what native code has taken in the main thread. */
  readonly nativeMib: number;
  readonly handles: number;
  readonly storeMib: number;
}

const drainMs = 60_000;
/** What a phone does in an hour: it connects once, beats a few times, gets some notifications. */
const beatsAnHour = 4;
const notificationsAnHour = 6;
/**
 * What is allowed in percent is beyond what they differ by from run to run. A write buffer of the store that is being emptied shows in the whole, 16 MiB at
 * times, so the lowest of a third counts there; small leaks show in the two parts, which hardly move without one: 32 bytes that native code
 * loses with each notification are more than 10 % of its heap from third to third.
 */
const mostGrowth = { 'memory, growth': 3, 'JavaScript heap, growth': 1, 'native heap, growth': 3 };
/** By then two write buffers of the store have been full, and what is looked at often is cached. */
const warmUpHours = 10_000;

export const soak: Benchmark = {
  name: 'soak',
  title: 'Soak: hours of many phones, compressed',
  about: `Over and over, a crowd of phones does what it does in an hour: each connects, beats ${beatsAnHour} times, gets ${notificationsAnHour} notifications, acknowledges them, and is gone. After each hour the gateway's memory (after a collection), handles and data `
    + 'folder are looked at. Memory is what no file stands behind, so tables of the store that are looked at in place are not in it. Growth is from the middle third of the hours to the last one; '
    + 'in the first the write buffers of the store and the caches fill, which the small size does not reach.',
  counts: 'hours of a phone',
  measure: (context) => withFolder(context, async (folder) => {
    const phones = context.full ? 1_000 : 50;
    const hours = context.full ? 48 : 6;
    const world = await prepareWorld(folder, { devices: phones, apps: 8, seed: context.seed });
    const gateway = await startGateway({ folder, world });
    const servers = loadWorker('app-servers');
    const crowd = await Crowd.of(gateway, { to: phones });
    try {
      await servers.call('use', { populationFile: gateway.populationFile, port: gateway.port });
      const samples: Sample[] = [];
      for (let hour = 1; hour <= hours; hour += 1) {
        samples.push(await oneHour({ context, gateway, crowd, servers, phones, hour }));
      }
      return soakRows(samples, phones * hours, await metricsOf(gateway.httpPort));
    } finally {
      await servers.end();
      await crowd.end();
      await gateway.stop();
    }
  }),
  targets: (rows) => {
    const at = (metric: string): number => valueOf(rows, { subject: 'lowbeat', metric }) ?? Number.NaN;
    const isWarm = rows.some(({ n }) => n >= 3 * warmUpHours);
    return [
      ...(isWarm ? Object.entries(mostGrowth) : []).map(([what, limit]) => ({ what, figure: at(what), sense: 'at most' as const, limit, unit: '%' })),
      { what: 'handles, growth', figure: at('handles, growth'), sense: 'at most', limit: 0, unit: '' },
      { what: 'left in the store', figure: at('left in the store'), sense: 'at most', limit: 0, unit: '' },
    ];
  },
};

async function oneHour({ context, gateway, crowd, servers, phones, hour }: {
  readonly context: Context;
  readonly gateway: Gateway;
  readonly crowd: Crowd;
  readonly servers: Worker;
  readonly phones: number;
  readonly hour: number;
}): Promise<Sample> {
  await crowd.begin();
  await crowd.open({ atATime: 64 });
  await crowd.settle();
  await crowd.beats({ rate: 4_000, count: phones * (beatsAnHour - 1) });
  const count = phones * notificationsAnHour;
  await servers.call<Published>('publish', { count, window: 32, payloadBytes: 200 } satisfies PublishOptions);
  await crowd.untilAcknowledged(count, drainMs);
  await untilDrained(gateway.httpPort, drainMs);
  await crowd.close();
  await gateway.collect?.();
  if (hour % 10 === 0) context.tell(`${hour * phones} hours of a phone`);
  return {
    hours: hour * phones,
    memoryMib: anonymousBytes(gateway.pid) / 2 ** 20,
    nativeMib: nativeHeapBytes(gateway.pid) / 2 ** 20,
    heapMib: ((await metricsOf(gateway.httpPort)).get('nodejs_heap_size_used_bytes') ?? Number.NaN) / 2 ** 20,
    handles: openHandles(gateway.pid),
    storeMib: folderBytes(gateway.data) / 2 ** 20,
  };
}

function soakRows(samples: readonly Sample[], hours: number, metrics: ReadonlyMap<string, number>): readonly Row[] {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const of = (part: readonly Sample[], what: keyof Sample): number => median(part.map((sample) => sample[what]));
  const lowest = (part: readonly Sample[]): number => Math.min(...part.map(({ memoryMib }) => memoryMib));
  const growth = (what: keyof Sample): number => 100 * (of(last, what) / of(middle, what) - 1);
  const later = samples.slice(third);
  return rowsOf({ name: 'soak', subject: 'lowbeat', n: hours }, {
    'memory in the end': [lowest(last), 'MiB'],
    'memory, growth': [100 * (lowest(last) / lowest(middle) - 1), '%'],
    'memory, slope': [slope(later.map(({ hours: x, memoryMib }) => [x, memoryMib * 2 ** 20] as const)), 'B/hour'],
    'JavaScript heap in the end': [of(last, 'heapMib'), 'MiB'],
    'JavaScript heap, growth': [growth('heapMib'), '%'],
    'native heap in the end': [of(last, 'nativeMib'), 'MiB'],
    'native heap, growth': [growth('nativeMib'), '%'],
    'handles in the end': [of(last, 'handles'), ''],
    'handles, growth': [of(last, 'handles') - of(middle, 'handles'), ''],
    'store in the end': [of(last, 'storeMib'), 'MiB'],
    'store, growth': [of(last, 'storeMib') - of(middle, 'storeMib'), 'MiB'],
    'left in the store': [(metrics.get('lowbeat_notifications_waiting') ?? Number.NaN) + (metrics.get('lowbeat_outbox_items') ?? Number.NaN), ''],
  });
}
