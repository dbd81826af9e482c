import t from 'tap';

import { createPrng } from '../../../src/core/prng.js';
import { jitteredStretchAt } from '../../../src/core/presence/jitter.js';
import type { WindowJitter } from '../../../src/core/presence/jitter.js';
import { stretchAt } from '../../../src/core/presence/windows.js';
import type { Schedule, Weekday } from '../../../src/core/presence/windows.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
t.comment(`LOWBEAT_SEED=${seed}`);

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
const everyDay: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];
const evening: Schedule = { zone: 'UTC', windows: [{ days: everyDay, startMinute: 21 * 60, endMinute: 23 * 60 }] };
const midnight = Date.UTC(2026, 2, 1);

function jitter(mostMinutes: number, fractionOf: (edgeMs: number) => number): WindowJitter {
  return { mostMs: mostMinutes * minuteMs, fractionOf };
}

/** The same for the same edge, as one made of a hash is. */
function drawn(seed: number): (edgeMs: number) => number {
  return (edgeMs) => createPrng(seed + edgeMs / minuteMs).next();
}

await t.test('presence C7: a window opens later and closes earlier, by what is drawn for its edge', (t) => {
  const half = jitter(20, () => 0.5);
  const at = (minutes: number) => jitteredStretchAt(evening, midnight + minutes * minuteMs, half);
  t.same(at(12 * 60), { open: false, fromMs: midnight, untilMs: midnight + (21 * 60 + 10) * minuteMs });
  t.match(at(21 * 60), { open: false, untilMs: midnight + (21 * 60 + 10) * minuteMs }, 'where it would have been open');
  t.same(at(22 * 60), { open: true, fromMs: midnight + (21 * 60 + 10) * minuteMs, untilMs: midnight + (22 * 60 + 50) * minuteMs });
  t.same(at(22 * 60 + 50), {
    open: false, fromMs: midnight + (22 * 60 + 50) * minuteMs, untilMs: midnight + dayMs + (21 * 60 + 10) * minuteMs,
  });
  t.end();
});

await t.test('presence C7: however far, half of a window stays; one that never closes has no edge', (t) => {
  const short: Schedule = { zone: 'UTC', windows: [{ days: everyDay, startMinute: 600, endMinute: 604 }] };
  const far = jitter(60, () => 0.999_999);
  t.match(jitteredStretchAt(short, midnight + 602 * minuteMs - 1, far), { open: true });
  t.ok(jitteredStretchAt(short, midnight + 602 * minuteMs, far).fromMs < midnight + 602 * minuteMs);
  const always: Schedule = { zone: 'UTC', windows: [{ days: everyDay, startMinute: 0, endMinute: 1_440 }] };
  for (let hour = 0; hour < 48; hour += 1) t.match(jitteredStretchAt(always, midnight + hour * 60 * minuteMs, far), { open: true });
  const abutting: Schedule = {
    zone: 'UTC',
    windows: [{ days: everyDay, startMinute: 600, endMinute: 660 }, { days: everyDay, startMinute: 660, endMinute: 720 }],
  };
  t.match(jitteredStretchAt(abutting, midnight + 660 * minuteMs, far), { open: true }, 'no edge where one follows the other');
  t.end();
});

await t.test('presence C7: never outward, the same whenever it is asked, and another each day', (t) => {
  const random = createPrng(seed);
  const zones = ['UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo'];
  for (let round = 0; round < 18; round += 1) {
    const [startMinute, endMinute] = [Math.floor(random.next() * 1_440), 1 + Math.floor(random.next() * 1_440)];
    if (startMinute === endMinute) continue;
    const days = everyDay.filter(() => random.next() < 0.8);
    if (days.length === 0) continue;
    const schedule: Schedule = { zone: zones[round % zones.length]!, windows: [{ days, startMinute, endMinute }] };
    const moved = jitter(1 + Math.floor(random.next() * 60), drawn(seed + round));
    const edges = new Map<number, number>();
    // Around the change of clocks of Europe, a step of 13 minutes at a time.
    let nowMs = Date.UTC(2026, 2, 26) + (round % 6) * dayMs;
    for (let step = 0; step < 200; step += 1, nowMs += 13 * minuteMs) {
      const stretch = jitteredStretchAt(schedule, nowMs, moved);
      const plain = stretchAt(schedule, nowMs);
      if (stretch.open && !plain.open) t.fail(`open at ${nowMs}, outside of the window (${JSON.stringify(schedule)})`);
      if (nowMs < stretch.fromMs || nowMs >= stretch.untilMs) t.fail(`${nowMs} is not in ${JSON.stringify(stretch)}`);
      const last = jitteredStretchAt(schedule, stretch.untilMs - 1, moved);
      if (last.open !== stretch.open) t.fail(`not so until its end at ${nowMs} (${JSON.stringify(schedule)})`);
      if (stretch.open && Number.isFinite(stretch.fromMs)) {
        const known = edges.get(stretch.fromMs);
        if (known !== undefined && known !== stretch.untilMs) t.fail(`asked again it ends at ${stretch.untilMs}, not ${known}`);
        edges.set(stretch.fromMs, stretch.untilMs);
      }
    }
  }
  const evenings = Array.from({ length: 14 }, (_, day) =>
    jitteredStretchAt(evening, midnight + day * dayMs + 22 * 60 * minuteMs, jitter(20, drawn(seed))).untilMs - day * dayMs);
  t.ok(new Set(evenings).size > 7, 'the end of the evening is another each day');
  t.end();
});
