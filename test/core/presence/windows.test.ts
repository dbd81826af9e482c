import fc from 'fast-check';
import t from 'tap';

import { scheduleProblem, stretchAt } from '../../../src/core/presence/windows.js';
import type { Schedule, Weekday, Window } from '../../../src/core/presence/windows.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
const runs = Number(process.env['LOWBEAT_RUNS'] ?? 4);

const everyDay: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7];
const minuteMs = 60_000;
const dayMs = 86_400_000;

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function window(hours: string, days = everyDay): Window {
  const [start = '', end = ''] = hours.split('–');
  return { days, startMinute: minutesOf(start), endMinute: minutesOf(end) };
}

/** The open stretches that begin within the time, as text, to the millisecond; each is checked at its edges. */
function openings(schedule: Schedule, from: string, to: string): string[] {
  const untilMs = Date.parse(to);
  const found: string[] = [];
  let stretch = stretchAt(schedule, Date.parse(from));
  while (stretch.untilMs < untilMs) {
    const next = stretchAt(schedule, stretch.untilMs);
    if (next.open && !stretch.open) found.push(`${iso(next.fromMs)} – ${iso(next.untilMs)}`);
    stretch = next;
  }
  return found;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(':00.000Z', 'Z');
}

await t.test('presence C1: half-open on the wall clock, to the millisecond', (t) => {
  const schedule: Schedule = { zone: 'Europe/Berlin', windows: [window('21:00–23:00')] };
  const at = (time: string): boolean => stretchAt(schedule, Date.parse(`2026-06-10T${time}+02:00`)).open;
  t.equal(at('20:59:59.999'), false);
  t.equal(at('21:00:00.000'), true);
  t.equal(at('22:59:59.999'), true);
  t.equal(at('23:00:00.000'), false);
  const stretch = stretchAt(schedule, Date.parse('2026-06-10T22:00:00+02:00'));
  t.same(stretch, {
    open: true, fromMs: Date.parse('2026-06-10T21:00:00+02:00'), untilMs: Date.parse('2026-06-10T23:00:00+02:00'),
  });
  t.end();
});

await t.test('presence C1: days of the week can be chosen, several windows a grant', (t) => {
  const schedule: Schedule = {
    zone: 'UTC',
    windows: [window('08:00–09:00', [1, 3]), window('20:00–24:00', [7]), window('08:30–10:00', [3])],
  };
  // 2026-06-08 is a Monday.
  t.same(openings(schedule, '2026-06-08T00:00Z', '2026-06-15T07:00Z'), [
    '2026-06-08T08:00Z – 2026-06-08T09:00Z',
    '2026-06-10T08:00Z – 2026-06-10T10:00Z',
    '2026-06-14T20:00Z – 2026-06-15T00:00Z',
  ]);
  t.end();
});

await t.test('presence C3: a window over midnight belongs to the day it starts on', (t) => {
  const schedule: Schedule = { zone: 'UTC', windows: [window('22:00–03:00', [5])] };
  t.same(openings(schedule, '2026-06-08T00:00Z', '2026-06-16T00:00Z'), ['2026-06-12T22:00Z – 2026-06-13T03:00Z']);
  t.end();
});

