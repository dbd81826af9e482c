// Android's deep Doze: when a phone is in it, and which alarms it lets ring there. The times are those of AOSP's
// DeviceIdleController (facts, "Phone and OS"). docs/simulator.md says what of Doze is not modelled, and why.

import type { AlarmWindow } from '../../src/core/heartbeat/alarm-windows.js';
import type { Trace } from '../world/trace.js';
import type { World } from '../world/world.js';

const minuteMs = 60_000;

/** Still and unused for so long: inactive 30 + sensing 4 + locating 0.5 + idle-after 30 minutes. */
export const idleAfterMs = (30 + 4 + 0.5 + 30) * minuteMs;
/** The first stretch of deep idle, and the longest: each is twice the one before. */
const firstIdleMs = 60 * minuteMs;
const longestIdleMs = 360 * minuteMs;
/** The first maintenance window, and the longest. */
const firstMaintenanceMs = 5 * minuteMs;
const longestMaintenanceMs = 10 * minuteMs;

/** Deep idle from `fromMs` to `toMs`, where a maintenance window begins, or somebody takes or moves the phone. */
export interface IdleStretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Every stretch of deep idle of the phone that lives through `trace`, ascending; none in a world without Doze. */
export function idleStretches(world: World, trace: Trace): readonly IdleStretch[] {
  if (!world.doze.enabled) return [];
  const stretches: IdleStretch[] = [];
  let stillFromMs = 0;
  for (const { fromMs, toMs } of [...disturbances(trace), { fromMs: trace.endMs, toMs: trace.endMs }]) {
    stretches.push(...deepIdle(stillFromMs, fromMs));
    stillFromMs = Math.max(stillFromMs, toMs);
  }
  return stretches;
}

/** When an alarm that was asked for `wantedMs` rings for an app whose last alarm rang at `lastMs`; `idle`: the phone is in it. */
export function ringsMs(
  world: World,
  { wantedMs, lastMs, idle }: { readonly wantedMs: number; readonly lastMs: number; readonly idle: IdleStretch | undefined },
): number {
  if (idle === undefined || wantedMs >= idle.toMs) return wantedMs;
  return Math.min(idle.toMs, Math.max(wantedMs, lastMs + world.doze.alarmSpacingSeconds * 1000));
}

/**
 * What an app knows of its alarms in deep idle: the quota. The system announces no maintenance window; it tells apps when
 * one begins.
 */
export function quotaWindows(world: World, nowMs: number, lastMs: number): readonly AlarmWindow[] {
  const spacingMs = world.doze.alarmSpacingSeconds * 1000;
  return [{ fromMs: Math.max(nowMs, lastMs + spacingMs), toMs: Infinity, spacingMs }];
}

/** When the phone moves, changes its network, or is in the user's hand; ascending by their begin. */
function disturbances({ attachments, bursts }: Trace): readonly IdleStretch[] {
  const found: IdleStretch[] = [];
  let networkKey: string | undefined;
  for (const attachment of attachments) {
    const { startMs: fromMs, endMs, moving = false } = attachment;
    if (moving) found.push({ fromMs, toMs: endMs });
    else if (attachment.networkKey !== networkKey) found.push({ fromMs, toMs: fromMs });
    networkKey = attachment.networkKey;
  }
  for (const { startMs: fromMs, durationMs, foreground } of bursts) {
    if (foreground) found.push({ fromMs, toMs: fromMs + durationMs });
  }
  return found.sort((a, b) => a.fromMs - b.fromMs);
}

function deepIdle(stillFromMs: number, untilMs: number): IdleStretch[] {
  const stretches: IdleStretch[] = [];
  let idleMs = firstIdleMs;
  let maintenanceMs = firstMaintenanceMs;
  for (let fromMs = stillFromMs + idleAfterMs; fromMs < untilMs; ) {
    const toMs = Math.min(untilMs, fromMs + idleMs);
    stretches.push({ fromMs, toMs });
    fromMs = toMs + maintenanceMs;
    idleMs = Math.min(longestIdleMs, 2 * idleMs);
    maintenanceMs = Math.min(longestMaintenanceMs, 2 * maintenanceMs);
  }
  return stretches;
}
