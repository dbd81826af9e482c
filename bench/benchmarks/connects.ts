import { limits } from '../../src/core/limits.js';
import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { compare, linksWithin, withFolder } from '../harness/comparison.js';
import { nowMicros } from '../harness/latencies.js';
import { openHandles, processorSeconds } from '../harness/measures.js';
import { present } from '../harness/needs.js';
import { until } from '../harness/processes.js';
import { ratioTarget, valueOf } from '../harness/statistics.js';
import { Crowd } from '../load/crowd.js';
import type { CrowdOpened } from '../load/crowd.js';
import { freePort } from '../subjects/listening.js';
import { lowbeat, prepareWorld, startGateway } from '../subjects/lowbeat.js';
import { mosquitto } from '../subjects/mosquitto.js';
import { aedes } from '../subjects/node-server.js';
import type { RunningSubject } from '../subjects/subject.js';

/** Attempts under way at a time, of each load process: a crowd, and below what a backlog drops. */
const attempts = 256;
const warmUp = 50;
const closedMs = 30_000;
const backMs = 300_000;

export const connects: Benchmark = {
  name: 'connects',
  title: 'Connect storm',
  about: `From the first packet of TCP to CONNACK, ${attempts} at a time from each load process; with TLS a session is resumed. Everybody authenticates. The same again. Then, without TLS, CONNECT alone: `
    + 'connections stand before, and all send it in one moment. Then a gateway with all devices linked is stopped, or killed, and started again; devices come back by the decisions of the phone client.',
  counts: 'links',
  measure: async (context) => {
    const links = linksWithin(context, context.full ? 10_000 : 400);
    const subjects = await present(context, [lowbeat, aedes, mosquitto]);
    const rows: Row[] = [];
    for (const tls of [false, true]) {
      rows.push(...(await compare(context, subjects, { devices: links, apps: 1, tls }, (subject) => storm(subject, links))));
    }
    const waiting = linksWithin(context, context.full ? 25_000 : 200);
    // Small: one of the two, which takes as long as devices are told to wait.
    for (const how of context.full ? ['stopped', 'killed'] as const : ['stopped'] as const) rows.push(...(await restart(context, waiting, how)));
    return rows;
  },
  targets: (rows) => [
    ...ratioTarget(rows, {
      what: 'connects a second, of aedes', of: { subject: lowbeat.name, metric: 'links a second' }, to: { subject: aedes.name, metric: 'links a second' }, sense: 'at least', limit: 2,
    }),
    ...ratioTarget(rows, {
      what: 'the same for a second of the subject\'s processor, which the load shares', of: { subject: aedes.name, metric: 'processor, per thousand' }, to: { subject: lowbeat.name, metric: 'processor, per thousand' }, sense: 'at least', limit: 2,
    }),
    ...['stopped', 'killed'].flatMap((how) => {
      const figure = valueOf(rows, { subject: `lowbeat, ${how}`, metric: 'timed out' });
      if (figure === undefined) return [];
      return [{ what: `devices that time out when the gateway is ${how} and started`, figure, sense: 'at most' as const, limit: 0, unit: '' }];
    }),
  ],
};

async function storm(subject: RunningSubject, links: number): Promise<readonly Row[]> {
  const crowd = await Crowd.of(subject, { to: links });
  try {
    // Also brings each load process the session that it resumes.
    await crowd.open({ atATime: 1, to: 1 });
    await crowd.open({ atATime: 8, to: warmUp });
    await crowd.close();
    if (!subject.tls) await crowd.rehearse();
    const handlesBefore = openHandles(subject.pid);
    const wave = async (run: () => Promise<CrowdOpened>, prepare?: () => Promise<unknown>) => {
      await crowd.close();
      await until('the subject has closed the connections of the wave before', () => openHandles(subject.pid) < handlesBefore + warmUp, closedMs);
      await prepare?.();
      const before = processorSeconds(subject.pid).total;
      const opened = await run();
      return { opened, processor: processorSeconds(subject.pid).total - before };
    };
    const open = (): Promise<CrowdOpened> => crowd.open({ atATime: attempts });
    const { opened, processor } = await wave(open);
    // Of programs that are compiled while they run, the first wave is that of a process that was just started.
    const again = await wave(open);
    const connectsAlone = subject.tls ? undefined : await wave(() => crowd.link(), () => crowd.connect());
    return rowsOf({ name: 'connects', subject: subject.tls ? `${subject.name}, TLS` : subject.name, n: links }, {
      'links a second': [links / opened.seconds, ''],
      'processor, per thousand': [(processor * 1_000) / links, 's'],
      'CONNACK p50': [opened.latencies.milliseconds(50), 'ms'],
      'CONNACK p99': [opened.latencies.milliseconds(99), 'ms'],
      'links a second, again': [links / again.opened.seconds, ''],
      'processor, per thousand, again': [(again.processor * 1_000) / links, 's'],
      ...(connectsAlone && {
        'CONNECTs a second': [links / connectsAlone.opened.seconds, ''] as const,
        'their processor, per thousand': [(connectsAlone.processor * 1_000) / links, 's'] as const,
      }),
      ...(subject.tls && { resumed: [(100 * opened.resumed) / links, '%'] as const }),
    });
  } finally {
    await crowd.end();
  }
}

/** Of a clean stop devices are told when to come back; of a kill they know nothing, and back off. */
function restart(context: Context, links: number, how: 'stopped' | 'killed'): Promise<readonly Row[]> {
  context.tell(`${links} devices come back to a gateway that was ${how}`);
  return withFolder(context, async (folder) => {
    const world = await prepareWorld(folder, { devices: links, apps: 1, seed: context.seed });
    // It must be found where it was.
    const options = { folder, world, settings: ['--mqtt-port', String(await freePort())] };
    const first = await startGateway(options);
    const crowd = await Crowd.of(first, { to: links });
    try {
      await crowd.open({ atATime: 64 });
      await crowd.settle();
      await crowd.comeBack(context.seed);
      if (how === 'stopped') await first.stop();
      else await first.kill();
      const downAt = nowMicros();
      const second = await startGateway(options);
      try {
        await until(`all ${links} are back`, async () => (await crowd.back()).linked === links, backMs, 200);
        const back = await crowd.back();
        return rowsOf({ name: 'connects', subject: `lowbeat, ${how}`, n: links }, {
          'ready after': [second.readyAfterMs / 1_000, 's'],
          'timed out': [back.timedOut, ''],
          'attempts in vain': [back.refused, ''],
          'all back after': [(back.lastMicros - downAt) / 1_000_000, 's'],
          'CONNACK p50': [back.latencies.milliseconds(50), 'ms'],
          'CONNACK p99': [back.latencies.milliseconds(99), 'ms'],
          'slowest, of what is allowed': [back.latencies.milliseconds(100) / limits.connectAttemptMs * 100, '%'],
        });
      } finally {
        await second.stop();
      }
    } finally {
      await crowd.end();
    }
  });
}