await t.test('presence C4: vectors of zones that change their clocks', (t) => {
  // Zone, window, the time looked at, and what is open in it.
  const vectors: readonly (readonly [zone: string, hours: string, from: string, to: string, open: readonly string[]])[] = [
    ['Europe/Paris', '21:00–23:00', '2026-03-28T00:00Z', '2026-03-29T22:00Z', [
      '2026-03-28T20:00Z – 2026-03-28T22:00Z', '2026-03-29T19:00Z – 2026-03-29T21:00Z',
    ]],
    ['Europe/Paris', '02:15–04:00', '2026-03-28T23:30Z', '2026-03-29T12:00Z', ['2026-03-29T01:00Z – 2026-03-29T02:00Z']],
    ['Europe/Paris', '02:10–02:50', '2026-03-28T23:30Z', '2026-03-29T12:00Z', []],
    ['Europe/Paris', '02:15–02:45', '2026-10-24T22:30Z', '2026-10-25T12:00Z', [
      '2026-10-25T00:15Z – 2026-10-25T00:45Z', '2026-10-25T01:15Z – 2026-10-25T01:45Z',
    ]],
    ['Europe/Paris', '22:00–03:00', '2026-10-24T12:00Z', '2026-10-25T12:00Z', ['2026-10-24T20:00Z – 2026-10-25T02:00Z']],
    ['America/New_York', '01:30–03:30', '2026-03-08T05:30Z', '2026-03-08T20:00Z', ['2026-03-08T06:30Z – 2026-03-08T07:30Z']],
    ['America/New_York', '01:00–02:00', '2026-11-01T04:30Z', '2026-11-01T20:00Z', ['2026-11-01T05:00Z – 2026-11-01T07:00Z']],
    ['Australia/Lord_Howe', '01:30–02:00', '2026-04-04T13:30Z', '2026-04-05T00:00Z', ['2026-04-04T14:30Z – 2026-04-04T15:30Z']],
    ['Asia/Kathmandu', '21:00–23:00', '2026-06-01T00:00Z', '2026-06-02T00:00Z', ['2026-06-01T15:15Z – 2026-06-01T17:15Z']],
    // The local 30th does not exist.
    ['Pacific/Apia', '21:00–23:00', '2011-12-29T20:00Z', '2011-12-31T12:00Z', [
      '2011-12-30T07:00Z – 2011-12-30T09:00Z', '2011-12-31T07:00Z – 2011-12-31T09:00Z',
    ]],
    // Midnight is missing.
    ['America/Sao_Paulo', '23:30–00:30', '2018-11-03T12:00Z', '2018-11-04T12:00Z', ['2018-11-04T02:30Z – 2018-11-04T03:00Z']],
  ];
  for (const [zone, hours, from, to, open] of vectors) {
    t.same(openings({ zone, windows: [window(hours)] }, from, to), open, `${zone} ${hours}`);
  }
  t.end();
});

await t.test('presence C4: over a date that is left out, the day before is the one that was there', (t) => {
  // Thursday the 29th was followed by Saturday the 31st.
  const of = (day: Weekday): string[] => openings(
    { zone: 'Pacific/Apia', windows: [window('22:00–03:00', [day])] }, '2011-12-29T20:00Z', '2011-12-31T08:00Z',
  );
  t.same(of(4), ['2011-12-30T08:00Z – 2011-12-30T13:00Z']);
  t.same(of(5), [], 'no Friday, no window of a Friday');
  t.end();
});

await t.test('presence C6: windows that never change anything ask to be looked at again within days', (t) => {
  const always: Schedule = { zone: 'Europe/Paris', windows: [window('00:00–24:00')] };
  const stretch = stretchAt(always, Date.parse('2026-03-28T12:00Z'));
  t.equal(stretch.open, true);
  t.ok(stretch.untilMs - Date.parse('2026-03-28T12:00Z') <= 9 * dayMs);
  t.ok(stretch.untilMs < Date.parse('2026-03-28T12:00Z') + 2 ** 31 - 1, 'a timer can hold it');
  t.end();
});

await t.test('presence C3: what is no schedule is named with what would be right', (t) => {
  const problem = (schedule: Partial<Schedule>): string | undefined =>
    scheduleProblem({ zone: 'Europe/Paris', windows: [window('21:00–23:00')], ...schedule });
  t.equal(problem({}), undefined);
  t.equal(problem({ zone: 'UTC' }), undefined);
  t.equal(problem({ zone: 'America/Argentina/Buenos_Aires' }), undefined);
  for (const zone of ['', 'Mars/Base', '+01:00', 'Europe/Paris\n', '../etc', 'x'.repeat(500)]) {
    t.match(problem({ zone }), /IANA name/, JSON.stringify(zone.slice(0, 20)));
  }
  t.match(problem({ windows: [] }), /1 to/);
  t.match(problem({ windows: Array.from({ length: 100 }, () => window('01:00–02:00')) }), /not 100/);
  t.match(problem({ windows: [window('21:00–21:00')] }), /windows\.0: starts and ends at the same time/);
  t.match(problem({ windows: [window('01:00–02:00'), window('24:00–02:00')] }), /windows\.1\.start/);
  t.match(problem({ windows: [window('21:00–00:00')] }), /end: a time from 00:01 to 24:00/);
  t.match(problem({ windows: [window('21:00–25:00')] }), /end/);
  t.match(problem({ windows: [window('21:00–22:00', [])] }), /at least one day/);
  t.match(problem({ windows: [window('21:00–22:00', [8 as Weekday])] }), /1 \(Monday\)/);
  t.end();
});

