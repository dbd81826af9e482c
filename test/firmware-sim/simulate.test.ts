import t from 'tap';
import { AppSocket } from '../../firmware-sim/strategies/app-sockets.js';
import { fixedRule, Pinger } from '../../firmware-sim/strategies/pinger.js';
import { ScheduledController } from '../../firmware-sim/oracle/clairvoyant.js';
import { Connection } from '../../firmware-sim/engine/connection.js';
import { simulateSockets } from '../../firmware-sim/engine/simulate.js';
import { LinkSession } from '../../src/core/link-session/link-session.js';
import { attachment, burst, hourMs, lte, quiet, runPhone, trace, wifi } from './phones.js';

const every = (seconds: number): Pinger => new Pinger(fixedRule(seconds));
const minuteMs = 60_000;

await t.test('the middlebox', async (t) => {
  await t.test('keeps a flow that is refreshed within its timeout, and forgets one that is not', (t) => {
    const box = attachment({ timeoutMs: 300_000 });
    t.equal(runPhone(trace({ attachments: [box] }), every(290)).deadLinks, 0, 'a beat every 290 s under 300 s');
    const forgotten = runPhone(trace({ attachments: [box] }), every(320));
    t.ok(forgotten.deadLinks > 200, `a beat every 320 s: ${forgotten.deadLinks} dead links in a day`);
    t.equal(forgotten.connects, forgotten.deadLinks + 1, 'each of them is made anew once');
    t.end();
  });
  await t.test('that drops in silence costs the answer wait, one with RST does not', (t) => {
    const silent = runPhone(trace({ attachments: [attachment({ timeoutMs: 300_000 })] }), every(600));
    const resets = runPhone(trace({ attachments: [attachment({ timeoutMs: 300_000, resets: true })] }), every(600));
    t.ok(silent.events.some(({ event, detail }) => event === 'dead' && detail === 'silence'));
    t.ok(resets.events.some(({ event, detail }) => event === 'dead' && detail === 'reset'));
    const waitOf = ({ events }: typeof silent): number => {
      const at = events.findIndex(({ event }) => event === 'dead');
      return events[at]!.atMs - events.findLast(({ event, atMs }) => event === 'beat' && atMs < events[at]!.atMs)!.atMs;
    };
    t.ok(waitOf(resets) < 2_000, `RST after ${waitOf(resets)} ms`);
    t.ok(waitOf(silent) > 10_000, `silence is noticed after ${waitOf(silent)} ms`);
    t.end();
  });
  await t.test('a failed send holds the radio by its retransmissions', (t) => {
    const dead = (resets: boolean): number => {
      const rebootsMs = [hourMs];
      return runPhone(trace({ attachments: [attachment({ rebootsMs, resets })], endMs: 3 * hourMs }), every(5400)).linkMj;
    };
    const extraMj = dead(false) - dead(true);
    t.ok(extraMj > 5_000, `${(extraMj / 1000).toFixed(1)} J more than with RST`);
    t.end();
  });
  await t.test('a restart forgets the flow whatever the timeout', (t) => {
    const rebooted = runPhone(trace({ attachments: [attachment({ rebootsMs: [hourMs, 2 * hourMs] })] }), every(600));
    t.equal(rebooted.deadLinks, 2);
    t.end();
  });
  await t.test('is refreshed by a notification whatever it heeds', (t) => {
    // It comes down, TCP acknowledges it, and that goes up.
    const arrivals = Array.from({ length: 140 }, (_, index) => ({ atMs: (index + 1) * 10 * minuteMs, bytes: 50 }));
    for (const refreshedBy of ['both', 'up', 'down'] as const) {
      const box = attachment({ timeoutMs: 15 * minuteMs, refreshedBy });
      const run = runPhone(trace({ attachments: [box], arrivals }), every(7200));
      t.equal(run.deadLinks, 0, `${refreshedBy}: the notification or its acknowledgement refreshes it`);
      t.equal(run.latenessSeconds.length, 140);
      t.ok(run.latenessSeconds.at(-1)! < 5, 'and nothing is late');
    }
    t.end();
  });
  await t.test('is refreshed by a beat and its answer whatever it heeds', (t) => {
    for (const refreshedBy of ['both', 'up', 'down'] as const) {
      const run = runPhone(trace({ attachments: [attachment({ timeoutMs: 6 * minuteMs, refreshedBy })] }), every(300));
      t.equal(run.deadLinks, 0, refreshedBy);
      t.ok(run.beats > 280, `${run.beats} beats in a day`);
    }
    t.end();
  });
  await t.test('that heeds packets down only is not refreshed by sends that nobody answers', (t) => {
    for (const [refreshedBy, deadLinks] of [['both', 0], ['up', 0], ['down', 1]] as const) {
      const box = attachment({ timeoutMs: 6 * minuteMs, refreshedBy, resets: true });
      const seen: number[] = [];
      const run = simulateSockets({
        world: quiet, trace: trace({ attachments: [box], endMs: 7.5 * minuteMs }), cellular: lte, wifi,
        links: [{ heartbeat: every(60), gatewayAnswers: false, answerWaitMs: hourMs }],
        onEvent: (atMs, event) => {
          if (event === 'dead') seen.push(atMs);
        },
      });
      t.equal(run.deadLinks, deadLinks, refreshedBy);
      t.ok(seen.every((atMs) => atMs > 6 * minuteMs && atMs < 7 * minuteMs), `after ${seen.join()} ms`);
    }
    t.end();
  });
  await t.test('heeds just the packets that it is said to', (t) => {
    const packets = {
      'data up': (flow: Connection) => flow.refreshUp(minuteMs),
      'data down': (flow: Connection) => flow.refreshDown(minuteMs, 'data'),
      'an acknowledgement down': (flow: Connection) => flow.refreshDown(minuteMs, 'acknowledgement'),
    };
    const heeded = {
      both: ['data up', 'data down', 'an acknowledgement down'],
      up: ['data up'],
      down: ['data down'],
    };
    for (const [refreshedBy, expected] of Object.entries(heeded)) {
      const box = attachment({ timeoutMs: 6 * minuteMs, refreshedBy: refreshedBy as keyof typeof heeded });
      const keepsFlow = Object.entries(packets).filter(([, pass]) => {
        const session = new LinkSession({ nowMs: 0, minimumUrgency: 'very-low' });
        const flow = new Connection({ nowMs: 0, attachment: box, session });
        pass(flow);
        t.ok(flow.passes(6 * minuteMs, box), 'until the timeout of the connect it stands anyway');
        return flow.passes(7 * minuteMs, box);
      });
      t.same(keepsFlow.map(([name]) => name), expected, refreshedBy);
    }
    t.end();
  });
  await t.test('that has forgotten the flow drops notifications until the phone speaks again', (t) => {
    const box = attachment({ timeoutMs: 10 * minuteMs });
    const arrivals = [{ atMs: 15 * minuteMs, bytes: 50 }];
    const run = runPhone(trace({ attachments: [box], arrivals, endMs: 2 * hourMs }), every(1800));
    t.equal(run.latenessSeconds.length, 1);
    t.ok(run.latenessSeconds[0]! > 14 * 60 && run.latenessSeconds[0]! < 17 * 60, `late by ${run.latenessSeconds[0]} s`);
    t.end();
  });
});

