import type { Schedule } from '../../src/core/presence/windows.js';
import { rowsOf } from '../harness/benchmark.js';
import type { Benchmark, Context, Row } from '../harness/benchmark.js';
import { withFolder } from '../harness/comparison.js';
import { merged } from '../harness/latencies.js';
import { processorSeconds } from '../harness/measures.js';
import { loadWorker, pause } from '../harness/processes.js';
import { median, orderOf, ratioTarget, valueOf } from '../harness/statistics.js';
import type { Told } from '../load/presence.js';
import { prepareWorld, startGateway } from '../subjects/lowbeat.js';
import type { WorldOptions } from '../subjects/world.js';

interface Variant {
  readonly users: number;
  /** App servers that read; only the first one has grants. 0: what the heartbeats alone cost. */
  readonly readers: number;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
const everyDay: Schedule['windows'][number]['days'] = [1, 2, 3, 4, 5, 6, 7];
/** A window's opening is spread over five seconds on purpose; the rest is work. */
const openedMs = 6_000;
const closedMs = 1_000;
const metric = 'processor, per thousand';

export const presence: Benchmark = {
  name: 'presence',
  title: 'Presence: what a change costs, and what the stroke of nine costs',
  about: 'Devices go away and come back; an app server that was granted them reads. What a change costs is measured for few users and many, beside apps that read and were granted nobody; with no reader it is the '
    + 'heartbeat alone. Then windows of all grants open or close at the same full minute of the gateway\'s clock.',
  counts: 'users',
  measure: async (context) => {
    const variants: readonly Variant[] = context.full
      ? [{ users: 1_000, readers: 0 }, { users: 1_000, readers: 1 }, { users: 100_000, readers: 1 }, { users: 100_000, readers: 20 }]
      : [{ users: 200, readers: 1 }, { users: 2_000, readers: 20 }];
    const rows: Row[] = [];
    for (let round = 0; round < context.rounds; round += 1) {
      for (const variant of orderOf(variants, round)) rows.push(...(await changes(context, variant)));
    }
    return [...rows, ...(await edges(context))];
  },
  targets: (rows) => {
    const few = Math.min(...rows.filter(({ subject }) => subject.endsWith('1 reader')).map(({ n }) => n));
    const at = (subject: string, name: string): number => valueOf(rows, { subject, metric: name }) ?? Number.NaN;
    return [
      ...ratioTarget(rows, {
        what: 'a change, many users and 19 apps without a grant, of few users and one app',
        of: { subject: 'lowbeat, 20 readers', metric }, to: { subject: 'lowbeat, 1 reader', metric, n: few }, sense: 'at most', limit: 1.3,
      }),
      { what: 'windows that close: the last one told after', figure: at('lowbeat, windows', 'closed, last'), sense: 'at most', limit: closedMs, unit: 'ms' },
      { what: 'windows that open: the last one told after', figure: at('lowbeat, windows', 'opened, last'), sense: 'at most', limit: openedMs, unit: 'ms' },
      { what: 'users who were seen outside their windows', figure: at('lowbeat, windows', 'seen too early'), sense: 'at most', limit: 0, unit: '' },
    ];
  },
};

function changes(context: Context, { users, readers }: Variant): Promise<Row[]> {
  const subject = `lowbeat, ${readers} reader${readers === 1 ? '' : 's'}`;
  context.tell(`${subject}, ${users} users`);
  return withFolder(context, async (folder) => {
    const options: WorldOptions = { devices: users, apps: 20, grantedApps: 1, seed: context.seed };
    const gateway = await startGateway({ folder, world: await prepareWorld(folder, options) });
    const worker = loadWorker('presence');
    try {
      const linked = context.full ? 1_000 : 100;
      const rate = context.full ? 1_000 : 400;
      const { populationFile, port } = gateway;
      await worker.call('use', { populationFile, port, linked });
      await worker.call('read', { port, apps: readers });
      await untilQuiet(gateway.pid);
      // Everybody who changes was looked up once, and is back where she was.
      await worker.call('toggle', { rate, count: 2 * linked, away: true });
      const count = linked * (context.full ? 20 : 6);
      const before = processorSeconds(gateway.pid).total;
      const { latencies, told } = await worker.call<{ latencies: string; told: number }>('toggle', { rate, count, away: true });
      const processor = processorSeconds(gateway.pid).total - before;
      return rowsOf({ name: 'presence', subject, n: users }, {
        [metric]: [(processor * 1_000) / count, 's'],
        ...(readers > 0 && { ...merged([latencies]).metrics('told'), 'told of changes': [(100 * told) / count, '%'] as const }),
      });
    } finally {
      await worker.end();
      await gateway.stop();
    }
  });
}

/** A reader that has just subscribed is told of everybody first. */
async function untilQuiet(pid: number): Promise<void> {
  for (let before = processorSeconds(pid).total; ;) {
    await pause(500);
    const now = processorSeconds(pid).total;
    if (now - before < 0.05) return;
    before = now;
  }
}

/** Time to get ready for the edge, in milliseconds; three times as much on a machine for which that was not enough. */
const setups = { small: [6_000, 18_000, 54_000], full: [45_000, 135_000] };

async function edges(context: Context): Promise<Row[]> {
  for (const setupMs of context.full ? setups.full : setups.small) {
    const rows = await edgesAfter(context, setupMs);
    if (rows !== undefined) return rows;
    context.tell(`not ready within ${setupMs / 1_000} s`);
  }
  throw new Error('this machine was too slow to be ready before the edge; run it again when less else runs');
}

/** Half of the users have a window that ends at the edge, the others one that begins there; all are online. Undefined when that took too long. */
async function edgesAfter(context: Context, setupMs: number): Promise<Row[] | undefined> {
  const users = context.full ? 10_000 : 200;
  const edgeMs = Date.now() + setupMs;
  // The gateway's clock is ahead by so much that it is a full minute there.
  const edgeThereMs = Math.ceil(edgeMs / minuteMs) * minuteMs;
  const minute = (edgeThereMs / minuteMs) % dayMinutes;
  const closes = (index: number): boolean => index % 2 === 0;
  const window = (from: number, to: number): Schedule => ({
    zone: 'UTC',
    windows: [{ days: everyDay, startMinute: (from + dayMinutes) % dayMinutes, endMinute: to % dayMinutes === 0 ? dayMinutes : to % dayMinutes }],
  });
  const options: WorldOptions = {
    devices: users, apps: 1, seed: context.seed,
    times: (index) => ({ schedule: closes(index) ? window(minute - 60, minute) : window(minute, minute + 60) }),
  };
  return withFolder(context, async (folder) => {
    const world = await prepareWorld(folder, options, `edges ${edgeMs}`);
    const gateway = await startGateway({ folder, world, clockAheadMs: edgeThereMs - edgeMs });
    const worker = loadWorker('presence');
    try {
      await worker.call('use', { populationFile: gateway.populationFile, port: gateway.port, linked: users });
      await worker.call('read', { port: gateway.port, apps: 1 });
      await untilQuiet(gateway.pid);
      if (Date.now() > edgeMs) return undefined;
      context.tell(`waiting ${Math.ceil((edgeMs - Date.now()) / 1_000)} s for the edge`);
      const snapshot = await worker.call<Told[]>('told');
      const told = [...snapshot];
      // All that should be told by then, and what might be told late.
      for (const afterMs of [openedMs + closedMs, 2 * openedMs]) {
        await pause(edgeMs - Date.now() + afterMs);
        told.push(...(await worker.call<Told[]>('told')));
        if (told.filter(({ atMs }) => atMs >= edgeMs).length >= users) break;
      }
      return edgeRows(told, { users, edgeMs, closing: new Set(world.uids.filter((_, index) => closes(index)) as string[]) });
    } finally {
      await worker.end();
      await gateway.stop();
    }
  });
}

function edgeRows(told: readonly Told[], { users, edgeMs, closing }: { readonly users: number; readonly edgeMs: number; readonly closing: ReadonlySet<string> }): Row[] {
  const after = (state: string, isClosing: boolean): number[] => told
    .filter((event) => event.state === state && closing.has(event.uid) === isClosing && (isClosing ? event.atMs >= edgeMs : true))
    .map(({ atMs }) => atMs - edgeMs).sort((a, b) => a - b);
  const closed = after('offline', true);
  const opened = after('online', false);
  const inTime = opened.filter((ms) => ms >= 0);
  if (closed.length !== users / 2 || inTime.length !== users / 2) {
    throw new Error(`of ${users / 2} windows each, ${closed.length} closed and ${inTime.length} opened within ${2 * openedMs} ms`);
  }
  return rowsOf({ name: 'presence', subject: 'lowbeat, windows', n: users }, {
    'closed, median': [median(closed), 'ms'],
    'closed, last': [closed.at(-1) ?? Number.NaN, 'ms'],
    'opened, median': [median(inTime), 'ms'],
    'opened, last': [inTime.at(-1) ?? Number.NaN, 'ms'],
    // Opened before the edge, or shown once more after it was closed.
    'seen too early': [opened.length - inTime.length + told.filter((event) => event.state === 'online' && closing.has(event.uid) && event.atMs > edgeMs + closedMs).length, ''],
  });
}