/** What clocks show, by the platform's own formatter: nothing of this is shared with what is tested. */
function wallClock(zone: string): (atMs: number) => { readonly date: string; readonly weekday: Weekday; readonly minute: number } {
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  });
  const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  return (atMs) => {
    const parts = Object.fromEntries(formatter.formatToParts(atMs).map(({ type, value }) => [type, value]));
    return {
      date: `${parts['year']}-${parts['month']}-${parts['day']}`,
      weekday: (weekdays.indexOf(parts['weekday'] ?? '') + 1) as Weekday,
      minute: Number(parts['hour']) * 60 + Number(parts['minute']),
    };
  };
}

await t.test('presence C4: the same as looking at the clock every minute, over a year and many zones', (t) => {
  t.comment(`LOWBEAT_SEED=${seed} LOWBEAT_RUNS=${runs}`);
  const zones = [
    'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Apia',
    'Asia/Gaza', 'America/St_Johns', 'Antarctica/Troll', 'Europe/Dublin', 'Asia/Tehran', 'Pacific/Chatham', 'UTC',
  ];
  const anyWindow = fc.record({
    days: fc.uniqueArray(fc.constantFrom(...everyDay), { minLength: 1, maxLength: 7 }),
    startMinute: fc.oneof(fc.integer({ min: 0, max: 1_439 }), fc.constantFrom(0, 60, 120, 135, 150, 180, 1_380, 1_439)),
    endMinute: fc.oneof(fc.integer({ min: 1, max: 1_440 }), fc.constantFrom(1, 60, 120, 165, 180, 240, 1_440)),
  }).filter(({ startMinute, endMinute }) => startMinute !== endMinute);
  const anyCase = fc.record({
    zone: fc.constantFrom(...zones),
    year: fc.constantFrom(2011, 2018, 2025, 2026),
    windows: fc.array(anyWindow, { minLength: 1, maxLength: 3 }),
  });
  fc.assert(fc.property(anyCase, ({ zone, year, windows }) => {
    const clock = wallClock(zone);
    const schedule = { zone, windows };
    let atMs = Date.UTC(year, 0, 1);
    const endMs = Date.UTC(year + 1, 0, 1);
    let shown = clock(atMs - dayMs);
    let yesterday = clock(atMs - 2 * dayMs).weekday;
    let stretch = { open: false, fromMs: 0, untilMs: 0 };
    // Zones change their clocks at whole minutes, and so do windows. A day of warming up finds what yesterday was.
    for (atMs -= dayMs; atMs < endMs; atMs += minuteMs) {
      const now = clock(atMs);
      if (now.date !== shown.date) yesterday = shown.weekday;
      shown = now;
      if (atMs < Date.UTC(year, 0, 1)) continue;
      const open = windows.some(({ days, startMinute, endMinute }) => {
        const late = now.minute >= startMinute;
        const early = now.minute < endMinute;
        if (startMinute < endMinute) return late && early && days.includes(now.weekday);
        return (late && days.includes(now.weekday)) || (early && days.includes(yesterday));
      });
      if (atMs >= stretch.untilMs) {
        const next = stretchAt(schedule, atMs);
        if (next.fromMs > atMs || next.untilMs <= atMs) throw new Error(`${iso(atMs)}: not in its own stretch`);
        stretch = next;
      }
      if (stretch.open !== open) throw new Error(`${iso(atMs)}: ${stretch.open ? 'open' : 'closed'}, and the clock says otherwise`);
    }
  }), { seed, numRuns: runs });
  t.end();
});
