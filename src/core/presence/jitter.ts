import { openSinceMs, stretchAt } from './windows.js';
import type { Schedule, Stretch } from './windows.js';

/** Moves the edges of a grant's windows, so that going offline at exactly 23:00 every day does not show the rule (facts/presence C7). */
export interface WindowJitter {
  /** Farthest that an edge is moved. */
  readonly mostMs: number;
  /** In [0, 1), the same whenever the same edge is asked for: asking again must average nothing away. */
  readonly fractionOf: (edgeMs: number) => number;
}

/** As `stretchAt`, with every edge moved inward: a window opens later and closes earlier, never the other way. */
export function jitteredStretchAt(schedule: Schedule, nowMs: number, jitter: WindowJitter): Stretch {
  const plain = stretchAt(schedule, nowMs);
  if (!plain.open) return { ...plain, untilMs: openingAt(schedule, plain.untilMs, jitter) };
  const openedAtMs = openSinceMs(schedule, nowMs);
  const inside = movedInward({ openedAtMs, closesAtMs: closeOf(schedule, plain) }, jitter);
  if (nowMs < inside.fromMs) return { open: false, fromMs: openedAtMs, untilMs: inside.fromMs };
  if (nowMs < inside.untilMs) return { open: true, fromMs: inside.fromMs, untilMs: Math.min(inside.untilMs, plain.untilMs) };
  return { open: false, fromMs: inside.untilMs, untilMs: openingAt(schedule, stretchAt(schedule, plain.untilMs).untilMs, jitter) };
}

/** Of a window each edge takes a quarter at most: half of it stays open, however short it is. */
const leastShare = 4;

function movedInward(
  { openedAtMs, closesAtMs }: { readonly openedAtMs: number; readonly closesAtMs: number },
  { mostMs, fractionOf }: WindowJitter,
): { readonly fromMs: number; readonly untilMs: number } {
  const farthestMs = Math.min(mostMs, (closesAtMs - openedAtMs) / leastShare);
  const by = (edgeMs: number): number => (Number.isFinite(edgeMs) ? Math.floor(fractionOf(edgeMs) * farthestMs) : 0);
  return { fromMs: openedAtMs + by(openedAtMs), untilMs: closesAtMs - by(closesAtMs) };
}

/** When the window really opens that is said to open at `atMs`; `atMs` itself where none does, and one is to ask again then. */
function openingAt(schedule: Schedule, atMs: number, jitter: WindowJitter): number {
  const stretch = stretchAt(schedule, atMs);
  return stretch.open ? movedInward({ openedAtMs: atMs, closesAtMs: closeOf(schedule, stretch) }, jitter).fromMs : atMs;
}

/** When an open stretch closes; Infinity where its end is only the time to ask again. */
function closeOf(schedule: Schedule, { untilMs }: Stretch): number {
  return stretchAt(schedule, untilMs).open ? Infinity : untilMs;
}