await t.test('networks', async (t) => {
  await t.test('a change drops the link, blames nobody, and is billed a connect', (t) => {
    const home = attachment({ endMs: 12 * hourMs, link: 'wifi', networkKey: 'home' });
    const street = attachment({ startMs: 12 * hourMs });
    const run = runPhone(trace({ attachments: [home, street] }), every(600));
    t.equal(run.connects, 2);
    t.equal(run.deadLinks, 0);
    t.end();
  });
  await t.test('time in a dead zone does not count as late', (t) => {
    const tunnel = attachment({ startMs: hourMs, endMs: 2 * hourMs, link: 'none', networkKey: '' });
    const attachments = [attachment({ endMs: hourMs }), tunnel, attachment({ startMs: 2 * hourMs })];
    const run = runPhone(trace({ attachments, arrivals: [{ atMs: 1.5 * hourMs, bytes: 50 }] }), every(600));
    t.equal(run.latenessSeconds.length, 1);
    t.ok(run.latenessSeconds[0]! < 10, `late by ${run.latenessSeconds[0]} s`);
    t.end();
  });
});

await t.test('energy', async (t) => {
  await t.test('a beat beside another\'s transfer costs nearly nothing, one alone a whole tail', (t) => {
    const bursts = [burst(hourMs, 5_000)];
    const base = runPhone(trace({ bursts, endMs: 3 * hourMs }), new ScheduledController([])).linkMj;
    const beside = runPhone(trace({ bursts, endMs: 3 * hourMs }), new ScheduledController([{ atMs: hourMs + 1_000 }])).linkMj;
    const alone = runPhone(trace({ bursts, endMs: 3 * hourMs }), new ScheduledController([{ atMs: 2 * hourMs }])).linkMj;
    t.ok(beside - base < 300, `beside: ${(beside - base).toFixed(0)} mJ`);
    t.ok(alone - base > 11_000 && alone - base < 14_000, `alone: ${(alone - base).toFixed(0)} mJ`);
    t.end();
  });
  await t.test('a beat in the tail pays for the longer tail only', (t) => {
    const bursts = [burst(hourMs, 1_000)];
    const cost = (atMs: number): number => runPhone(trace({ bursts, endMs: 3 * hourMs }), new ScheduledController([{ atMs: atMs }])).linkMj;
    t.ok(cost(hourMs + 4_000) < cost(hourMs + 9_000), 'the later in the tail, the longer it lasts');
    t.ok(cost(hourMs + 9_000) < cost(2 * hourMs));
    t.end();
  });
  await t.test('the processor is paid for when nobody else keeps it awake', (t) => {
    const run = (atMs: number, cpuWakeMj: number): number =>
      simulateSockets({
        world: quiet, trace: trace({ bursts: [burst(hourMs, 5_000)], endMs: 3 * hourMs }), cellular: lte, wifi, cpuWakeMj,
        links: [{ heartbeat: new ScheduledController([{ atMs: atMs }]) }],
      }).energyMj;
    t.equal(Math.round(run(2 * hourMs, 100) - run(2 * hourMs, 0)), 100);
    t.equal(Math.round(run(hourMs + 1_000, 100) - run(hourMs + 1_000, 0)), 0);
    t.end();
  });
});

