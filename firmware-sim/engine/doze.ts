// Which alarms a phone in deep idle lets ring, and what it tells its apps of that. When it is in deep idle: world/deep-idle.ts.

import type { AlarmWindow } from '../../src/core/heartbeat/alarm-windows.js';
import type { IdleStretch } from '../world/deep-idle.js';
import type { World } from '../world/world.js';

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
