import t from 'tap';
import { AdaptiveController } from '../../src/core/heartbeat/adaptive.js';
import type { HeartbeatEvent } from '../../src/core/heartbeat/controller.js';
import { quotaWindows, ringsMs } from '../../firmware-sim/engine/doze.js';
import { fixedRule, Pinger } from '../../firmware-sim/strategies/pinger.js';
import { clairvoyantSends, ScheduledController } from '../../firmware-sim/oracle/clairvoyant.js';
import { deviceSeed, drawTrace } from '../../firmware-sim/world/trace.js';
import { heldBack, idleAfterMs, idleStretches } from '../../firmware-sim/world/deep-idle.js';
import { loadWorld } from '../../firmware-sim/world/world.js';
import { attachment, burst, hourMs, lte, quiet, runPhone, trace, wifi } from './phones.js';

const minuteMs = 60_000;
const dozing = { ...quiet, doze: { enabled: true, alarmSpacingSeconds: 900 } };
const home = attachment({ link: 'wifi', networkKey: 'home' });
const still = trace({ attachments: [home] });

await t.test('deep idle', async (t) => {
  await t.test('begins after 64.5 still minutes; its stretches and the windows between them double up to their longest', (t) => {
    const stretches = idleStretches(dozing, trace({ attachments: [home], endMs: 30 * hourMs }));
    t.equal(idleAfterMs, 64.5 * minuteMs);
    t.equal(stretches[0]?.fromMs, idleAfterMs);
    t.same(stretches.map(({ fromMs, toMs }) => (toMs - fromMs) / minuteMs), [60, 120, 240, 360, 360, 360, 180.5]);
    const windows = stretches.slice(1).map(({ fromMs }, index) => (fromMs - stretches[index]!.toMs) / minuteMs);
    t.same(windows, [5, 10, 10, 10, 10, 10]);
    t.end();
  });
  await t.test('is there on any network, Wi-Fi or not, and nowhere in a world without it', (t) => {
    const expected = idleStretches(dozing, still);
    for (const link of ['cellular', 'none'] as const) {
      t.same(idleStretches(dozing, trace({ attachments: [attachment({ link })] })), expected, link);
    }
    t.same(idleStretches(quiet, still), []);
    t.end();
  });
  await t.test('is not there while the phone moves, and counts anew from when it lies down', (t) => {
    const way = attachment({ startMs: 5 * hourMs, endMs: 7 * hourMs, moving: true });
    const attachments = [attachment({ endMs: 5 * hourMs }), way, attachment({ startMs: 7 * hourMs })];
    const stretches = idleStretches(dozing, trace({ attachments }));
    t.ok(stretches.every(({ fromMs, toMs }) => toMs <= way.startMs || fromMs >= way.endMs + idleAfterMs));
    t.ok(stretches.some(({ toMs }) => toMs === way.startMs), 'it ends with the way');
    t.ok(stretches.some(({ fromMs }) => fromMs === way.endMs + idleAfterMs));
    t.end();
  });
  await t.test('ends when the user takes the phone or it meets another network, and not by a new address or other traffic', (t) => {
    const user = { ...burst(3 * hourMs, minuteMs), foreground: true };
    const taken = idleStretches(dozing, { ...still, bursts: [user, burst(10 * hourMs)] });
    t.ok(taken.some(({ toMs }) => toMs === user.startMs));
    t.equal(taken.find(({ fromMs }) => fromMs > user.startMs)?.fromMs, 3 * hourMs + minuteMs + idleAfterMs);
    const untouched = idleStretches(dozing, still);
    t.same(idleStretches(dozing, { ...still, bursts: [burst(10 * hourMs)] }), untouched);
    const readdressed = [attachment({ endMs: 6 * hourMs }), attachment({ startMs: 6 * hourMs })];
    t.same(idleStretches(dozing, trace({ attachments: readdressed })), untouched);
    const elsewhere = [attachment({ endMs: 6 * hourMs }), attachment({ startMs: 6 * hourMs, networkKey: 'other' })];
    t.ok(idleStretches(dozing, trace({ attachments: elsewhere })).some(({ toMs }) => toMs === 6 * hourMs));
    t.end();
  });
  await t.test('is at night, mostly, in the world of that name', (t) => {
    const drawn = drawTrace(loadWorld('doze'), 5, 14);
    const stretches = idleStretches(loadWorld('doze'), drawn);
    const sum = (of: readonly { fromMs: number; toMs: number }[]): number => of.reduce((total, { fromMs, toMs }) => total + toMs - fromMs, 0);
    const night = stretches.filter(({ fromMs }) => (fromMs / hourMs) % 24 < 8);
    t.ok(sum(night) > 0.6 * sum(stretches), `${(sum(night) / 14 / hourMs).toFixed(1)} of ${(sum(stretches) / 14 / hourMs).toFixed(1)} h a day`);
    const ways = drawn.attachments.filter(({ moving }) => moving);
    t.ok(ways.length > 14);
    t.ok(stretches.every(({ fromMs, toMs }) => ways.every(({ startMs, endMs }) => toMs <= startMs || fromMs >= endMs)));
    t.end();
  });
});

