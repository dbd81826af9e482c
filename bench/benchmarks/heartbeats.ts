import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { compare } from '../harness/comparison.js';
import { processorSeconds } from '../harness/measures.js';
import { present } from '../harness/needs.js';
import { ratioTarget } from '../harness/statistics.js';
import { Crowd } from '../load/crowd.js';
import { lowbeat } from '../subjects/lowbeat.js';
import { mosquitto } from '../subjects/mosquitto.js';
import { aedes, bareSockets } from '../subjects/node-server.js';
import type { RunningSubject } from '../subjects/subject.js';

/** A second: far below what saturates, so that each comes by itself as it does from phones, and not in batches. */
const rate = 4_000;
const metric = 'processor, per million';

export const heartbeats: Benchmark = {
  name: 'heartbeats',
  title: 'Heartbeats: processor time of a million',
  about: `Devices beat, ${rate.toLocaleString('en')} a second over all of them, each with a promise other than its last, so that each moves its lease; a broker gets PINGREQ. `
    + 'Processor time of the whole process, kernel included, by what the kernel booked.',
  counts: 'devices',
  measure: async (context) => {
    const devices = context.full ? 4_000 : 400;
    const subjects = await present(context, [lowbeat, aedes, mosquitto, bareSockets]);
    return compare(context, subjects, { devices, apps: 1, tls: false }, (subject) => costOf(context, subject, devices));
  },
  targets: (rows) => ratioTarget(rows, {
    what: 'a heartbeat, of a PINGREQ of aedes', of: { subject: lowbeat.name, metric }, to: { subject: aedes.name, metric }, sense: 'at most', limit: 1.3,
  }),
};

async function costOf(context: Context, subject: RunningSubject, devices: number): Promise<readonly Row[]> {
  const count = context.full ? 200_000 : 2_000;
  const crowd = await Crowd.of(subject, { to: devices });
  try {
    await crowd.open({ atATime: 64 });
    await crowd.settle();
    // What is compiled on first use is not a cost of each.
    await crowd.beats({ rate, count: Math.min(count, 20_000) });
    const before = processorSeconds(subject.pid);
    const { latencies } = await crowd.beats({ rate, count });
    const after = processorSeconds(subject.pid);
    return rowsOf({ name: 'heartbeats', subject: subject.name, n: devices }, {
      [metric]: [((after.total - before.total) * 1_000_000) / count, 's'],
      'of it in the kernel': [((after.system - before.system) * 1_000_000) / count, 's'],
      ...latencies.metrics('answered'),
    });
  } finally {
    await crowd.end();
  }
}
