// When the system lets a program wake. Two kinds of limit are known, and both are windows: a quota is one without an end in
// which alarms ring so far apart, and maintenance windows have ends.

import { limits } from '../limits.js';

export interface AlarmWindow {
  /** From here, milliseconds, */
  readonly fromMs: number;
  /** to here, both included; Infinity when the system has not said until when. */
  readonly toMs: number;
  /** Alarms in this window ring at least so far apart; 0: as often as one likes. */
  readonly spacingMs: number;
}

/** What is wrong with windows that somebody gave, and what would be right; undefined when nothing is. */
export function alarmWindowsProblem(windows: readonly AlarmWindow[]): string | undefined {
  if (windows.length > limits.alarmWindows) {
    return `there are ${windows.length} alarm windows, and at most ${limits.alarmWindows} are kept: give the next ones only`;
  }
  let endMs = -Infinity;
  for (const [index, { fromMs, toMs, spacingMs }] of windows.entries()) {
    const name = `alarm window ${index}`;
    if (!Number.isFinite(fromMs)) return `${name}: fromMs must be an instant in milliseconds, not ${fromMs}`;
    if (!(toMs >= fromMs)) return `${name}: toMs must be fromMs (${fromMs}) or later, or Infinity, not ${toMs}`;
    if (!(spacingMs >= 0 && spacingMs < Infinity)) {
      return `${name}: spacingMs must be 0 or more milliseconds, not ${spacingMs}`;
    }
    if (fromMs <= endMs) return `${name} begins at ${fromMs}, before the one before it has ended at ${endMs}`;
    endMs = toMs;
  }
  return undefined;
}

/**
 * The first instant at or after `wantedMs` at which an alarm may ring, if the last one rang at `rangMs`. After the last
 * window nothing is known, and any instant is as good as another.
 */
export function firstAllowedMs(windows: readonly AlarmWindow[], wantedMs: number, rangMs = -Infinity): number {
  for (const window of windows) {
    const atMs = Math.max(wantedMs, opensMs(window, rangMs));
    if (atMs <= window.toMs) return atMs;
  }
  return Math.max(wantedMs, (windows.at(-1)?.toMs ?? -Infinity) + 1);
}

/** The last instant from `fromMs` to `untilMs` at which an alarm may ring, if the last one rang at `rangMs`. */
export function lastAllowedMs(
  windows: readonly AlarmWindow[],
  { fromMs, untilMs, rangMs = -Infinity }: { readonly fromMs: number; readonly untilMs: number; readonly rangMs?: number },
): number | undefined {
  if (untilMs < fromMs) return undefined;
  if (untilMs > (windows.at(-1)?.toMs ?? -Infinity)) return untilMs;
  let last: number | undefined;
  for (const window of windows) {
    const atMs = Math.min(untilMs, window.toMs);
    if (atMs >= Math.max(fromMs, opensMs(window, rangMs))) last = atMs;
  }
  return last;
}

export interface AlarmChoice {
  readonly windows: readonly AlarmWindow[];
  readonly nowMs: number;
  /** The flow was refreshed at this instant, */
  readonly refreshedMs: number;
  /** and the next beat is due at this one, if alarms could ring at any time. */
  readonly dueMs: number;
  /** The last alarm, as far as the windows do not say it already. */
  readonly rangMs?: number;
  /** Until then something was promised: a later instant is taken only if there is none before. */
  readonly promisedMs?: number;
  /** What a silence of so many seconds costs, the beat at its end included. */
  readonly costOf: (seconds: number) => number;
}

/**
 * The instant for the next beat: when it is due if an alarm may ring then. Else the last instant before, or the first one
 * after, whichever costs less for each second that it covers: a beat too many, and still the silence until the first
 * instant after it, against the risk of one long silence.
 */
export function alarmInstantMs(choice: AlarmChoice): number {
  const { windows, nowMs, refreshedMs, dueMs, rangMs, promisedMs = Infinity, costOf } = choice;
  if (windows.length === 0) return dueMs;
  const rang = rangMs === undefined ? {} : { rangMs };
  const beforeMs = lastAllowedMs(windows, { fromMs: nowMs, untilMs: dueMs, ...rang });
  if (beforeMs === dueMs) return dueMs;
  const afterMs = firstAllowedMs(windows, Math.max(nowMs, dueMs), rangMs);
  if (beforeMs === undefined) return afterMs;
  if (afterMs > promisedMs) return beforeMs;
  const nextMs = firstAllowedMs(windows, dueMs, beforeMs);
  const seconds = (fromMs: number, toMs: number): number => Math.max(0, toMs - fromMs) / 1000;
  const twice = costOf(seconds(refreshedMs, beforeMs)) + costOf(seconds(beforeMs, nextMs));
  const once = costOf(seconds(refreshedMs, afterMs));
  return twice / seconds(refreshedMs, nextMs) < once / seconds(refreshedMs, afterMs) ? beforeMs : afterMs;
}

/** When an alarm may ring in this window at the earliest. */
function opensMs({ fromMs, toMs, spacingMs }: AlarmWindow, rangMs: number): number {
  return rangMs >= fromMs && rangMs <= toMs ? rangMs + spacingMs : fromMs;
}