await t.test('other traffic', async (t) => {
  await t.test('waits until the stretch of deep idle ends; the user does not', (t) => {
    const stretches = [{ fromMs: 100, toMs: 200 }, { fromMs: 300, toMs: 400 }];
    const user = { ...burst(150), foreground: true };
    const held = heldBack([burst(50), burst(100), user, burst(199), burst(200), burst(350), burst(500)], stretches, 500);
    t.same(held.map(({ startMs }) => startMs), [50, 150, 200, 200, 200, 400]);
    t.same(heldBack([burst(350), burst(390)], stretches, 400), [], 'what waits beyond the end is not there');
    const bursts = [burst(150)];
    t.equal(heldBack(bursts, [], 500), bursts);
    t.end();
  });
  await t.test('of a world that dozes is that of the same world awake, later', (t) => {
    const world = loadWorld('doze');
    const awake = drawTrace({ ...world, doze: { ...world.doze, enabled: false } }, 5, 14);
    const drawn = drawTrace(world, 5, 14);
    const stretches = idleStretches(world, drawn);
    t.same(stretches, idleStretches(world, awake), 'when the phone dozes does not depend on it');
    const within = (startMs: number): boolean => stretches.some(({ fromMs, toMs }) => startMs >= fromMs && startMs < toMs);
    const held = awake.bursts.filter(({ startMs }) => within(startMs));
    t.ok(held.length > 100 && held.every(({ foreground }) => !foreground), `${held.length} bursts in two weeks`);
    t.notOk(drawn.bursts.some(({ startMs }) => within(startMs)));
    const last = stretches.at(-1)!;
    const lost = last.toMs === drawn.endMs ? awake.bursts.filter(({ startMs }) => startMs >= last.fromMs).length : 0;
    t.equal(drawn.bursts.length, awake.bursts.length - lost);
    t.ok(drawn.bursts.every(({ startMs }, index) => index === 0 || startMs >= drawn.bursts[index - 1]!.startMs), 'in order');
    t.end();
  });
});

await t.test('an alarm', (t) => {
  const idle = { fromMs: 0, toMs: 100 * minuteMs };
  const rings = (wanted: number, last: number): number => ringsMs(dozing, { wantedMs: wanted * minuteMs, lastMs: last * minuteMs, idle }) / minuteMs;
  t.equal(rings(20, 1), 20, 'rings when it is wanted if the quota allows it');
  t.equal(rings(10, 1), 16, 'else when the quota does');
  t.equal(rings(95, 90), 100, 'or when the stretch ends');
  t.equal(rings(120, 119), 120, 'what is wanted after the stretch is not of its concern');
  t.equal(ringsMs(dozing, { wantedMs: 5, lastMs: 4, idle: undefined }), 5);
  t.same(quotaWindows(dozing, 20 * minuteMs, 10 * minuteMs), [{ fromMs: 25 * minuteMs, toMs: Infinity, spacingMs: 15 * minuteMs }]);
  t.same(quotaWindows(dozing, 20 * minuteMs, -Infinity), [{ fromMs: 20 * minuteMs, toMs: Infinity, spacingMs: 15 * minuteMs }]);
  t.end();
});