await t.test('a socket for each app', async (t) => {
  const run = (count: number, seconds: number, bursts: ReturnType<typeof burst>[] = []): ReturnType<typeof simulateSockets> =>
    simulateSockets({
      world: quiet,
      trace: trace({ arrivals: Array.from({ length: 60 }, (_, index) => ({ atMs: index * 20 * minuteMs + 1, bytes: 60 })), bursts }),
      cellular: lte, wifi, cpuWakeMj: 0,
      links: Array.from({ length: count }, (_, index) => ({ heartbeat: new AppSocket({ intervalMs: seconds * 1000, phase: (index + 0.5) / count }) })),
    });
  await t.test('one of them is one link', (t) => {
    const single = run(1, 600);
    t.equal(single.connects, 1);
    t.equal(single.latenessSeconds.length, 60);
    t.ok(single.latenessSeconds.at(-1)! < 5);
    t.end();
  });
  await t.test('apart from each other they cost as often as they are many', (t) => {
    const one = run(1, 1800);
    const four = run(4, 1800);
    t.equal(four.connects, 4);
    t.equal(four.latenessSeconds.length, 60, 'each notification comes once, over its own socket');
    t.ok(four.latenessSeconds.at(-1)! < 5);
    t.ok(four.beats >= 4 * one.beats - 4 && four.beats <= 4 * one.beats + 4, `${one.beats} beats, then ${four.beats}`);
    const empty = simulateSockets({ world: quiet, trace: trace(), cellular: lte, wifi, cpuWakeMj: 0, links: [{ heartbeat: new ScheduledController([]) }] });
    const idle = run(1, 90_000);
    const factor = (four.energyMj - idle.energyMj) / (one.energyMj - idle.energyMj);
    t.ok(factor > 3.5 && factor < 4.5, `×${factor.toFixed(2)}`);
    t.ok(empty.energyMj < idle.energyMj);
    t.end();
  });
  await t.test('all at the same instant they cost little more than one: the radio is shared', (t) => {
    const together = simulateSockets({
      world: quiet, trace: trace(), cellular: lte, wifi, cpuWakeMj: 0,
      links: Array.from({ length: 4 }, () => ({ heartbeat: new AppSocket({ intervalMs: 1_800_000, phase: 1 }) })),
    });
    const one = simulateSockets({
      world: quiet, trace: trace(), cellular: lte, wifi, cpuWakeMj: 0,
      links: [{ heartbeat: new AppSocket({ intervalMs: 1_800_000, phase: 1 }) }],
    });
    t.ok(together.energyMj < 1.1 * one.energyMj, `×${(together.energyMj / one.energyMj).toFixed(3)}`);
    t.end();
  });
  t.throws(() => simulateSockets({ world: quiet, trace: trace(), cellular: lte, wifi, links: [] }), /at least one link/);
});
