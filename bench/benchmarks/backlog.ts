import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { withFolder } from '../harness/comparison.js';
import { nowMicros } from '../harness/latencies.js';
import { folderBytes, residentBytes } from '../harness/measures.js';
import { median, orderOf } from '../harness/statistics.js';
import { Crowd } from '../load/crowd.js';
import { metricsOf, prepareWorld, startGateway } from '../subjects/lowbeat.js';

/** As many as may wait for one app on one device. */
const waiting = 100;
const drainMs = 60_000;

export const backlog: Benchmark = {
  name: 'backlog',
  title: 'Offline backlog: a gateway that starts with much that waits',
  about: `${waiting} notifications of 64 bytes wait for each device. The time from the start of the process to its being ready, its memory then, and how long a device takes from its first packet until all of its own are delivered and their acknowledgements answered; beside a gateway with as many devices and nothing that waits.`,
  counts: 'notifications that wait',
  measure: async (context) => {
    const devices = context.full ? 10_000 : 100;
    const rows: Row[] = [];
    for (let round = 0; round < context.rounds; round += 1) {
      for (const each of orderOf([0, waiting], round)) rows.push(...(await start(context, devices, each)));
    }
    return rows;
  },
};

function start(context: Context, devices: number, each: number): Promise<readonly Row[]> {
  context.tell(`${devices * each} notifications that wait`);
  return withFolder(context, async (folder) => {
    const world = await prepareWorld(folder, { devices, apps: 1, seed: context.seed, waiting: each });
    const gateway = await startGateway({ folder, world });
    try {
      const counted = (await metricsOf(gateway.httpPort)).get('lowbeat_notifications_waiting');
      if (counted !== devices * each) throw new Error(`${counted} notifications wait, not ${devices * each}`);
      const resident = residentBytes(gateway.pid);
      await gateway.collect?.();
      return rowsOf({ name: 'backlog', subject: 'lowbeat', n: devices * each }, {
        'ready after': [gateway.readyAfterMs, 'ms'],
        'resident then': [resident / 2 ** 20, 'MiB'],
        'resident, after a collection': [residentBytes(gateway.pid) / 2 ** 20, 'MiB'],
        'data folder': [folderBytes(gateway.data) / 2 ** 20, 'MiB'],
        ...(each > 0 && { 'a device drained after': [await drain(context, gateway, each), 'ms'] as const }),
      });
    } finally {
      await gateway.stop();
    }
  });
}

/** The median over some devices, one after the other. */
async function drain(context: Context, gateway: Awaited<ReturnType<typeof startGateway>>, each: number): Promise<number> {
  const drained: number[] = [];
  for (let device = 0; device < (context.full ? 50 : 5); device += 1) {
    const crowd = await Crowd.of(gateway, { from: device, to: device + 1 });
    try {
      await crowd.begin();
      const begin = nowMicros();
      await crowd.open({ atATime: 1 });
      const { lastMicros } = await crowd.untilAcknowledged(each, drainMs);
      drained.push((lastMicros - begin) / 1_000);
    } finally {
      await crowd.end();
    }
  }
  return median(drained);
}