await t.test('a phone that dozes', async (t) => {
  const beatsOf = ({ events }: ReturnType<typeof runPhone>): number[] => events.filter(({ event }) => event === 'beat').map(({ atMs }) => atMs);
  const stretches = idleStretches(dozing, still);
  const idleAt = (atMs: number): boolean => stretches.some(({ fromMs, toMs }) => atMs > fromMs && atMs < toMs);

  await t.test('lets alarms ring as rarely as its quota says, whatever the strategy asks for', (t) => {
    for (const link of ['wifi', 'cellular'] as const) {
      const beats = beatsOf(runPhone(trace({ attachments: [{ ...home, link }] }), new Pinger(fixedRule(300)), dozing));
      const gaps = beats.slice(1).map((atMs, index) => ({ atMs, gapMs: atMs - beats[index]! }));
      const within = gaps.filter(({ atMs }) => idleAt(atMs));
      t.ok(within.length > 60 && within.every(({ gapMs }) => Math.round(gapMs) >= 900_000), `${link}: 15 min apart in deep idle`);
      t.ok(gaps.filter(({ atMs }) => atMs < idleAfterMs).every(({ gapMs }) => gapMs < 310_000), `${link}: as planned before`);
      t.ok(gaps.some(({ atMs, gapMs }) => atMs > idleAfterMs && !idleAt(atMs) && gapMs < 310_000), `${link}: and in maintenance windows`);
    }
    t.end();
  });
  await t.test('beats as it likes again once the user has taken it', (t) => {
    const bursts = [{ ...burst(10 * hourMs, minuteMs), foreground: true }];
    const beats = beatsOf(runPhone({ ...still, bursts }, new Pinger(fixedRule(300)), dozing));
    t.ok(beats.filter((atMs) => atMs > 10 * hourMs + minuteMs && atMs < 11 * hourMs).length >= 10);
    t.end();
  });
  await t.test('tells its apps the quota when deep idle begins and after each alarm, and no limits when it ends', (t) => {
    const pinger = new Pinger(fixedRule(1200));
    const told: { atMs: number; event: Extract<HeartbeatEvent, { type: 'alarm-windows' }> }[] = [];
    const run = runPhone(still, {
      plan: () => pinger.plan(),
      memory: () => undefined,
      observe: (atMs, event) => {
        if (event.type === 'alarm-windows') told.push({ atMs, event });
        pinger.observe(atMs, event);
      },
    }, dozing);
    const limited = told.filter(({ event }) => event.windows.length > 0);
    t.same(told.filter(({ event }) => event.windows.length === 0).map(({ atMs }) => atMs), stretches.slice(0, -1).map(({ toMs }) => toMs));
    t.same(limited.filter(({ atMs }) => stretches.some(({ fromMs }) => fromMs === atMs)).length, stretches.length);
    const alarms = beatsOf(run).filter((atMs) => atMs > idleAfterMs && idleAt(atMs));
    t.ok(alarms.length > 40);
    t.ok(alarms.every((atMs) => limited.some((one) => one.atMs === atMs && one.event.windows[0]?.fromMs === atMs + 900_000)));
    t.end();
  });
  await t.test('finds a dead link as fast as ever: the wait for an answer needs no alarm', (t) => {
    const run = runPhone(trace({ attachments: [{ ...home, rebootsMs: [5 * hourMs] }] }), new Pinger(fixedRule(1200)), dozing);
    const dead = run.events.find(({ event }) => event === 'dead')!;
    const asked = run.events.findLast(({ event, atMs }) => event === 'beat' && atMs < dead.atMs)!;
    t.equal(dead.atMs - asked.atMs, 30_000);
    const back = run.events.find(({ event, atMs }) => event === 'connected' && atMs > dead.atMs)!;
    t.ok(back.atMs - dead.atMs < 10_000, `and made anew after ${back.atMs - dead.atMs} ms`);
    t.end();
  });
  await t.test('on a box that forgets within the quota: Lowbeat opens a new connection at each alarm, and asks no dead one', (t) => {
    const box = { ...home, timeoutMs: 400_000, endMs: 96 * hourMs };
    const run = runPhone(trace({ attachments: [box], endMs: 96 * hourMs }), new AdaptiveController(), dozing);
    const late = run.events.filter(({ atMs }) => atMs > 48 * hourMs);
    t.ok(late.filter(({ event }) => event === 'dead').length <= 6, `${late.filter(({ event }) => event === 'dead').length} dead links in two days`);
    const connected = late.filter(({ event }) => event === 'connected').length;
    t.ok(connected > 150 && connected < 200, `${connected} connects in two days of alarms 15 min apart`);
    t.end();
  });
});

