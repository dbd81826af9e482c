import { limits } from '../../src/core/limits.js';
import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { compare, linksWithin } from '../harness/comparison.js';
import { kernelBytes, residentBytes } from '../harness/measures.js';
import { present } from '../harness/needs.js';
import { pause } from '../harness/processes.js';
import { ratioTarget } from '../harness/statistics.js';
import { Crowd } from '../load/crowd.js';
import { lowbeat } from '../subjects/lowbeat.js';
import { mosquitto } from '../subjects/mosquitto.js';
import { aedes, bareSockets } from '../subjects/node-server.js';
import type { RunningSubject } from '../subjects/subject.js';

const subjects = [lowbeat, bareSockets, aedes, mosquitto];
/** Links that come and go first: what every link shares is loaded and compiled by then. */
const warmUp = 100;
/**
 * By then a gateway that is quiet has given back what a busy time took (`QuietCollection`); V8 by itself takes some eight seconds. Before, the
 * memory that both begin with would be a third more by chance.
 */
const givenBackMs = limits.collectionQuietMs + limits.secondCollectionQuietMs + 3 * limits.heapSampleMs;

export const idle: Benchmark = {
  name: 'idle',
  title: 'Idle links: memory of one',
  about: 'Resident bytes of the process for each link that is open and quiet, after a settling time: without a forced collection (Lowbeat collects by itself when it is quiet), and after one; '
    + "beside it what the kernel keeps for both ends of the connection. A device of Lowbeat has said one heartbeat; of a broker, subscribed to one topic.",
  counts: 'links',
  measure: async (context) => {
    const rows: Row[] = [];
    for (const wanted of context.full ? [2_000, 10_000, 25_000] : [400]) {
      const links = linksWithin(context, wanted);
      for (const tls of [false, true]) {
        const those = await present(context, subjects);
        const options = { devices: Math.max(links, warmUp), apps: 1, tls };
        rows.push(...(await compare(context, those, options, (subject) => memoryOf(context, subject, links))));
      }
    }
    return rows;
  },
  targets: (rows) => {
    const [own, bare, broker] = [lowbeat.name, bareSockets.name, aedes.name];
    const metric = 'a link';
    return [
      ...ratioTarget(rows, { what: 'idle plain link, of a bare net socket', of: { subject: own, metric }, to: { subject: bare, metric }, sense: 'at most', limit: 1.4 }),
      ...ratioTarget(rows, { what: 'idle plain link, of one of aedes', of: { subject: own, metric }, to: { subject: broker, metric }, sense: 'at most', limit: 0.35 }),
      ...ratioTarget(rows, {
        what: 'idle TLS link, of a bare TLS socket', of: { subject: `${own}, TLS`, metric }, to: { subject: `${bare}, TLS`, metric }, sense: 'at most', limit: 1.15,
      }),
    ];
  },
};

async function memoryOf(context: Context, subject: RunningSubject, links: number): Promise<readonly Row[]> {
  const [quietMs, settleMs] = context.full ? [givenBackMs, givenBackMs] : [400, 400];
  const crowd = await Crowd.of(subject, { to: links });
  try {
    await crowd.open({ atATime: 64, to: warmUp });
    await crowd.settle();
    await crowd.close();
    await pause(quietMs);
    // A clean start for both figures; between here and the first one nothing is forced by the benchmark.
    await subject.collect?.();
    const before = { resident: residentBytes(subject.pid), kernel: kernelBytes() };
    await crowd.open({ atATime: 64 });
    await crowd.settle();
    await pause(settleMs);
    const resident = residentBytes(subject.pid) - before.resident;
    const kernel = kernelBytes() - before.kernel;
    await subject.collect?.();
    const collected = residentBytes(subject.pid) - before.resident;
    return rowsOf({ name: 'idle', subject: subject.tls ? `${subject.name}, TLS` : subject.name, n: links }, {
      'a link': [resident / links, 'B'],
      ...(subject.collect !== undefined && { 'a link, after a collection': [collected / links, 'B'] as const }),
      'kernel, both ends': [kernel / links, 'B'],
    });
  } finally {
    await crowd.end();
  }
}
