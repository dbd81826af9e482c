// Traces made by hand, for tests that look at one thing at a time.

import type { HeartbeatController } from '../../src/core/heartbeat/controller.js';
import { baselineEnergyMj, simulatePhone, type PhoneRunResult } from '../../firmware-sim/engine/simulate.js';
import { loadRadioProfile } from '../../firmware-sim/radio/profile.js';
import { RadioModel } from '../../firmware-sim/radio/radio.js';
import type { Attachment, Burst, Trace } from '../../firmware-sim/world/trace.js';
import { loadWorld, type World } from '../../firmware-sim/world/world.js';

export const hourMs = 3_600_000;

export const lte = new RadioModel(loadRadioProfile('lte-2012'));
export const wifi = new RadioModel(loadRadioProfile('wifi-2012'));

/** A middlebox that keeps a flow for `timeoutSeconds`, from hour 0 to `hours`. */
export function attachment(changes: Partial<Attachment> = {}): Attachment {
  return {
    startMs: 0, endMs: 24 * hourMs, link: 'cellular', networkKey: 'carrier', timeoutMs: Infinity, refreshedBy: 'both', resets: false,
    rebootsMs: [],
    ...changes,
  };
}

export function trace(changes: Partial<Trace> = {}): Trace {
  return { seed: 1, endMs: 24 * hourMs, attachments: [attachment()], bursts: [], arrivals: [], ...changes };
}

export function burst(startMs: number, durationMs = 2_000, visible = true): Burst {
  return { startMs, durationMs, visible, foreground: false };
}

export const quiet: World = { ...loadWorld('plain'), doze: { enabled: false, alarmSpacingSeconds: 0 } };

export interface SeenEvent {
  readonly atMs: number;
  readonly event: string;
  readonly detail: string;
}

export interface SeenRun extends PhoneRunResult {
  /** Energy less that of the same phone without a link, millijoules. */
  readonly linkMj: number;
  readonly events: readonly SeenEvent[];
}

export function runPhone(of: Trace, heartbeat: HeartbeatController, world: World = quiet): SeenRun {
  const events: SeenEvent[] = [];
  const run = simulatePhone({
    world, trace: of, cellular: lte, wifi, heartbeat, cpuWakeMj: 0,
    onEvent: (atMs, event, detail) => events.push({ atMs, event, detail }),
  });
  return { ...run, events, linkMj: run.energyMj - baselineEnergyMj(of, lte, wifi) };
}
