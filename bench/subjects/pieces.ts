// The pieces of which everything is made, each by itself, with `benchmark`: in a process of its own, so that what the harness did before
// has no part in how they are compiled.

import benchmark from 'benchmark';

import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import { LinkSession } from '../../src/core/link-session/link-session.js';
import { RestingLinks } from '../../src/core/link-session/resting-links.js';
import { isVisible, visiblePresence } from '../../src/core/presence/visible.js';
import { stretchAt } from '../../src/core/presence/windows.js';
import type { Schedule } from '../../src/core/presence/windows.js';
import { createPrng } from '../../src/core/prng.js';
import { Timed, TimerWheel } from '../../src/gateway/timer-wheel.js';
import { decodeDownFrame, decodeUpFrame, encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';
import { answerCalls } from '../harness/processes.js';

export interface Piece {
  readonly name: string;
  readonly nanoseconds: number;
  /** Of the 95 % interval of the mean, half, in percent. */
  readonly marginPercent: number;
}

const beat: UpFrame = { heartbeat: { presence: 'away', power: 'battery', network: 'cellular', promiseSeconds: 1_200 } };
const beatBytes = encodeUpFrame(beat);
const notification: DownFrame = { notifications: [{ id: 4_711, alias: 3, data: new Uint8Array(64).fill(0x2e), missed: 0 }] };
const notificationBytes = encodeDownFrame(notification);
const grant = { scopes: ['notify', 'presence', 'presence.idle'], paused: false };
const schedule: Schedule = { zone: 'Europe/Paris', windows: [{ days: [1, 2, 3, 4, 5], startMinute: 21 * 60, endMinute: 23 * 60 }] };
const startMs = Date.UTC(2026, 2, 27, 12);
const minuteMs = 60_000;

class Deadline extends Timed {
  override onDue(): void {
    // Only the wheel's work is measured.
  }
}

/** A phone on one network, beat after beat: planned, sent, answered, as the device agent tells it. */
function controllerStep(): () => void {
  const controller = new AdaptiveController();
  let nowMs = startMs;
  controller.observe(nowMs, { type: 'connected', networkKey: 'home', network: 'cellular' });
  return () => {
    const plan = controller.plan(nowMs);
    nowMs = Math.max(nowMs + 1_000, Math.min(plan.beatAtMs, nowMs + 60 * minuteMs));
    controller.observe(nowMs, { type: 'heartbeat-sent', dedicated: true, bytes: 12 });
    controller.observe(nowMs, { type: 'traffic', direction: 'up', bytes: 12, answered: true });
    controller.observe(nowMs + 300, { type: 'traffic', direction: 'down', bytes: 4 });
    controller.observe(nowMs + 300, { type: 'answered', sentAtMs: nowMs });
  };
}

/** A hundred thousand leases; each step moves one, and every so often the wheel turns by a tick. */
function wheelStep(): () => void {
  const random = createPrng(1);
  const wheel = new TimerWheel({ nowMs: startMs, tickMs: 100 });
  const deadlines = Array.from({ length: 100_000 }, () => new Deadline());
  let nowMs = startMs;
  for (const deadline of deadlines) wheel.set(deadline, nowMs + random.next() * 1_800_000);
  let step = 0;
  return () => {
    step += 1;
    const deadline = deadlines[step % deadlines.length];
    if (deadline !== undefined) wheel.set(deadline, nowMs + 300_000 + (step % 1_200) * 1_000);
    if (step % 400 !== 0) return;
    nowMs += 100;
    wheel.advance(nowMs);
  };
}

/** A heartbeat on a link that was idle and is idle again. */
function restStep(): () => void {
  const holdMs = 10 * minuteMs;
  const links = new RestingLinks();
  const session = new LinkSession({ nowMs: startMs, minimumUrgency: 'very-low', holdMs });
  while (session.poll() !== undefined);
  session.onLoaded(startMs, [], true);
  let nowMs = startMs;
  let place: number | undefined;
  return () => {
    nowMs += minuteMs;
    const awake = place === undefined ? session : LinkSession.woken(links.take(place), holdMs);
    awake.onFrame(nowMs, beat);
    while (awake.poll() !== undefined);
    const resting = awake.rest();
    if (resting === undefined) throw new Error('the session did not come to rest');
    place = links.put(resting);
  };
}

const pieces = (): Readonly<Record<string, () => unknown>> => ({
  'heartbeat, encoded': () => encodeUpFrame(beat),
  'heartbeat, decoded': () => decodeUpFrame(beatBytes),
  'notification, encoded': () => encodeDownFrame(notification),
  'notification, decoded': () => decodeDownFrame(notificationBytes),
  'controller, a beat planned and answered': controllerStep(),
  'link session, a heartbeat and back to rest': restStep(),
  'visibility of a user for an app': () => isVisible({ manual: 'available', grant, open: true })
    && visiblePresence({ user: 'away', manual: 'available', grant, open: true }),
  'timer wheel, a lease moved': wheelStep(),
  'window edge, the next one found': () => stretchAt(schedule, startMs),
});

answerCalls({
  run: ({ seconds }: { readonly seconds: number }): Promise<Piece[]> => new Promise((resolve) => {
    const measured: Piece[] = [];
    const suite = new benchmark.Suite();
    // A function that it may not take apart: what stands around these must stay around them.
    for (const [name, run] of Object.entries(pieces())) suite.add(name, () => run(), { maxTime: seconds, minSamples: 5 });
    suite.on('cycle', ({ target }: benchmark.Event) => {
      const { name = '', stats } = target as benchmark.Target & { readonly stats: benchmark.Stats };
      measured.push({ name, nanoseconds: stats.mean * 1e9, marginPercent: stats.rme });
    });
    suite.on('complete', () => resolve(measured));
    suite.run({ async: true });
  }),
});