await t.test('the clairvoyant', async (t) => {
  await t.test('plans by the quota that the engine enforces: every send goes at its instant, and none meets a dead link', (t) => {
    const world = loadWorld('doze');
    let dozed = 0;
    for (let device = 0; device < 8; device += 1) {
      const of = drawTrace(world, deviceSeed('validation', 7, device), 5);
      const sends = clairvoyantSends({ world, trace: of, cellular: lte, wifi });
      const spoken = new Set<number>();
      const scheduled = new ScheduledController(sends);
      const run = runPhone(of, {
        plan: () => scheduled.plan(),
        memory: () => undefined,
        observe: (atMs, event) => {
          if (event.type === 'heartbeat-sent' || event.type === 'disconnected') spoken.add(atMs);
          scheduled.observe(atMs, event);
        },
      }, world);
      const stretches = idleStretches(world, of);
      const within = sends.filter(({ atMs }) => stretches.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs));
      const missed = within.filter(({ atMs }) => !spoken.has(atMs));
      dozed += within.length;
      t.ok(missed.length <= 1, `device ${device}: ${missed.length} of ${within.length} sends in deep idle are not at their instant`);
      t.ok(run.deadLinks <= 1, `device ${device}: ${run.deadLinks} dead links`);
      t.equal(run.latenessSeconds.filter((seconds) => seconds > 60).length, 0);
    }
    t.ok(dozed > 100, `${dozed} sends in deep idle`);
    t.end();
  });
  await t.test('where no schedule keeps the flow alive: loses least, then pays least', (t) => {
    const world = { ...dozing, doze: { enabled: true, alarmSpacingSeconds: 540 } };
    const box = { ...home, timeoutMs: 300_000 };
    const sends = clairvoyantSends({ world, trace: trace({ attachments: [box] }), cellular: lte, wifi });
    const stretches = idleStretches(world, trace({ attachments: [box] }));
    const { fromMs, toMs } = stretches[3]!;
    const within = sends.filter(({ atMs }) => atMs > fromMs && atMs < toMs);
    const gaps = within.slice(1).map(({ atMs }, index) => (atMs - within[index]!.atMs) / 1000);
    t.ok(gaps.every((gap) => gap >= 540 && gap < 545), `as often as it may: ${Math.max(...gaps)} s at most`);
    const alive = within.filter(({ reconnect }) => !reconnect);
    t.ok(within.length > 30 && alive.length <= 2, `nearly all are new connections: ${alive.length} of ${within.length} are not`);
    const patient = clairvoyantSends({ world, trace: trace({ attachments: [home] }), cellular: lte, wifi });
    t.ok(patient.every(({ reconnect }) => !reconnect), 'none where the quota suffices');
    t.end();
  });
});
