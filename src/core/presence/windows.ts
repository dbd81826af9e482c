import { Temporal } from 'temporal-polyfill';

import { limits } from '../limits.js';

/** 1 is Monday (ISO 8601). */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * A part of the day in which an app may see: half-open on the wall clock, `[start, end)`. One whose end is before its start goes
 * over midnight and belongs to the day on which it starts.
 */
export interface Window {
  /** Days on which it starts; at least one. */
  readonly days: readonly Weekday[];
  /** Minutes after midnight: 0 to 1439. */
  readonly startMinute: number;
  /** Minutes after midnight: 1 to 1440, which is the end of the day; not the start. */
  readonly endMinute: number;
}

export interface Schedule {
  /** IANA name, such as `Europe/Paris`. */
  readonly zone: string;
  /** One or more. */
  readonly windows: readonly Window[];
}

/** A time through which nothing changes: `[fromMs, untilMs)`, milliseconds since the epoch. */
export interface Stretch {
  readonly open: boolean;
  readonly fromMs: number;
  /** At most a little more than a week after the instant it was asked for, changed or not: then ask again. */
  readonly untilMs: number;
}

/** What is wrong with it and what would be right; undefined when it is well. */
export function scheduleProblem({ zone, windows }: Schedule): string | undefined {
  const wrong = zoneProblem(zone);
  if (wrong !== undefined) return wrong;
  if (windows.length === 0 || windows.length > limits.windowsPerGrant) {
    return `windows: 1 to ${limits.windowsPerGrant}, not ${windows.length}`;
  }
  for (const [index, { days, startMinute, endMinute }] of windows.entries()) {
    const at = `windows.${index}`;
    if (days.length === 0) return `${at}.days: at least one day, 1 (Monday) to 7 (Sunday)`;
    if (!days.every((day) => Number.isInteger(day) && day >= 1 && day <= 7)) return `${at}.days: numbers from 1 (Monday) to 7 (Sunday)`;
    if (!isWhole(startMinute, 0, dayMinutes - 1)) return `${at}.start: a time from 00:00 to 23:59`;
    if (!isWhole(endMinute, 1, dayMinutes)) return `${at}.end: a time from 00:01 to 24:00`;
    if (startMinute === endMinute) return `${at}: starts and ends at the same time; 00:00 to 24:00 is a whole day`;
  }
  return undefined;
}

/** The same for a zone. */
export function zoneProblem(zone: string): string | undefined {
  return isZone(zone) ? undefined : `zone ${JSON.stringify(zone.slice(0, 40))}: an IANA name such as "Europe/Paris"`;
}

/** Whether one of the windows is open at `nowMs`, and how long that stays so. The schedule must be well (`scheduleProblem`). */
export function stretchAt(schedule: Schedule, nowMs: number): Stretch {
  const now = zoned(nowMs, schedule.zone);
  const open = isOpen(schedule.windows, now);
  const today = now.toPlainDate();
  let fromMs = -Infinity;
  for (let ahead = -1; ahead <= horizonDays; ahead += 1) {
    for (const atMs of edgesOn(schedule, today.add({ days: ahead }))) {
      if (atMs <= nowMs) fromMs = Math.max(fromMs, atMs);
      else if (isOpen(schedule.windows, zoned(atMs, schedule.zone)) !== open) return { open, fromMs, untilMs: atMs };
    }
  }
  return { open, fromMs, untilMs: nowMs + horizonDays * dayMs };
}

/** Since when it has been open without a break, given that it is open at `nowMs`; -Infinity: for more than a week. */
export function openSinceMs(schedule: Schedule, nowMs: number): number {
  const today = zoned(nowMs, schedule.zone).toPlainDate();
  for (let back = 0; back <= horizonDays; back += 1) {
    for (const atMs of [...edgesOn(schedule, today.subtract({ days: back }))].reverse()) {
      if (atMs <= nowMs && !isOpen(schedule.windows, zoned(atMs - 1, schedule.zone))) return atMs;
    }
  }
  return -Infinity;
}

const dayMinutes = 1_440;
const dayMs = 86_400_000;
/** Each window comes again within a week; clocks may be changed meanwhile. */
const horizonDays = 8;

function zoned(atMs: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone);
}

function isOpen(windows: readonly Window[], at: Temporal.ZonedDateTime): boolean {
  const minute = at.hour * 60 + at.minute;
  const today = at.dayOfWeek as Weekday;
  let yesterday: Weekday | undefined;
  return windows.some(({ days, startMinute, endMinute }) => {
    if (startMinute < endMinute) return minute >= startMinute && minute < endMinute && days.includes(today);
    if (minute >= startMinute) return days.includes(today);
    if (minute >= endMinute) return false;
    // The day before is the one that was there: a zone may leave a date out.
    yesterday ??= at.startOfDay().subtract({ nanoseconds: 1 }).dayOfWeek as Weekday;
    return days.includes(yesterday);
  });
}

/** Instants of a local day, ascending, at which a window may open or close; none at which clocks jump over its edge. */
function edgesOn({ zone, windows }: Schedule, date: Temporal.PlainDate): readonly number[] {
  const edges = new Set<number>();
  const start = date.toZonedDateTime(zone);
  const end = date.add({ days: 1 }).toZonedDateTime(zone);
  // Midnight itself: a day that a window is for may begin or end there.
  edges.add(start.epochMilliseconds);
  for (const { startMinute, endMinute } of windows) {
    for (const minute of [startMinute, endMinute]) {
      if (minute < dayMinutes) for (const atMs of instantsOf(date, minute, zone)) edges.add(atMs);
    }
  }
  if (start.offsetNanoseconds !== end.offsetNanoseconds) {
    for (let change = start.subtract({ nanoseconds: 1 }).getTimeZoneTransition('next');
      change !== null && change.epochMilliseconds <= end.epochMilliseconds;
      change = change.getTimeZoneTransition('next')) edges.add(change.epochMilliseconds);
  }
  return [...edges].sort((one, other) => one - other);
}

/** When clocks show this minute: once; twice when they are put back over it; never when they jump over it. */
function instantsOf(date: Temporal.PlainDate, minute: number, zone: string): readonly number[] {
  const wall = date.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.epochMilliseconds === later.epochMilliseconds) return [earlier.epochMilliseconds];
  return earlier.toPlainDateTime().equals(wall) ? [earlier.epochMilliseconds, later.epochMilliseconds] : [];
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}

function isZone(zone: string): boolean {
  // An offset such as "+01:00" is taken by Temporal, and would be wrong for half of the year.
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(zone) || zone.length > limits.zoneCharacters) return false;
  try {
    zoned(0, zone);
    return true;
  } catch {
    return false;
  }
}
